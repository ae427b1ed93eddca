/**
 * Refuses the outputs of a fit whose arithmetic left the range of float64: the client gets an error, and never NaN.
 */
import { invalidArgument } from "../../protocol/errors.js";
import type { Tensor } from "../../protocol/tensor.js";
import type { FitInputs } from "./fit.js";

/**
 * Refuses outputs that have NaN although no input has: squares or products in the computation overflowed or
 * underflowed.
 * @throws HeadgateError `invalid_argument` naming X, its largest magnitude and what to do
 */
export function refuseOverflow(inputs: FitInputs, outputs: FitInputs): void {
  const name = Object.keys(outputs).find((output) => hasNaN(outputs[output]));
  if (name === undefined || Object.values(inputs).some(hasNaN)) return;
  const size = largest(inputs.X);
  throw invalidArgument(
    "inputs.X",
    `${name} would have NaN: with numbers of up to ${size.toPrecision(3)}, what is computed from X leaves the range ` +
      "of floats; scale X to numbers near 1, for the fit and for what is applied of it",
  );
}

function hasNaN(tensor: Tensor | undefined): boolean {
  const data = tensor?.data;
  if (!(data instanceof Float64Array || data instanceof Float32Array)) return false;
  // A sum is NaN when one of the numbers is NaN, and also when both infinities are among them, so that a NaN sum
  // needs a search.
  let sum = 0;
  for (let at = 0; at < data.length; at++) sum += data[at] as number;
  return Number.isNaN(sum) && data.some((value) => Number.isNaN(value));
}

function largest(tensor: Tensor | undefined): number {
  const data = tensor?.data;
  let most = 0;
  if (!(data instanceof Float64Array || data instanceof Float32Array)) return most;
  for (let at = 0; at < data.length; at++) most = Math.max(most, Math.abs(data[at] as number));
  return most;
}
