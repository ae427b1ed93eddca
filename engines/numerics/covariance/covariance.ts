/** What the covariance estimators share: S about its centre, and the shrinkage towards μ·I. */
import type { Floats } from "../../kernels/index.js";
import { type FitContext, throwIfAborted } from "../fit.js";
import { refuseTooLarge, toFloat64 } from "../float-tensors.js";
import { type Centre, columnCentre } from "./column-moments.js";

export interface Covariance {
  /** [p] */
  readonly location: Float64Array;
  /** [p,p] */
  readonly covariance: Float64Array;
}

export interface EmpiricalCovariance extends Covariance {
  /** What was taken off X; null: nothing. */
  readonly centre: Centre | null;
}

export interface ShrunkCovariance extends Covariance {
  /** The share of μ·I, from 0 to 1. */
  readonly shrinkage: number;
  /** Before it was shrunk. */
  readonly empirical: EmpiricalCovariance;
}

/**
 * The maximum likelihood covariance of X [n,p], as scikit-learn's EmpiricalCovariance: divided by n; about
 * zero instead of the column means when `assumeCentered`.
 */
export async function empiricalCovariance(
  x: Floats,
  n: number,
  p: number,
  assumeCentered: boolean,
  context: FitContext,
): Promise<EmpiricalCovariance> {
  refuseTooLarge("inputs.X", "the covariance", p, p);
  throwIfAborted(context);
  const centre = assumeCentered ? null : columnCentre(x, n, p);
  const { kernels } = context;
  const gram = await (centre === null ? kernels.gram(x, n, p) : kernels.centredGram(x, n, p, centre));
  const covariance = toFloat64(gram).map((value) => value / n);
  throwIfAborted(context);
  return { location: centre?.mean ?? new Float64Array(p), covariance, centre };
}

/** (1 − shrinkage)·S + shrinkage·μ·I [p,p], μ the mean of S's diagonal. */
export function shrunkCovariance(covariance: Float64Array, p: number, shrinkage: number): Float64Array {
  const target = (shrinkage * trace(covariance, p)) / p;
  const shrunk = covariance.map((value) => (1 - shrinkage) * value);
  for (let j = 0; j < p; j++) shrunk[j * p + j] = (shrunk[j * p + j] as number) + target;
  return shrunk;
}

export function trace(matrix: Float64Array, p: number): number {
  let sum = 0;
  for (let j = 0; j < p; j++) sum += matrix[j * p + j] as number;
  return sum;
}
