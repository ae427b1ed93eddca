/** The types of the frames that put, list and remove schedules of retrainings, and of what these tell. PROTOCOL.md is their specification. */
import type { ErrorCode } from "./errors.js";
import type { NestedParameters } from "./parameters.js";
import type { DatasetReference } from "./reference.js";

export const weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
export type Weekday = (typeof weekdays)[number];

/** Falls due when a dataset has so many rows more than at the last retraining. */
export interface RowTrigger {
  readonly dataset: string;
  readonly every_rows: number;
}

/** Falls due when a stream has so many observations more than at the last retraining. */
export interface ObservationTrigger {
  readonly stream: string;
  readonly every_observations: number;
}

/** Falls due so many milliseconds after the schedule was put, and again and again. */
export interface IntervalTrigger {
  readonly every_ms: number;
}

/** Falls due at times of the day, in UTC. */
export interface DailyTrigger {
  /** Times as `"06:30"`. */
  readonly at: readonly string[];
  /** The days on which it falls due; absent: every day. */
  readonly weekdays?: readonly Weekday[] | undefined;
}

/** When a schedule falls due. */
export type RetrainTrigger = RowTrigger | ObservationTrigger | IntervalTrigger | DailyTrigger;

export const scoreNames = ["accuracy", "log_loss", "r2", "rmse", "mae"] as const;
export type ScoreName = (typeof scoreNames)[number];

/** How a candidate and the champion are scored: on the newest rows, which the scored fits were not trained on. */
export interface RetrainValidation {
  /** The number of newest rows that are held out. */
  readonly rows: number;
  /** The number of blocks of equal size that they are cut into: a fit for each, on the rows before it; absent: 1. */
  readonly folds?: number | undefined;
  /** The number of rows before a block that are not trained on, as their labels overlap it; absent: 0. */
  readonly purge?: number | undefined;
  /** Absent: accuracy for a classifier, and R² for a regressor. */
  readonly score?: ScoreName | undefined;
}

export const promotionRules = ["if_not_worse", "never", "always"] as const;
/** When a candidate becomes the champion. */
export type PromotionRule = (typeof promotionRules)[number];

/** What a schedule retrains, when, and what becomes of the result. */
export interface ScheduleSettings {
  /** The schedule's name. */
  readonly schedule: string;
  /** The name of the model whose versions it publishes. */
  readonly model: string;
  readonly trainer: string;
  readonly parameters?: NestedParameters | undefined;
  /** `X`, `y` and perhaps `sample_weight`, as the newest rows of datasets. */
  readonly inputs: Readonly<Record<string, DatasetReference>>;
  /** The number of newest rows that are trained on, where there are more; absent: all. */
  readonly last_rows?: number | undefined;
  readonly trigger: RetrainTrigger;
  /** Absent: `if_not_worse`. */
  readonly promote?: PromotionRule | undefined;
  /** Absent only where `promote` is not `if_not_worse`. */
  readonly validation?: RetrainValidation | undefined;
  /** By how much the candidate's score may be worse than the champion's; absent: 0. */
  readonly tolerance?: number | undefined;
  /** Milliseconds from its publication, after which a version refuses to answer; absent: it never expires. */
  readonly expires_after_ms?: number | undefined;
}

/** Puts a schedule. */
export interface ScheduleFrame extends ScheduleSettings {
  readonly type: "schedule";
  readonly id: number;
  /** Whether a schedule of this name with other settings is replaced. */
  readonly replace?: boolean | undefined;
}

/** Lists the namespace's schedules in the order of their names; with `schedule` it describes one. */
export interface SchedulesFrame {
  readonly type: "schedules";
  readonly id: number;
  readonly schedule?: string | undefined;
  /** Only the schedules of this model. */
  readonly model?: string | undefined;
  /** Only the schedules whose names come after this one. */
  readonly after?: string | undefined;
  readonly limit?: number | undefined;
}

