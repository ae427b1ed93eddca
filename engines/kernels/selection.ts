/** Chooses the backend for a job: a pure function of the job's requirements and of the measured costs. */
import { type BackendCosts, type Calibration, defaultCalibration, expectedMs } from "./calibration.js";
import type { KernelsName, Precision } from "./kernels.js";

export interface KernelRequirements {
  /** The requested precision; `auto` keeps the precision of the input. */
  readonly precision: "auto" | Precision;
  /** The input's datatype. */
  readonly input: Precision;
  /** Multiply-adds in the most expensive kernel call of the job, e.g. n·p² for a Gram matrix. */
  readonly work: number;
}

export interface KernelChoice {
  readonly name: KernelsName;
  readonly precision: Precision;
  /** A sentence that explains the choice. */
  readonly reason: string;
}

/** Only FP32 input under `auto`, or an explicit request for FP32, allows float32 arithmetic. */
export function precisionOf({ precision, input }: KernelRequirements): Precision {
  return precision === "auto" ? input : precision;
}

/**
 * The fastest backend, by the calibration, of those that are available and precise enough; float64 arithmetic is
 * precise enough for FP32 too.
 * @param available the backends that are started; default: all in the calibration except a GPU
 */
export function chooseKernels(
  job: KernelRequirements,
  calibration: Calibration = defaultCalibration,
  available: readonly KernelsName[] = ["plain", "ort"],
): KernelChoice {
  const wanted = precisionOf(job);
  const able = ({ name, precision }: BackendCosts) =>
    available.includes(name) && (precision === "FP64" || wanted === "FP32");
  let best: BackendCosts | undefined;
  for (const each of calibration.backends)
    if (able(each) && (best === undefined || expectedMs(each, job.work) < expectedMs(best, job.work)))
      best = each;
  if (best === undefined) return { name: "plain", precision: "FP64", reason: "no other backend is ready" };
  const ms = expectedMs(best, job.work).toPrecision(2);
  const { name, precision } = best;
  return {
    name,
    precision,
    reason: `${job.work} multiply-adds should take ${ms} ms, the least for ${wanted}`,
  };
}
