/** A schedule of this gateway's life. */
import type { ScheduleRecord } from "./schedule-record.js";

export interface Schedule {
  /** As it is on disk, or will be when `stored` settles. */
  record: ScheduleRecord;
  /** Rejects where the disk refused a new schedule. */
  stored: Promise<void>;
  /** Settles once the step that is under way has ended; undefined where none is. */
  step: Promise<void> | undefined;
  /** It is removed or replaced, and nothing of it is written any more. */
  removed: boolean;
  /** It waits until this time of the monotonic clock. */
  pausedUntil: number;
  /** How often the step that it waits to repeat was tried. */
  tries: number;
}

export function newSchedule(record: ScheduleRecord, stored: Promise<void> = Promise.resolve()): Schedule {
  return { record, stored, step: undefined, removed: false, pausedUntil: 0, tries: 0 };
}
