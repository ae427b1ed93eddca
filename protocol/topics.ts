/** Names of streams and topics. A topic is `regime.<stream>`, or the pattern `regime.*` for all. */
import { invalidArgument } from "./errors.js";
import { type Fields, readString, shown } from "./fields.js";
import { limits } from "./limits.js";

const streamName = /^[A-Za-z0-9._:/-]{1,64}$/;
const prefix = "regime.";
export const everyRegime = `${prefix}*`;

export function readStreamName(fields: Fields): string {
  const { stream } = fields;
  if (typeof stream !== "string" || !streamName.test(stream))
    throw invalidArgument(
      "stream",
      `must be 1 to ${limits.stream_name_length_max} of letters, digits and . _ : / -, got ${shown(stream)}`,
    );
  return stream;
}

export function readTopic(fields: Fields): string {
  const topic = readString(fields, "topic", limits.name_length_max);
  if (topic !== everyRegime && !(topic.startsWith(prefix) && streamName.test(topic.slice(prefix.length))))
    throw invalidArgument("topic", `must be regime.<stream> or ${everyRegime}, got ${shown(topic)}`);
  return topic;
}

export function regimeTopic(stream: string): string {
  return prefix + stream;
}

/** The stream of a topic that is no pattern. */
export function streamOf(topic: string): string {
  return topic.slice(prefix.length);
}

export function matches(subscribed: string, topic: string): boolean {
  return subscribed === topic || (subscribed === everyRegime && topic.startsWith(prefix));
}
