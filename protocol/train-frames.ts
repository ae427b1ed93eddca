/** The types of the frames that train, and of those that list, describe and cancel trainings. PROTOCOL.md is their specification. */
import type { ErrorCode } from "./errors.js";
import type { NestedParameters } from "./parameters.js";
import type { InferInputs } from "./reference.js";
import type { WireTensors } from "./tensor.js";

export type { NestedParameters, NestedValue } from "./parameters.js";

/** The version of a model that a training or an uploaded file becomes. */
export interface Publication {
  /** The model's name. */
  readonly model: string;
  /** Absent: one more than the model's highest. */
  readonly version?: string;
  /** The share of the requests without a version that it answers, from 0 to 1; absent: all. */
  readonly traffic?: number;
  /** Names that stand for this version from now on. */
  readonly aliases?: readonly string[];
  /** Milliseconds from its publication, after which the version refuses to answer; absent: it never expires. */
  readonly expires_after_ms?: number;
}

/** A version that serves. */
export interface PublishedVersion {
  /** The model's name. */
  readonly model: string;
  /** The version. */
  readonly version: string;
}

/** Trains, and answers with the fitted attributes; in the background: with the job's name at once. */
export interface TrainFrame {
  readonly type: "train";
  readonly id: number;
  readonly trainer: string;
  readonly version?: string | undefined;
  /** `X` and `y`, and others that the trainer's signature names. */
  readonly inputs: InferInputs;
  readonly parameters?: NestedParameters | undefined;
  /** Seconds for which the fitted model is kept under the handle in the answer. */
  readonly keep_seconds?: number | undefined;
  readonly publish?: Publication | undefined;
  /** Whether the request is answered with the job's name at once. The job outlives the connection and the gateway. */
  readonly background?: boolean | undefined;
  /** A text of the client's for its own use, shown with the job. */
  readonly label?: string | undefined;
  /** The idempotency key. */
  readonly key?: string | undefined;
  /** Milliseconds until the deadline, counted from receipt; 0 or absent: the trainer's default. */
  readonly timeout_ms?: number | undefined;
  readonly priority?: number | undefined;
  readonly traceparent?: string | undefined;
}

export const jobStates = ["queued", "running", "done", "failed", "cancelled"] as const;
export type JobStateName = (typeof jobStates)[number];

/** The part of a training that runs: it fits, then it is exported to ONNX and proven, then published. */
export type JobStage = "fit" | "convert" | "publish";

/** Lists the namespace's jobs, newest first; with `job` it describes one. */
export interface JobsFrame {
  readonly type: "jobs";
  readonly id: number;
  readonly job?: string;
  /** Whether the description of one job includes the lines of its log and its learning curve. */
  readonly log?: boolean;
  /** Whether the description of one job includes the fitted attributes. */
  readonly outputs?: boolean;
  /**
   * The description of one job includes bytes of the exported model from this one on, as many as fit in a part. It is
   * there while the model is kept under its handle.
   */
  readonly onnx_from?: number;
  /** Only the jobs in this state. */
  readonly state?: JobStateName;
  /** Only the jobs older than this one. */
  readonly before?: string;
  readonly limit?: number;
}

/** Cancels a job that is queued or runs; of one that has ended it is an error. */
export interface CancelJobFrame {
  readonly type: "cancel_job";
  readonly id: number;
  readonly job: string;
}

/** Brings an ONNX file, whole or in parts. The first part names the model; with the last one it is published. */
export interface UploadFrame {
  readonly type: "upload";
  readonly id: number;
  /** In the first part, and only there. */
  readonly publish?: Publication;
  /** A name that the client chooses, by which the parts of one upload belong together; absent: this is the whole. */
  readonly upload?: string;
  /** The number of the part in its upload, counted from 0. */
  readonly part?: number;
  readonly last?: boolean;
  /** Bytes of the ONNX file; base64 in JSON. */
  readonly onnx: Uint8Array;
}

export type TrainingFrame = TrainFrame | JobsFrame | CancelJobFrame | UploadFrame;

/** What the answer to `train` tells beside the fitted attributes. */
export interface TrainingSummary {
  readonly job: string;
  /** Milliseconds of the library's own `fit`. */
  readonly fit_ms: number;
  /** Milliseconds of the export to ONNX and its proof; null while they go on. */
  readonly convert_ms: number | null;
  /** Versions of Python and of the libraries that fitted. */
  readonly libraries: Readonly<Record<string, string>>;
  readonly published?: PublishedVersion;
}