/** Removes a schedule. What it is training is cancelled; the versions that it published stay. */
export interface UnscheduleFrame {
  readonly type: "unschedule";
  readonly id: number;
  readonly schedule: string;
}

export type SchedulingFrame = ScheduleFrame | SchedulesFrame | UnscheduleFrame;

/**
 * The part of a retraining that runs: the candidate's fits on the rows before the held-out ones, the fit on all rows
 * with its publication, and the choice between it and the champion.
 */
export type RetrainStage = "evaluate" | "train" | "promote";

export const decisionReasons = [
  "first_version",
  "not_worse",
  "worse",
  "always",
  "never",
  "not_finite",
  "not_scored",
] as const;
/** Why a candidate was promoted or was not. */
export type DecisionReason = (typeof decisionReasons)[number];

/** What became of a candidate. */
export interface RetrainDecision {
  /** Milliseconds since the epoch. */
  readonly ts: number;
  /** The version that the candidate is. */
  readonly version: string;
  readonly promoted: boolean;
  readonly reason: DecisionReason;
  /** Null where nothing was scored. */
  readonly score: ScoreName | null;
  /** The candidate's score; null where there is none, or no finite one. */
  readonly candidate: number | null;
  /** The version that was the champion; null where there was none. */
  readonly champion: string | null;
  /** The champion's score on the same rows; null where there is none, or no finite one. */
  readonly champion_score: number | null;
  /** The rows of the dataset on which both were scored, as a half-open range; null where nothing was scored. */
  readonly rows: readonly [from: number, to: number] | null;
  /** Whether the champion was trained on rows among these; null where it was not scored. */
  readonly champion_trained_on: "none" | "some" | "unknown" | null;
  /** Why the champion could not be scored; null where it could, or did not have to be. */
  readonly message: string | null;
}

/** A schedule as it is now. Times are in milliseconds since the epoch. */
export interface ScheduleState extends ScheduleSettings {
  /** Who put it: the credential as the gateway's log names it. */
  readonly by: string;
  readonly created_ts: number;
  /** When it falls due next; null where that depends on rows or observations. */
  readonly next_ts: number | null;
  /** Rows or observations since the last retraining; null where a time decides, or where the source is not there. */
  readonly counted: number | null;
  /** How often it fell due. */
  readonly retrains: number;
  /** The retraining that runs. */
  readonly running: {
    readonly stage: RetrainStage;
    readonly started_ts: number;
    /** The job that it waits for. */
    readonly job: string | null;
  } | null;
  /** What became of the last candidate. */
  readonly last: RetrainDecision | null;
  /** Why the last retraining came to nothing; null where it did not. */
  readonly error: { readonly ts: number; readonly code: ErrorCode; readonly message: string } | null;
}

/** What the `ack` of `schedules` without a name tells. */
export interface ScheduleList {
  readonly schedules: readonly ScheduleState[];
  /** Given as `after`, it continues the list; absent at the end. */
  readonly next?: string;
}

/** An event on `model.<name>`: a schedule's candidate was published and not promoted. */
export interface ChallengerKept {
  /** Tells the kinds of events apart. */
  readonly kind: "challenger_kept";
  /** The model's name. */
  readonly model: string;
  /** The candidate's version. */
  readonly version: string;
  /** The schedule's name. */
  readonly schedule: string;
  /** Why it was not promoted. */
  readonly reason: DecisionReason;
  readonly score: ScoreName | null;
  /** The candidate's score; null where there is none, or no finite one. */
  readonly candidate: number | null;
  /** The version that is the champion; null where there is none. */
  readonly champion: string | null;
  /** The champion's score on the same rows; null where there is none, or no finite one. */
  readonly champion_score: number | null;
}

/** An event on `model.<name>`: a schedule's retraining came to nothing. `schedules` has the message. */
export interface RetrainFailed {
  /** Tells the kinds of events apart. */
  readonly kind: "retrain_failed";
  /** The model's name. */
  readonly model: string;
  /** The schedule's name. */
  readonly schedule: string;
  readonly code: ErrorCode;
}
