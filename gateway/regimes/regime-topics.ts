/** The owner of the topics `regime.<stream>`: their snapshots and heartbeats report the stream's state. */
import { nameIn } from "../../protocol/topics.js";
import type { TopicKey } from "../events/event-log.js";
import type { TopicOwner } from "../events/topic-owner.js";
import type { RegimeStreams } from "./streams.js";

export function regimeTopics(streams: Pick<RegimeStreams, "get" | "state" | "topics">): TopicOwner {
  return {
    state: ({ namespace, topic }: TopicKey) => streams.state(namespace, nameIn(topic)),
    feed({ namespace, topic }: TopicKey) {
      const stream = streams.get(namespace, nameIn(topic));
      return { lastTs: stream?.state().last_ts ?? null, silentMs: stream?.silentMs ?? null };
    },
    topics: (namespace) => streams.topics(namespace),
  };
}
