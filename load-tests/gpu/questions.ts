/** What may be asked of the engines in a process of their own, and what is answered. */
import type { ProviderName } from "../../engines/onnx/provider-names.js";
import type { JobName } from "./jobs.js";

/** Where kernels run: on the device, or on the CPU of the same machine. */
export type Backend = "gpujs" | "ort" | "plain";

export type CheckQuestion =
  | { readonly kind: "adapter"; readonly software: boolean }
  | { readonly kind: "kernel case"; readonly at: number; readonly software: boolean }
  | { readonly kind: "fit case"; readonly at: number; readonly software: boolean }
  | {
      readonly kind: "job";
      readonly job: JobName;
      readonly backend: Backend;
      readonly n: number;
      readonly p: number;
      /** Float32 numbers, [n,p] row-major. */
      readonly path: string;
      readonly software: boolean;
      readonly rounds: Rounds;
    }
  | {
      readonly kind: "model";
      readonly model: string;
      readonly provider: ProviderName;
      /** Rows of the two large requests. */
      readonly batches: readonly number[];
      readonly rounds: Rounds;
    };

/** One run that is not counted, then at most so many, or so many milliseconds of them, but one in any case. */
export interface Rounds {
  readonly most: number;
  readonly ms: number;
}

export interface Adapter {
  readonly description: string;
  /** A renderer on the CPU: right for a proof, never for speed. */
  readonly software: boolean;
}

export interface CheckResult {
  readonly name: string;
  /** The largest difference, relative to the largest number of its answer. */
  readonly worst: number;
  /** What really ran, such as `webgpu`. */
  readonly mode: string;
}

export interface TimingResult {
  /** Median of the runs. */
  readonly ms: number;
  readonly runs: number;
  readonly mode: string;
}

export interface ModelFigures {
  /** The largest difference to the golden answer, relative to its largest number. */
  readonly worst: number;
  /** Milliseconds to open it. */
  readonly open_ms: number;
  /** Milliseconds of one row, median. */
  readonly p50_ms: number;
  /** Rows a second, by the rows of a run. */
  readonly rows_per_second: Readonly<Record<string, number>>;
}

export interface CheckAnswers {
  readonly adapter: Adapter;
  readonly "kernel case": CheckResult;
  readonly "fit case": CheckResult;
  readonly job: TimingResult;
  readonly model: ModelFigures;
}
