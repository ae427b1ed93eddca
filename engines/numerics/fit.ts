/** The interface of every numeric fit: a signature and a function of its inputs. */
import { HeadgateError } from "../../protocol/errors.js";
import type { Tensor } from "../../protocol/tensor.js";
import { type Kernels, reportingKernels, type WorkReporter, workPerReport } from "../kernels/index.js";
import type { ParameterSpec, Parameters, Signature, TensorSpec } from "../servable.js";

export interface FitContext {
  /**
   * The backend for the work that grows with the number of rows; the host chooses it by the parameter `precision`.
   */
  readonly kernels: Kernels;
  /**
   * The float64 backend for p×p factorisations. Absent: `kernels` where that is the ort backend in float64, else
   * plain loops.
   */
  readonly factors?: Kernels;
  /** Whether the job was cancelled. It is called once in `workPerReport` steps. */
  readonly aborted: () => boolean;
  /** Called with every report of work before the work is done; for tests. */
  readonly worked?: (operations: number) => void;
}

export type FitInputs = Readonly<Record<string, Tensor>>;

export interface Fit {
  readonly signature: Signature;
  /**
   * @throws HeadgateError `invalid_argument` naming the input or parameter that is wrong, `cancelled`
   *   once `context.aborted()`
   */
  run(inputs: FitInputs, parameters: Parameters, context: FitContext): Promise<Record<string, Tensor>>;
}

/** @throws HeadgateError `cancelled` when the job was cancelled */
export function throwIfAborted(context: FitContext): void {
  if (context.aborted()) throw new HeadgateError("cancelled", "the fit was stopped", { processed: "no" });
}

/** The function to which a run reports its work. It checks the abort flag once in `workPerReport` steps. */
export function workReporterOf(context: FitContext): WorkReporter {
  const known = meters.get(context);
  if (known !== undefined) return known;
  let left = 0;
  const reportWork: WorkReporter = (operations) => {
    context.worked?.(operations);
    left -= operations;
    if (left > 0) return;
    throwIfAborted(context);
    left = workPerReport;
  };
  meters.set(context, reportWork);
  return reportWork;
}

/**
 * Reports the work of `passes` passes over `numbers` numbers, with a check of the abort flag once in `workPerReport`
 * steps.
 */
export function reportPasses(context: FitContext, passes: number, numbers: number): void {
  const reportWork = workReporterOf(context);
  for (let left = passes * numbers; left > 0; left -= workPerReport)
    reportWork(Math.min(left, workPerReport));
}

const meters = new WeakMap<FitContext, WorkReporter>();

/** The context of a run whose kernels report their work too, and so stop when the job is cancelled. */
export function watchedContext(context: FitContext): FitContext {
  const reportWork = workReporterOf(context);
  const watched = {
    ...context,
    kernels: reportingKernels(context.kernels, reportWork),
    ...(context.factors !== undefined && { factors: reportingKernels(context.factors, reportWork) }),
  };
  meters.set(watched, reportWork);
  return watched;
}

/** The rows to fit, one sample a row. */
export const samplesInput: TensorSpec = {
  name: "X",
  datatypes: ["FP64", "FP32"],
  shape: ["n", "p"],
  description: "Samples, one a row; finite numbers. Float outputs come in this datatype.",
};

/** The rows to fit, for an estimator that leaves missing numbers out. */
export const holedSamplesInput: TensorSpec = {
  ...samplesInput,
  allowNonFinite: true,
  description: "Samples, one a row; NaN is a missing number. Float outputs come in this datatype.",
};

export const precisionParameter: ParameterSpec = {
  name: "precision",
  description: "Arithmetic: auto keeps the input's datatype, FP64 stays on the CPU, FP32 may use a GPU.",
  default: "auto",
  anyOf: [{ type: "string", values: ["auto", "FP32", "FP64"] }],
};

export const randomStateParameter: ParameterSpec = {
  name: "random_state",
  description: "Seed of the generator, numpy's MT19937; one seed gives the same bits each time.",
  default: 0,
  anyOf: [{ type: "integer", minimum: 0, maximum: 4_294_967_295 }],
};
