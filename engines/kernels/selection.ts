/**
 * Which backend takes a job: a pure function of what was asked and what stands ready. The thresholds are
 * fixed for now; measured ones can be passed in once a calibration exists.
 */
import type { KernelsName, Precision } from "./kernels.js";

export interface Job {
  /** What the caller asked for; `auto` keeps the precision of the input. */
  readonly precision: "auto" | Precision;
  /** The input's datatype. */
  readonly input: Precision;
  /** Multiply-adds in the costliest kernel call of the job, e.g. n·p² for a gram. */
  readonly work: number;
}

export interface Ready {
  /** A gpu.js backend in mode `webgpu` over an adapter that is no software renderer (or was allowed). */
  readonly gpu: boolean;
}

export interface Choice {
  readonly name: KernelsName;
  /** For people: why this one. */
  readonly reason: string;
}

/** Below this a kernel's launch and the bytes' way to the GPU and back outweigh the arithmetic. */
export const gpuWorkMinimum = 10_000_000; // multiply-adds, about 10 ms of plain loops

/** Only FP32 input under `auto`, or FP32 asked by name, may lose digits to a GPU. */
export function chooseKernels(job: Job, ready: Ready, workMinimum = gpuWorkMinimum): Choice {
  const precision = job.precision === "auto" ? job.input : job.precision;
  if (precision === "FP64") return { name: "plain", reason: "FP64 arithmetic runs on the CPU" };
  if (!ready.gpu) return { name: "plain", reason: "no GPU answers" };
  if (job.work < workMinimum) return { name: "plain", reason: `${job.work} multiply-adds are too few` };
  return { name: "gpujs", reason: "FP32, a GPU, and enough work" };
}
