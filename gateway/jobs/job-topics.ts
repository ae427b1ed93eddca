/** The owner of the topics `job.<id>`: their snapshots report the job's state. */
import { jobTopic, nameIn } from "../../protocol/topics.js";
import type { TopicOwner } from "../events/topic-owner.js";
import type { Jobs } from "./jobs.js";

export function jobTopics(jobs: Pick<Jobs, "state" | "liveNames">): TopicOwner {
  return {
    state: ({ namespace, topic }) => jobs.state(namespace, nameIn(topic)),
    feed: () => ({ lastTs: null, silentMs: null }),
    topics: (namespace) => jobs.liveNames(namespace).map(jobTopic),
  };
}
