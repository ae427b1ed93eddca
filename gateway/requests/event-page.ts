/** Reads the logged events of one topic, page by page. */
import type { EventFrame } from "../../protocol/frames.js";
import { eventFrame } from "../events/event-frame.js";
import type { EventLog } from "../events/event-log.js";
import { topicKey } from "../events/event-namespace.js";

/** Where a reader of one topic stands: after this event. */
export interface EventCursor {
  /** The event log's epoch. */
  readonly epoch: string;
  readonly offset: number;
}

export interface EventsRequest {
  readonly topic: string;
  /** Absent: the newest events. */
  readonly since?: EventCursor | undefined;
  /** The largest number of events in the answer. */
  readonly limit: number;
}

export interface EventPage {
  /** Oldest first. */
  readonly events: readonly EventFrame[];
  /** Where the next page begins. */
  readonly cursor: EventCursor;
  /** The number of events after this page. */
  readonly later: number;
  /** True when events after `since` are not kept any more, or the log is another one. */
  readonly lost: boolean;
}

export async function readEvents(
  log: EventLog,
  namespace: string,
  { topic, since, limit }: EventsRequest,
): Promise<EventPage> {
  const key = topicKey(namespace, topic);
  const last = log.lastOffset(key);
  const known = since?.epoch === log.epoch && since.offset <= last ? since.offset : undefined;
  const lost = since !== undefined && (known === undefined || !log.holdsAfterOffset(key, known));
  const events = await log.read(key, known ?? Math.max(0, last - limit), limit);
  const offset = events.at(-1)?.offset ?? last;
  return {
    events: events.map((event) => eventFrame(log, event)),
    cursor: { epoch: log.epoch, offset },
    later: Math.max(0, log.lastOffset(key) - offset),
    lost,
  };
}
