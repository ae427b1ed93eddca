/** A fit whose arithmetic left the numbers that float64 holds answers with an error, and never with NaN. */
import { invalidArgument } from "../../protocol/errors.js";
import type { Tensor } from "../../protocol/tensor.js";
import type { FitInputs } from "./fit.js";

/**
 * Where no input has NaN, an output has NaN because squares or products on the way overflowed or vanished.
 * @throws HeadgateError `invalid_argument` naming X, its largest number and what to do
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
  // A sum is NaN when one number is, and also when both infinities are among them.
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
