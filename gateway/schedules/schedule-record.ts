/** A schedule as it is stored: its settings, where its counting stands, and the retraining that is under way. */
import type { ErrorCode } from "../../protocol/errors.js";
import type { DatasetReference } from "../../protocol/reference.js";
import type { RetrainDecision, RetrainStage, ScheduleSettings } from "../../protocol/schedule-frames.js";
import type { Principal } from "../auth/principal.js";
import { isScope } from "../auth/scopes.js";
import type { StoredPrincipal } from "../jobs/job-record.js";

/** Where the counting stands: what the source had when the schedule last fell due, or when it falls due next. */
export type Mark =
  | { readonly kind: "rows"; readonly table: string; readonly rows: number }
  | { readonly kind: "observations"; readonly stream: number; readonly observations: number }
  | { readonly kind: "time"; readonly next: number };

/** Rows of datasets that never change: a half-open range of their tables. */
export interface TableRows {
  /** The tables of all inputs, by the inputs' names: each dataset that is put anew is another one. */
  readonly table: string;
  readonly from: number;
  readonly to: number;
}

/** A retraining that is under way. */
export interface Retraining {
  readonly stage: RetrainStage;
  readonly startedTs: number;
  /** What X is trained on. */
  readonly rows: TableRows;
  /** The version that the candidate is; null until it is published. */
  readonly version: string | null;
  /** Null until it is decided. A decision is stored before it is carried out. */
  readonly decision: RetrainDecision | null;
}

/** A version that the schedule published: what it was trained on, so that it is not scored on these rows later. */
export interface PublishedCandidate {
  readonly version: string;
  readonly rows: TableRows;
  /** What its features are; absent where that is not known. */
  readonly X?: DatasetReference | undefined;
  /** Of a classifier, sorted. */
  readonly classes: readonly string[] | null;
}

export interface ScheduleRecord {
  /** Begins the names of its jobs. */
  readonly id: string;
  readonly settings: ScheduleSettings;
  readonly principal: StoredPrincipal;
  readonly createdTs: number;
  readonly mark: Mark;
  /** It does not begin again before this time. */
  readonly notBeforeTs: number;
  /** How often it fell due. */
  readonly retrains: number;
  readonly retraining: Retraining | null;
  readonly last: RetrainDecision | null;
  readonly error: { readonly ts: number; readonly code: ErrorCode; readonly message: string } | null;
  /** The newest versions that it published, the oldest first. */
  readonly published: readonly PublishedCandidate[];
}

export function principalOf({ principal }: Pick<ScheduleRecord, "principal">): Principal {
  return { ...principal, scopes: new Set(principal.scopes.filter(isScope)) };
}

/** The name of the job of a stage, the same whenever it is asked for: a job is submitted once, whatever restarts. */
export function jobName(
  { id, retrains }: Pick<ScheduleRecord, "id" | "retrains">,
  stage: RetrainStage,
): string {
  return `${id}-${retrains}-${stage}`;
}
