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

/** What is read of it. It shows an event from the moment that its listeners are told. */
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
  read(key: TopicKey, afterOffset: number, countMax: number): readonly LoggedEvent[];
  /** The oldest kept events of a whole namespace after a position. */
  readAll(namespace: string, afterPosition: number, countMax: number): readonly LoggedEvent[];
  /** Whether every event of the topic after this offset is still here. */
  holdsAfterOffset(key: TopicKey, offset: number): boolean;
  /** Whether every event of the topic after this position is still here. */
  holdsAfterPosition(key: TopicKey, position: number): boolean;
}

export interface Retention {
  /** Events kept for a topic. */
  readonly countMax: number;
  /** Milliseconds an event is kept. */
  readonly ageMaxMs: number;
}
