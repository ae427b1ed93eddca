/**
 * The port between jobs and what trains: Python processes implement it (processes.ts), and fakes in tests. A training
 * has two results: the fitted attributes, and later the exported model.
 */
import type { NestedParameters } from "../../protocol/train-frames.js";
import type { Tensors } from "../engine.js";
import type { TensorSpec } from "../servable.js";

export interface TrainingEngine {
  /** Whether trainings can run now, and what the installed environment has. */
  readonly availability: TrainerAvailability;
  /** Trainings that may run at one time. */
  readonly places: number;
  /**
   * Starts a training; the caller counts the places. A warm process of the namespace is reused.
   * Of the two promises of the run each settles exactly once, `exported` after `fitted`.
   */
  start(work: TrainingWork, listener: TrainingListener): TrainingRun;
  /** Ends every process with its process group. */
  close(): Promise<void>;
}

export type TrainerAvailability =
  | {
      readonly kind: "ready";
      /** Versions of Python and of the libraries. */
      readonly libraries: Readonly<Record<string, string>>;
      /** Names of the trainers whose libraries are installed. */
      readonly trainers: ReadonlySet<string>;
      readonly cuda: boolean;
    }
  /** The reason is a sentence with the command to type. */
  | { readonly kind: "missing"; readonly reason: string };

export interface TrainingWork {
  /** The job's name, unique while it runs. */
  readonly job: string;
  readonly namespace: string;
  readonly trainer: string;
  readonly inputs: Tensors;
  /** Validated, with the defaults filled in. */
  readonly parameters: NestedParameters;
  /** Whether the model is exported to ONNX and proven after the fit. */
  readonly export: boolean;
  /** The state from which to go on, as the listener received it earlier; undefined: from the start. */
  readonly checkpoint?: Uint8Array | undefined;
}

export interface TrainingListener {
  progress(progress: TrainingProgress): void;
  /** A line that the trainer or a library wrote. */
  log(line: string): void;
  /** A state from which the training can go on in another process. */
  checkpoint(state: Uint8Array): void;
}

export interface TrainingProgress {
  readonly iteration?: number;
  /** From 0 to 1. */
  readonly shareDone?: number;
  readonly loss?: number;
  readonly score?: number;
  /** What else the trainer tells, by name: of a policy its reward and its entropy. */
  readonly figures?: Readonly<Record<string, number>>;
}

export interface TrainingRun {
  /** @throws HeadgateError with the reason; `exported` is rejected with the same one */
  readonly fitted: Promise<FittedTraining>;
  /** Undefined where no export was asked for. @throws HeadgateError with the reason */
  readonly exported: Promise<ExportedModel> | undefined;
  /** Ends it: what has not settled is rejected with `cancelled`. The process ends where it does not stop by itself. */
  cancel(): void;
}

export interface FittedTraining {
  /** The fitted attributes by the library's names without the trailing underscore, and `train_score`, `eval_score`. */
  readonly outputs: Tensors;
  readonly fitMs: number;
  readonly libraries: Readonly<Record<string, string>>;
}

export interface ExportedModel {
  readonly onnx: Uint8Array;
  /** The graph's inputs and outputs, the first dimension of each is `batch`. */
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  /** Rows with the answers of the library, against which the graph is proven wherever it is opened. */
  readonly golden: { readonly inputs: Tensors; readonly outputs: Tensors };
  /** The tolerated difference of each output, as `|got - want| <= absolute + relative * |want|`. */
  readonly tolerance: Readonly<Record<string, { readonly absolute: number; readonly relative: number }>>;
  readonly convertMs: number;
}