/** A job as it is now. Times are in milliseconds since the epoch. */
export interface JobState {
  /** Tells a state from events. */
  readonly kind: "job_state";
  /** The job's name. */
  readonly job: string;
  /** The trainer's name. */
  readonly trainer: string;
  /** The text that the client gave it. */
  readonly label: string | null;
  /** Where it is between its request and its end. */
  readonly state: JobStateName;
  /** Null unless it runs. */
  readonly stage: JobStage | null;
  /** Whether it outlives its request. */
  readonly background: boolean;
  /** When it was asked for. */
  readonly created_ts: number;
  /** When it first began to run. */
  readonly started_ts: number | null;
  /** When it ended. */
  readonly ended_ts: number | null;
  /** The share of the fit that is done, from 0 to 1; null where the library does not tell. */
  readonly share_done: number | null;
  /** Estimated milliseconds until the fit is done; null where that is not known. */
  readonly remaining_ms: number | null;
  /** The last loss that the library told. */
  readonly loss: number | null;
  /** The last score that the library told. */
  readonly score: number | null;
  /** Milliseconds of the library's own fit; null until it has fitted. */
  readonly fit_ms: number | null;
  /** Milliseconds of the export to ONNX and its proof; null until it is exported. */
  readonly convert_ms: number | null;
  /** How often a restart of the gateway interrupted it. */
  readonly restarts: number;
  /** From where it last began again; null where it never did. */
  readonly resumed_from: "start" | "checkpoint" | null;
  /** The handle under which its model is kept. */
  readonly handle: string | null;
  /** The version that it became. */
  readonly published: PublishedVersion | null;
  /** Why it failed. */
  readonly error: { readonly code: ErrorCode; readonly message: string } | null;
}

/** What the `ack` of `jobs` without a name tells: the jobs, newest first. */
export interface JobList {
  readonly jobs: readonly JobState[];
  /** The job to name in `before` for those that follow; absent after the last. */
  readonly next?: string;
}

/** What the `ack` of `jobs` with a name tells of that job. */
export interface JobDescription {
  readonly state: JobState;
  /** With `log`: its lines, oldest first. */
  readonly log?: readonly string[];
  /** With `log`: its learning curve. */
  readonly curve?: readonly CurvePoint[];
  /** With `outputs`, once it has fitted. */
  readonly outputs?: WireTensors;
  /** With `outputs`, once it has fitted. */
  readonly training?: TrainingSummary;
  /** With `onnx_from`, once it is exported and while it is kept. */
  readonly onnx?: ModelPart;
}

/** Bytes of an exported model. */
export interface ModelPart {
  readonly from: number;
  /** Bytes of the whole model. */
  readonly total: number;
  /** The SHA-256 of the whole model, in hex. */
  readonly sha256: string;
  /** Base64 in JSON. */
  readonly bytes: Uint8Array;
}

/** A point of a learning curve. */
export interface CurvePoint {
  /** A tree, an epoch or a step, counted by the library. */
  readonly iteration: number;
  /** The last loss that the library told. */
  readonly loss: number | null;
  /** The last score that the library told. */
  readonly score: number | null;
  /** What else the trainer told, by name: of a policy its `reward` and its `entropy`. */
  readonly figures?: Readonly<Record<string, number>>;
}

/** An event on `job.<id>`: the training goes on. At most one a second. */
export interface JobProgress {
  /** Tells the kinds of events apart. */
  readonly kind: "job_progress";
  /** The job's name. */
  readonly job: string;
  /** The trainer's name. */
  readonly trainer: string;
  /** The part that runs. */
  readonly stage: JobStage;
  /** A tree, an epoch or a step, where the library counts them. */
  readonly iteration: number | null;
  /** The share of the fit that is done, from 0 to 1; null where the library does not tell. */
  readonly share_done: number | null;
  /** Estimated milliseconds until the fit is done; null where that is not known. */
  readonly remaining_ms: number | null;
  /** The last loss that the library told. */
  readonly loss: number | null;
  /** The last score that the library told. */
  readonly score: number | null;
  /** What else the trainer told, by name: of a policy its `reward` and its `entropy`. */
  readonly figures?: Readonly<Record<string, number>>;
}

/** An event on `job.<id>`: the job is in another state or stage now. */
export interface JobChanged extends Omit<JobState, "kind"> {
  /** Tells the kinds of events apart. */
  readonly kind: "job_changed";
}

/** An event on `model.<name>`: a version serves from now on. */
export interface ModelServing {
  /** Tells the kinds of events apart. */
  readonly kind: "model_serving";
  /** The model's name. */
  readonly model: string;
  /** The version. */
  readonly version: string;
  /** The share of the requests without a version that it answers, from 0 to 1. */
  readonly traffic: number;
  /** The job that trained it; null for a version from another source. */
  readonly job: string | null;
}

/** The versions of a model that serve now. */
export interface ModelVersions {
  /** Distinguishes a state from events. */
  readonly kind: "model_versions";
  readonly model: string;
  readonly versions: readonly {
    readonly version: string;
    /** The share of the requests without a version that it answers, from 0 to 1. */
    readonly traffic: number;
  }[];
}
