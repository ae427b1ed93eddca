/**
 * The namespace whose log has a topic's events. The repository's models are the same for every namespace: their events
 * are logged once, in a namespace of the gateway's own, which no credential can have, and everyone reads them there.
 */
import { kindOf, type TopicKind } from "../../protocol/topics.js";
import type { TopicKey } from "./event-log.js";

/** No namespace of a credential has such a character. */
export const sharedNamespace = "*";

/** @param topic a topic or a pattern */
export function eventNamespace(topic: string, own: string): string {
  return kindOf(topic) === ("model" satisfies TopicKind) ? sharedNamespace : own;
}

export function topicKey(namespace: string, topic: string): TopicKey {
  return { namespace: eventNamespace(topic, namespace), topic };
}
