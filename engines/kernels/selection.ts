/**
 * Which backend takes a job: a pure function of what was asked, what stands ready, and what was measured
 * here (see calibration.ts).
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

/** Multiply-adds from which a backend beats those before it; Infinity: never. */
export interface Crossover {
  /** ONNX Runtime against the plain loops. */
  readonly ort: number;
  /** The GPU against ONNX Runtime, in FP32. */
  readonly gpujs: number;
}

/** What holds where nothing was measured: typical of two cores of an AMD EPYC, and no GPU. */
export const defaultCrossover: Crossover = { ort: 100_000, gpujs: Number.POSITIVE_INFINITY };

export interface Choice {
  readonly name: KernelsName;
  readonly precision: Precision;
  /** For people: why this one. */
  readonly reason: string;
}

/** Only FP32 input under `auto`, or FP32 asked by name, may lose digits to a GPU. */
export function chooseKernels(job: Job, { ort, gpujs }: Crossover): Choice {
  const allowed = job.precision === "auto" ? job.input : job.precision;
  if (allowed === "FP32" && job.work >= gpujs)
    return { name: "gpujs", precision: "FP32", reason: "FP32, a GPU, and enough work" };
  if (job.work < ort)
    return { name: "plain", precision: "FP64", reason: `${job.work} multiply-adds are too few` };
  const precision = job.precision === "FP32" ? "FP32" : "FP64"; // the CPU keeps the digits unless told
  return { name: "ort", precision, reason: "enough work for ONNX Runtime" };
}
