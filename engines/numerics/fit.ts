/** What every numeric fit is: a signature and a function of its inputs. */
import { HeadgateError } from "../../protocol/errors.js";
import type { Tensor } from "../../protocol/tensor.js";
import type { Kernels } from "../kernels/index.js";
import type { ParameterSpec, Parameters, Signature, TensorSpec } from "../servable.js";

export interface FitContext {
  /** The backend for what grows with the rows; the caller picks it by the parameter `precision`. */
  readonly kernels: Kernels;
  /** A float64 backend for p×p factorisations, where `kernels` is none; absent: plain loops. */
  readonly factors?: Kernels;
  /** Whether nobody waits for the answer any more; looked at in each iteration. */
  readonly aborted: () => boolean;
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

/** @throws HeadgateError `cancelled` when nobody waits any more */
export function throwIfAborted(context: FitContext): void {
  if (context.aborted()) throw new HeadgateError("cancelled", "the fit was stopped", { processed: "no" });
}

/** The rows to fit, one sample a row. */
export const samplesInput: TensorSpec = {
  name: "X",
  datatypes: ["FP64", "FP32"],
  shape: ["n", "p"],
  description: "Samples, one a row; finite numbers. Float outputs come in this datatype.",
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
