/** The types of the `ack` frames that answer `train`, `jobs`, `cancel_job`, `upload`, `promote`, `rollback`, `schedule`, `schedules` and `unschedule`. PROTOCOL.md is their specification. */
import type { AckFrame } from "./frames.js";
import type { PromotionRecord } from "./promotion-frames.js";
import type { InputsUsed } from "./reference.js";
import type { ScheduleList, ScheduleState } from "./schedule-frames.js";
import type { JobDescription, JobList } from "./train-frames.js";

/** The answer to `train` in the background, once the job is on disk. */
export interface BackgroundAckFrame extends AckFrame {
  readonly job: string;
  /** What the references among the inputs stood for; absent where there was none. */
  readonly inputs_used?: InputsUsed | undefined;
}

/** The answer to `jobs` without a name. */
export interface JobsAckFrame extends AckFrame, JobList {}

/** The answer to `jobs` with a name, and to `cancel_job`. */
export interface JobAckFrame extends AckFrame, JobDescription {
  readonly job: string;
}

/** The answer to a part of an upload that is not the last. */
export interface UploadProgressAckFrame extends AckFrame {
  readonly upload: string;
  readonly part: number;
  /** Bytes of the file so far. */
  readonly bytes: number;
}

/** The answer to the last part of an upload: the version serves. */
export interface UploadAckFrame extends AckFrame {
  readonly model: string;
  readonly version: string;
}

/** The answer to `promote` and `rollback`, once the version serves. */
export interface PromotionAckFrame extends AckFrame, PromotionRecord {
  readonly model: string;
}

/** The answer to `schedule`, once it is on disk. */
export interface ScheduleAckFrame extends AckFrame {
  /** False where a schedule with the same settings was there. */
  readonly created: boolean;
  readonly state: ScheduleState;
}

/** The answer to `schedules` with a name. */
export interface ScheduleStateAckFrame extends AckFrame {
  readonly state: ScheduleState;
}

/** The answer to `schedules` without a name. */
export interface SchedulesAckFrame extends AckFrame, ScheduleList {}

/** The answer to `unschedule`, once it is gone. */
export interface UnscheduleAckFrame extends AckFrame {
  readonly schedule: string;
}
