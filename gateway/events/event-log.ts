/**
 * The port of the event log. An event is in the log before it is published to anybody. Offsets count a topic's events
 * from 1 without gaps; positions increase over the whole log.
 */
import type { EventData } from "../../protocol/frames.js";

/** A topic in its namespace: topics of different namespaces are never mixed. */
export interface TopicKey {
  readonly namespace: string;
  readonly topic: string;
}

export interface LoggedEvent extends TopicKey {
  readonly offset: number;
  readonly position: number;
  /** Milliseconds since the epoch. */
  readonly ts: number;
  readonly eventId: string;
  readonly data: EventData;
}

/**
 * How the log is read. An event is visible from the moment at which it is published. Counters of what is visible are
 * in memory and answered synchronously, so that a reader can compare them with what it has and act in the same step.
 * The events themselves come from a store that may be slow: a read answers with what was visible at some moment
 * between the call and the answer. Events published meanwhile, and events that retention removed, are for the reader
 * to check once it has the answer.
 */
export interface EventLog {
  /** Changes only when the log is created anew. */
  readonly epoch: string;
  /** The newest event's position; 0 when there is none. */
  readonly position: number;
  /** Topics of a namespace that ever had an event. */
  topics(namespace: string): readonly string[];
  /** The topic's newest offset; 0 when it has none. */
  lastOffset(key: TopicKey): number;
  /** The number of a topic's events that are kept. */
  eventCount(key: TopicKey): number;
  /** The oldest kept events of a topic after an offset. */
  read(key: TopicKey, afterOffset: number, countMax: number): Promise<readonly LoggedEvent[]>;
  /** The oldest kept events of a whole namespace after a position. */
  readAll(namespace: string, afterPosition: number, countMax: number): Promise<readonly LoggedEvent[]>;
  /** Whether every event of the topic after this offset is still kept. */
  holdsAfterOffset(key: TopicKey, offset: number): boolean;
  /** Whether every event of the topic after this position is still kept. */
  holdsAfterPosition(key: TopicKey, position: number): boolean;
  /** The position that a reader without a connection (a webhook) has reached; undefined when it is new. */
  cursor(name: string): Promise<number | undefined>;
}

/** What one transaction changes in the log. */
export interface EventChange {
  readonly events?: readonly { readonly key: TopicKey; readonly data: EventData }[];
  /** Topics that are removed with their events, as if they had never been. No event of them is under way. */
  readonly forgotten?: readonly TopicKey[];
  /** The position that a reader without a connection has reached, by its name. */
  readonly cursor?: { readonly name: string; readonly position: number } | undefined;
}

/** Called with each event of a change, in order, at the moment at which it becomes visible. */
export type CommitListener = (event: LoggedEvent, index: number) => void;

export interface WritableEventLog extends EventLog {
  /**
   * Settles once the change is on disk and its events are published. Changes are committed in the order of the calls.
   * @throws HeadgateError unavailable: nothing of the change was kept
   */
  commit(change: EventChange, listener?: CommitListener): Promise<void>;
}

export interface Retention {
  /** Events kept of a topic. */
  readonly countMax: number;
  /** Milliseconds for which an event is kept. */
  readonly ageMaxMs: number;
}
