/**
 * The computations that the covariance estimators share: the empirical covariance S about its centre, and the
 * shrinkage of S towards μ·I.
 */
import type { Floats } from "../../kernels/index.js";
import { type FitContext, throwIfAborted } from "../fit.js";
import { refuseTooLarge, toFloat64 } from "../float-tensors.js";
import { type Centre, centreAndGram } from "./column-moments.js";

export interface Covariance {
  /** [p] the column means, or zeros. */
  readonly location: Float64Array;
  /** [p,p] the estimated covariance. */
  readonly covariance: Float64Array;
}

export interface EmpiricalCovariance extends Covariance {
  /** The centre that was subtracted from X; null: none was. */
  readonly centre: Centre | null;
}

export interface ShrunkCovariance extends Covariance {
  /** The weight of μ·I in the covariance, from 0 to 1. */
  readonly shrinkage: number;
  /** The covariance before it was shrunk. */
  readonly empirical: EmpiricalCovariance;
}

/**
 * The maximum likelihood covariance of X [n,p], divided by n, as scikit-learn's EmpiricalCovariance. With
 * `assumeCentered` it is computed about zero instead of the column means.
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
  const { kernels } = context;
  const { centre, gram } = assumeCentered
    ? { centre: null, gram: await kernels.gram(x, n, p) }
    : await centreAndGram(x, n, p, kernels);
  const covariance = toFloat64(gram).map((value) => value / n);
  throwIfAborted(context);
  return { location: centre?.mean ?? new Float64Array(p), covariance, centre };
}

/** The shrunk covariance (1 − shrinkage)·S + shrinkage·μ·I [p,p], where μ is the mean of the diagonal of S. */
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
