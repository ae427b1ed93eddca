/**
 * The messages between the gateway and a trainer's process: maps in MessagePack, each after its length in four bytes,
 * little-endian; to the process on its standard input, from it on descriptor 3. Standard output and standard error
 * are the lines of the log. Tensors are as on the wire: `{datatype, shape, data}`, little-endian and row-major.
 *
 * At the end of its input a process without work ends by itself. One that is in a library's long call need not notice:
 * a guard beside it kills the whole group when the gateway has ended (trainer-program.ts). More than 1,000 messages in
 * a second make the process wait.
 */

import type { ErrorCode } from "../../protocol/errors.js";
import type { WireTensors } from "../../protocol/frames.js";
import type { NestedParameters } from "../../protocol/train-frames.js";
import type { TensorSpec } from "../servable.js";

export interface FitMessage {
  readonly type: "fit";
  readonly job: string;
  readonly trainer: string;
  readonly inputs: WireTensors;
  readonly parameters: NestedParameters;
  readonly export: boolean;
  readonly checkpoint?: Uint8Array;
}

/**
 * The process stops the job at its next check, and answers `failed` with `cancelled`. Where the library does not
 * return, the process ends without an answer: after one it would be given the next job.
 */
export interface CancelMessage {
  readonly type: "cancel";
  readonly job: string;
}

/** At the end of its input the process ends. */
export type ToTrainer = FitMessage | CancelMessage;

/** The first message of a process. */
export interface ReadyMessage {
  readonly type: "ready";
  /** Versions of `python` and of the libraries. */
  readonly libraries: Readonly<Record<string, string>>;
  /** Names of the trainers whose libraries are installed. */
  readonly trainers: readonly string[];
  readonly cuda: boolean;
}

export interface ProgressMessage {
  readonly type: "progress";
  readonly job: string;
  readonly iteration?: number;
  /** From 0 to 1. */
  readonly share_done?: number;
  readonly loss?: number;
  readonly score?: number;
  /** What else the trainer tells, by name. */
  readonly figures?: Readonly<Record<string, number>>;
}

export interface CheckpointMessage {
  readonly type: "checkpoint";
  readonly job: string;
  readonly state: Uint8Array;
}

export interface FittedMessage {
  readonly type: "fitted";
  readonly job: string;
  readonly fit_ms: number;
  readonly outputs: WireTensors;
}

export interface ExportedMessage {
  readonly type: "exported";
  readonly job: string;
  readonly convert_ms: number;
  readonly onnx: Uint8Array;
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  readonly golden: { readonly inputs: WireTensors; readonly outputs: WireTensors };
  readonly tolerance: Readonly<Record<string, { readonly absolute: number; readonly relative: number }>>;
}

export interface FailedMessage {
  readonly type: "failed";
  readonly job: string;
  readonly code: ErrorCode;
  /** Begins with the field, as `parameters.max_depth: …` or `inputs.y: …`, where one is at fault. */
  readonly message: string;
}

export type FromTrainer =
  | ReadyMessage
  | ProgressMessage
  | CheckpointMessage
  | FittedMessage
  | ExportedMessage
  | FailedMessage;
