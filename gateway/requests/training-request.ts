/** What a training is asked for, in the form that all faces share, and what it is answered with. */

import type { InferInputs } from "../../protocol/reference.js";
import type { NestedParameters, Publication, TrainingSummary } from "../../protocol/train-frames.js";
import type { Answer } from "../scheduling/queued-request.js";

export interface TrainingRequest {
  /** The name of the job, of a training that the gateway begins by itself; absent: a new one. */
  readonly job?: string | undefined;
  readonly trainer: string;
  readonly version?: string | undefined;
  readonly inputs: InferInputs;
  readonly parameters?: NestedParameters | undefined;
  /** Seconds for which the fitted model is kept under a handle; absent: it is not kept. */
  readonly keepSeconds?: number | undefined;
  readonly publication?: Publication | undefined;
  /** Whether the answer is the job's name, once the job is on disk. */
  readonly background: boolean;
  readonly label?: string | undefined;
  /** The idempotency key. */
  readonly key?: string | undefined;
  /** Milliseconds until the deadline, counted from receipt. 0 or absent: the trainer's default. */
  readonly timeoutMs?: number | undefined;
  /** 1 is the highest; 0 or absent: the default. */
  readonly priority?: number | undefined;
  /** The W3C trace context, which is written to the log. */
  readonly traceparent?: string | undefined;
}

/** The answer in the form that is kept under an idempotency key; `model` names the trainer. */
export interface TrainingAnswer extends Answer {
  /** Absent of a training in the background. */
  readonly training?: TrainingSummary | undefined;
  /** Of a training in the background. */
  readonly job?: string | undefined;
}
