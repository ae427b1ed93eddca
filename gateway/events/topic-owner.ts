/** The port of what topics stand for: each kind of topic has an owner that knows its states. */

import { HeadgateError } from "../../protocol/errors.js";
import type { SnapshotFrame } from "../../protocol/frames.js";
import { kindOf, matches, type TopicKind } from "../../protocol/topics.js";
import type { EventLog, TopicKey } from "./event-log.js";
import { eventNamespace } from "./event-namespace.js";

/** How a topic is fed, as its heartbeats report it. */
export interface TopicFeed {
  /** Milliseconds since the epoch: the time of the newest observation that was accepted; null before the first. */
  readonly lastTs: number | null;
  /** Milliseconds without an observation; null without a feed. */
  readonly silentMs: number | null;
}

export interface TopicOwner {
  /** The topic's present state, as its snapshots carry it; null when it has none. */
  state(key: TopicKey): SnapshotFrame["data"];
  feed(key: TopicKey): TopicFeed;
  /** The topics that exist now, whether or not they ever had an event. */
  topics(namespace: string): readonly string[];
}

export class TopicOwners {
  private readonly byKind = new Map<string, TopicOwner>();

  add(kind: TopicKind, owner: TopicOwner): this {
    this.byKind.set(kind, owner);
    return this;
  }

  /**
   * @param topic a topic or pattern of a kind that there is: others were refused when they were read
   * @throws HeadgateError unimplemented where the gateway has no topics of this kind
   */
  of(topic: string): TopicOwner {
    const owner = this.byKind.get(kindOf(topic));
    if (owner === undefined)
      throw new HeadgateError("unimplemented", `topic: this gateway has no topics ${kindOf(topic)}.<name>`);
    return owner;
  }
}

/** Topics that a pattern stands for now: those that ever had an event, and those that may have one. */
export function topicsOf(pattern: string, own: string, log: EventLog, owner: TopicOwner): string[] {
  const namespace = eventNamespace(pattern, own);
  const logged = log.topics(namespace).filter((topic) => matches(pattern, topic));
  return [...new Set([...logged, ...owner.topics(namespace)])];
}
