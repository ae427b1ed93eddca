/** The questions that the process of `engine-side.ts` accepts, and its answers. */
import type { ProviderName } from "../../engines/onnx/provider-names.js";
import type { JobName } from "./jobs.js";

/** The backend that runs the kernels: `gpujs` on the device, `ort` or `plain` on the CPU of the same machine. */
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
      /** The path of a file with float32 numbers, [n,p] row-major. */
      readonly path: string;
      readonly software: boolean;
      readonly rounds: Rounds;
    }
  | {
      readonly kind: "model";
      readonly model: string;
      readonly provider: ProviderName;
      /** The numbers of rows of the two large requests. */
      readonly batches: readonly number[];
      readonly rounds: Rounds;
    };

/**
 * How often a job runs: once uncounted, then until either limit (number of runs, milliseconds) is reached, at least
 * once.
 */
export interface Rounds {
  readonly most: number;
  readonly ms: number;
}

export interface Adapter {
  readonly description: string;
  /**
   * Whether the adapter is a software renderer, which runs on the CPU: fit to prove correctness, never to measure
   * speed.
   */
  readonly software: boolean;
}

export interface CheckResult {
  readonly name: string;
  /** The largest difference, relative to the largest number of the answer. */
  readonly worst: number;
  /** The backend that really ran, such as `webgpu`. */
  readonly mode: string;
}

export interface TimingResult {
  /** The median of the runs. */
  readonly ms: number;
  readonly runs: number;
  readonly mode: string;
}

export interface ModelFigures {
  /** The largest difference from the golden answer, relative to the golden answer's largest number. */
  readonly worst: number;
  /** Milliseconds to open the model. */
  readonly open_ms: number;
  /** Milliseconds for a request of one row, median. */
  readonly p50_ms: number;
  /** Rows a second, keyed by the number of rows of a request. */
  readonly rows_per_second: Readonly<Record<string, number>>;
}

export interface CheckAnswers {
  readonly adapter: Adapter;
  readonly "kernel case": CheckResult;
  readonly "fit case": CheckResult;
  readonly job: TimingResult;
  readonly model: ModelFigures;
}
