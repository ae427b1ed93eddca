/** The covariances of Gaussian states at the door: whole matrices [k,p,p], or [k,p] variances alone. */
import { invalidArgument } from "../../../protocol/errors.js";
import type { CovarianceKind } from "../covariance/covariance-kind.js";
import type { FitInputs } from "../fit.js";
import { readFloats, refuseTooLarge } from "../float-tensors.js";

/** [k,d,d]. @throws HeadgateError `invalid_argument` for another shape and for a variance below 0 */
export function readCovariances(inputs: FitInputs, name: string, k: number, d: number): Float64Array {
  const variancesAlone = inputs[name]?.shape.length === 2;
  // Variances are small on the wire, and their matrices need not be.
  if (variancesAlone) refuseTooLarge(`inputs.${name}`, "whole matrices", k, d * d);
  const covars = variancesAlone
    ? ofVariances(readFloats(inputs, name, [k, d]), d)
    : readFloats(inputs, name, [k, d, d]);
  for (let row = 0; row < k * d; row++) {
    const variance = covars[row * d + (row % d)] as number;
    if (variance < 0)
      throw invalidArgument(
        `inputs.${name}`,
        `state ${Math.floor(row / d)}, column ${row % d}: the variance ${variance} is below 0`,
      );
  }
  return covars;
}

function ofVariances(variances: Float64Array, d: number): Float64Array {
  const covars = new Float64Array(variances.length * d);
  variances.forEach((variance, row) => {
    covars[row * d + (row % d)] = variance;
  });
  return covars;
}

/** Whether no element off a diagonal is other than 0. */
export function isDiagonal(covars: Float64Array, d: number): boolean {
  return covars.every((value, at) => value === 0 || Math.floor(at / d) % d === at % d);
}

/** @throws HeadgateError `invalid_argument` for covariances that no model of this kind has */
export function refuseOtherKind(covars: Float64Array, d: number, kind: CovarianceKind): void {
  if ((kind === "diag" || kind === "spherical") && !isDiagonal(covars, d))
    throw invalidArgument(
      "inputs.covars",
      `of covariance_type ${kind} has only variances; an element off a diagonal is not 0`,
    );
  const size = d * d;
  const other = kind === "tied" ? covars.findIndex((value, at) => value !== covars[at % size]) : -1;
  if (other >= 0)
    throw invalidArgument(
      "inputs.covars",
      `of covariance_type tied has one matrix for all states; that of state ${Math.floor(other / size)} differs`,
    );
}
