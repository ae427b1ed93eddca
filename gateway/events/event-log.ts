/**
 * The port of the event log. An event is in the log before anyone is told of it; offsets count from 1
 * in a topic without gaps, positions increase over the whole log.
 */
import type { EventData } from "../../protocol/frames.js";

/** Topics of different namespaces never meet. */
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
 * What is read of it. It shows an event from the moment that its listeners are told. What it shows is counted in memory
 * and told at once, so that a reader can compare it with what it has, in one step with what it does then. The events
 * themselves are read from a store that may take its time: a read answers with what the log showed at one moment
 * between the question and the answer, so that retention, and events that are told meanwhile, are the reader's to look
 * at once it has the answer.
 */
export interface EventLog {
  /** Changes only when the log is made anew. */
  readonly epoch: string;
  /** The newest event's position; 0 when there is none. */
  readonly position: number;
  /** Topics of a namespace that ever had an event. */
  topics(namespace: string): readonly string[];
  /** The topic's newest offset; 0 when it has none. */
  lastOffset(key: TopicKey): number;
  /** The oldest kept events of a topic after an offset. */
  read(key: TopicKey, afterOffset: number, countMax: number): Promise<readonly LoggedEvent[]>;
  /** The oldest kept events of a whole namespace after a position. */
  readAll(namespace: string, afterPosition: number, countMax: number): Promise<readonly LoggedEvent[]>;
  /** Whether every event of the topic after this offset is still here. */
  holdsAfterOffset(key: TopicKey, offset: number): boolean;
  /** Whether every event of the topic after this position is still here. */
  holdsAfterPosition(key: TopicKey, position: number): boolean;
  /** Where a reader that is no connection stood; undefined when it is new. */
  cursor(name: string): Promise<number | undefined>;
}

/** What changes in the log in one transaction. */
export interface EventChange {
  readonly events?: readonly { readonly key: TopicKey; readonly data: EventData }[];
  /** How far a reader that is no connection has come, by its name. */
  readonly cursor?: { readonly name: string; readonly position: number } | undefined;
}

/** Hears of each event of a change, in order, at the moment it shows in the log. */
export type CommitListener = (event: LoggedEvent, index: number) => void;

export interface WritableEventLog extends EventLog {
  /**
   * Settles once the change is on disk and its events are told. Changes land in the order they came.
   * @throws HeadgateError unavailable: nothing of it was kept
   */
  commit(change: EventChange, told?: CommitListener): Promise<void>;
}

export interface Retention {
  /** Events kept for a topic. */
  readonly countMax: number;
  /** Milliseconds an event is kept. */
  readonly ageMaxMs: number;
}
