/** The frame in which subscribers get a logged event. */
import type { EventFrame } from "../../protocol/frames.js";
import type { EventLog, LoggedEvent } from "./event-log.js";

export function eventFrame(log: EventLog, event: LoggedEvent): EventFrame {
  const { topic, offset, position, ts, eventId, data } = event;
  return { type: "event", topic, epoch: log.epoch, offset, position, ts, event_id: eventId, data };
}
