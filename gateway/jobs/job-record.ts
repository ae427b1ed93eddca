/** A job as it is stored: everything but its inputs, its results, its log and its learning curve. */
import type { ErrorCode } from "../../protocol/errors.js";
import type { DatasetReference } from "../../protocol/reference.js";
import type {
  JobStage,
  JobState,
  JobStateName,
  NestedParameters,
  Publication,
} from "../../protocol/train-frames.js";
import type { Principal } from "../auth/principal.js";
import { isScope } from "../auth/scopes.js";
import type { JobRequest, TrainingDataDigest } from "./job-request.js";

/** A reference to rows that never change, and the datatype that they had when the job was submitted. */
export interface StoredReference {
  readonly reference: DatasetReference;
  readonly datatype: string;
}

export interface StoredPrincipal extends Omit<Principal, "scopes"> {
  readonly scopes: readonly string[];
}

export interface JobRecord {
  readonly job: string;
  /** Increases with each job that is submitted. */
  readonly sequence: number;
  readonly principal: StoredPrincipal;
  readonly trainer: string;
  readonly parameters: NestedParameters;
  readonly keepSeconds: number | undefined;
  readonly publication: Publication | undefined;
  readonly background: boolean;
  readonly label: string | null;
  readonly priority: number;
  readonly data: TrainingDataDigest;
  /** Of the inputs that are read from datasets when the job starts, by the input's name. */
  readonly references: Readonly<Record<string, StoredReference>>;
  /** Bytes of the inputs that are stored with the job. */
  readonly inputBytes: number;
  readonly state: JobStateName;
  readonly stage: JobStage | null;
  readonly createdTs: number;
  readonly startedTs: number | null;
  readonly endedTs: number | null;
  readonly fitMs: number | null;
  readonly convertMs: number | null;
  readonly libraries: Readonly<Record<string, string>>;
  readonly scores: Readonly<Record<string, number>>;
  /** How often a gateway ended while it ran. */
  readonly restarts: number;
  /** How often of these the gateway ended without having been stopped: the job itself may be the reason. */
  readonly crashes: number;
  readonly resumedFrom: "start" | "checkpoint" | null;
  readonly hasCheckpoint: boolean;
  readonly handle: string | null;
  readonly published: { readonly model: string; readonly version: string } | null;
  readonly error: { readonly code: ErrorCode; readonly message: string } | null;
}

/** What is known of a running fit and not stored. */
export interface FitProgress {
  readonly iteration: number | null;
  readonly shareDone: number | null;
  readonly remainingMs: number | null;
  readonly loss: number | null;
  readonly score: number | null;
  /** What else the trainer told, by name. */
  readonly figures: Readonly<Record<string, number>>;
}

export const noProgress: FitProgress = {
  iteration: null,
  shareDone: null,
  remainingMs: null,
  loss: null,
  score: null,
  figures: {},
};

export function newRecord(
  request: JobRequest,
  job: string,
  sequence: number,
  createdTs: number,
  stored: Pick<JobRecord, "references" | "inputBytes">,
): JobRecord {
  const { principal, trainer, parameters, keepSeconds, publication, background, priority, data } = request;
  return {
    job,
    sequence,
    principal: { ...principal, scopes: [...principal.scopes] },
    trainer,
    parameters,
    keepSeconds,
    publication,
    background,
    label: request.label ?? null,
    priority,
    data,
    ...stored,
    state: "queued",
    stage: null,
    createdTs,
    startedTs: null,
    endedTs: null,
    fitMs: null,
    convertMs: null,
    libraries: {},
    scores: {},
    restarts: 0,
    crashes: 0,
    resumedFrom: null,
    hasCheckpoint: false,
    handle: null,
    published: null,
    error: null,
  };
}

export function principalOf({ principal }: JobRecord): Principal {
  return { ...principal, scopes: new Set(principal.scopes.filter(isScope)) };
}

export function hasEnded({ state }: Pick<JobRecord, "state">): boolean {
  return state !== "queued" && state !== "running";
}

export function jobState(record: JobRecord, progress: FitProgress): JobState {
  const { job, trainer, label, state, stage, background, restarts, handle, published, error } = record;
  return {
    kind: "job_state",
    job,
    trainer,
    label,
    state,
    stage,
    background,
    created_ts: record.createdTs,
    started_ts: record.startedTs,
    ended_ts: record.endedTs,
    share_done: progress.shareDone,
    remaining_ms: progress.remainingMs,
    loss: progress.loss,
    score: progress.score,
    fit_ms: record.fitMs,
    convert_ms: record.convertMs,
    restarts,
    resumed_from: record.resumedFrom,
    handle,
    published,
    error,
  };
}
