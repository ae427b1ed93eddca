/** Everything that crosses between the socket thread and a worker. Nothing else does. */
import type { ErrorCode, Processed } from "../../protocol/errors.js";
import type { Tensor } from "../../protocol/tensor.js";
import type { Calibration } from "../kernels/index.js";
import type { BatchingSetting } from "../onnx/batching-setting.js";
import type { FellBack, ProviderName } from "../onnx/provider-names.js";
import type { TokenizerSettings } from "../onnx/text/tokenizer.js";
import type { Batching, Lane, Parameters, Signature } from "../servable.js";

export type Tensors = Readonly<Record<string, Tensor>>;

/** What a worker is started with. */
export interface WorkerSetup {
  readonly lane: Lane;
  /** Threads ONNX Runtime may use inside one run. */
  readonly intraOpThreads: number;
  /** Milliseconds for which a model's worker looks for more work before it sleeps. */
  readonly busyPollMs: number;
  /** One Int32: the id of the job that should stop. Looked at by fits at each iteration. */
  readonly abortFlag: SharedArrayBuffer;
  /** What the numerics measured before; null: they measure now. */
  readonly calibration: Calibration | null;
  /** Its work is worth less than anybody else's: the system gives it time that is left over. */
  readonly background: boolean;
}

/** A model version to open a session for, and to prove on its golden answer. */
export interface ModelSource {
  readonly signature: Signature;
  readonly modelPath: string;
  readonly goldenPath: string;
  /** Of a model that is asked strings: how the `tokenizer.json` beside the graph is applied. */
  readonly tokenizer?: TokenizerSettings & { readonly maxBatchSize: number };
  /** What config.json says of rows that are computed together. */
  readonly rows: RowSettings;
  /** Of its files. */
  readonly bytes: number;
  /** Execution providers in the order to try them; null: what the machine has. */
  readonly providers: readonly ProviderName[] | null;
  /** Rows of the runs that warm it, ascending; empty: the golden run is enough. */
  readonly warmRows: readonly number[];
}

export interface RowSettings {
  /** 0: the first dimension is no batch. */
  readonly maxBatchSize: number;
  readonly batching: BatchingSetting;
  /** What was found of these files before, on this backend; absent: it is found out. */
  readonly known?: { readonly backend: string; readonly batching: Batching };
}

/** What opening a version showed. */
export interface LoadReport {
  /** Such as `onnxruntime-cpu`. */
  readonly backend: string;
  readonly fellBack: readonly FellBack[];
  /** Of its rows. */
  readonly batching: Batching;
}

export type ToWorker =
  | { readonly kind: "load"; readonly key: string; readonly source: ModelSource }
  | { readonly kind: "unload"; readonly key: string }
  /** Ends the thread once the job in hand is done. */
  | { readonly kind: "exit" }
  | {
      readonly kind: "run";
      readonly job: number;
      readonly key: string;
      readonly inputs: Tensors;
      readonly parameters: Parameters;
      readonly outputs: readonly string[] | null;
    };

export interface Done {
  readonly outputs: Tensors;
  /** Milliseconds inside the engine. */
  readonly computeMs: number;
  readonly backend: string;
  readonly precision: string;
  /** Rows that cannot be answered, though the rest of the batch can. */
  readonly refused?: readonly RefusedRow[];
}

export interface RefusedRow {
  /** Of the batch. */
  readonly row: number;
  /** Names the input. */
  readonly reason: string;
}

export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly processed: Processed;
}

export type FromWorker =
  | { readonly kind: "ready" }
  | { readonly kind: "loaded"; readonly key: string; readonly report: LoadReport }
  | { readonly kind: "refused"; readonly key: string; readonly failure: Failure }
  | { readonly kind: "done"; readonly job: number; readonly done: Done }
  | { readonly kind: "failed"; readonly job: number; readonly failure: Failure }
  | { readonly kind: "calibrated"; readonly calibration: Calibration }
  /** A kernel ran on another backend than the one it was asked of. */
  | { readonly kind: "fallback"; readonly message: string };
