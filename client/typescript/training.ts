/** What a training is asked with, and what it answers. */
import type { InputsUsed } from "../../protocol/reference.js";
import { fromWire, type Tensor } from "../../protocol/tensor.js";
import type {
  JobDescription,
  JobState,
  NestedParameters,
  Publication,
  PublishedVersion,
  TrainFrame,
  TrainingSummary,
} from "../../protocol/train-frames.js";
import type { CallOptions, Inputs, Tensors } from "./options.js";
import { wiredInputs } from "./request-frames.js";

/** What a training may say beside its inputs. */
export interface TrainOptions extends CallOptions {
  /** The trainer's version. Default: the only one. */
  readonly version?: string;
  /** Parameters with the library's own names and defaults; lists and maps may be nested. */
  readonly parameters?: NestedParameters;
  /** Seconds for which the fitted model is kept, to predict with `<trainer>.apply` and the answer's handle. */
  readonly keepSeconds?: number;
  /** The version of a model that it becomes; the answer then comes once the version serves. */
  readonly publish?: Publication;
  /** True: the answer is a {@link TrainingJob} at once, which outlives this client and the gateway. */
  readonly background?: boolean;
  /** A text for whoever lists the jobs. */
  readonly label?: string;
  /** Aborting it cancels the training at the gateway, until it has answered. */
  readonly signal?: AbortSignal;
  /** 1 is the highest. */
  readonly priority?: number;
  /** Idempotency key: a repeat within the gateway's window runs nothing. */
  readonly key?: string;
  /** The caller's trace, as W3C Trace Context writes it. */
  readonly traceparent?: string;
}

/** What a training answers with. */
export interface TrainingResult {
  /** The job's name. */
  readonly job: string;
  /** The fitted attributes by the library's names without the trailing underscore, and the scores. */
  readonly outputs: Tensors;
  /** What `<trainer>.apply` predicts with, while the model is kept. */
  readonly handle?: string;
  /** Milliseconds of the library's own `fit`. */
  readonly fitMs: number;
  /** Milliseconds of the export to ONNX and its proof; null while they go on. */
  readonly convertMs: number | null;
  /** Versions of Python and of the libraries that fitted. */
  readonly libraries: Readonly<Record<string, string>>;
  /** The version that it became, where that was asked for. */
  readonly published?: PublishedVersion;
  /** Which version and rows the references among the inputs stood for; absent where there was none. */
  readonly inputsUsed?: InputsUsed;
}

/** @param remainingMs undefined: the gateway's own limit for trainings counts */
export function trainFrame(
  id: number,
  trainer: string,
  inputs: Inputs,
  options: TrainOptions,
  remainingMs: number | undefined,
): TrainFrame {
  const { version, parameters, keepSeconds, publish, background, label, key, priority, traceparent } =
    options;
  return {
    type: "train",
    id,
    trainer,
    version,
    parameters,
    keep_seconds: keepSeconds,
    publish,
    background,
    label,
    key,
    timeout_ms: remainingMs,
    priority,
    traceparent,
    inputs: wiredInputs(inputs), // last, so that a large one ends the message
  };
}

interface TrainingReply extends Pick<JobDescription, "outputs"> {
  readonly training: TrainingSummary;
  readonly inputs_used?: InputsUsed | undefined;
}

export function trainingResultOf(answer: TrainingReply, handle?: string): TrainingResult {
  const { training, inputs_used: inputsUsed } = answer;
  const { handle: kept, ...outputs } = tensorsOf(answer.outputs ?? {});
  const name = handle ?? (kept === undefined ? undefined : String(kept.data[0]));
  return {
    job: training.job,
    outputs,
    ...(name !== undefined && { handle: name }),
    fitMs: training.fit_ms,
    convertMs: training.convert_ms,
    libraries: training.libraries,
    ...(training.published !== undefined && { published: training.published }),
    ...(inputsUsed !== undefined && { inputsUsed }),
  };
}

/** The result of a job that has ended, of its description. */
export function resultOfJob(state: JobState, description: JobDescription): TrainingResult {
  const { job, fit_ms, convert_ms, published, handle } = state;
  const training = {
    job,
    fit_ms: fit_ms ?? 0,
    convert_ms,
    libraries: {},
    ...(published !== null && { published }),
    ...description.training,
  };
  return trainingResultOf({ ...description, training }, handle ?? undefined);
}

function tensorsOf(wire: NonNullable<JobDescription["outputs"]>): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(wire).map(([name, tensor]) => [name, fromWire(tensor)]));
}
