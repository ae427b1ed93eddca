/** Carries out the frames of schedules. */
import type { AckFrame } from "../../../protocol/frames.js";
import type { SchedulingFrame } from "../../../protocol/schedule-frames.js";
import type { Caller } from "./caller.js";
import type { Services } from "./services.js";

export function carryOutScheduling(
  frame: SchedulingFrame,
  caller: Caller,
  { requests: { schedules } }: Services,
): AckFrame | Promise<AckFrame> {
  const { id } = frame;
  if (frame.type === "schedule") {
    const { type: _type, id: _id, ...request } = frame;
    return schedules.put(caller, request, id).then((answer) => ({ type: "ack", id, ...answer }));
  }
  const { schedule } = frame;
  if (frame.type === "unschedule")
    return schedules.remove(caller, frame.schedule, id).then(() => ({ type: "ack", id, schedule }));
  if (schedule === undefined) return { type: "ack", id, ...schedules.list(caller, frame, id) };
  return { type: "ack", id, state: schedules.describe(caller, schedule, id) };
}
