/**
 * Ledoit and Wolf's shrunk covariance, as scikit-learn's LedoitWolf. Source: Ledoit and Wolf 2004, "A
 * well-conditioned estimator for large-dimensional covariance matrices".
 */
import type { Floats } from "../../kernels/index.js";
import type { FitContext } from "../fit.js";
import { powerBelow } from "../linear-algebra/power-of-two.js";
import type { Centre } from "./column-moments.js";
import { empiricalCovariance, type ShrunkCovariance, shrunkCovariance, trace } from "./covariance.js";

/** Fits X [n,p]. With `assumeCentered` the covariance is computed about zero instead of the column means. */
export async function ledoitWolf(
  x: Floats,
  n: number,
  p: number,
  assumeCentered: boolean,
  context: FitContext,
): Promise<ShrunkCovariance> {
  const empirical = await empiricalCovariance(x, n, p, assumeCentered, context);
  const { location, covariance, centre } = empirical;
  const unit = varianceUnit(covariance, p);
  const shrinkage = ledoitWolfShrinkage(covariance, fourthMoment(x, centre, n, p, unit), n, p, unit);
  return { location, covariance: shrunkCovariance(covariance, p, shrinkage), shrinkage, empirical };
}

/**
 * The mean over the rows of X [n,p] of ‖x − centre‖⁴, divided by unit², because for numbers of about 1e80 it would
 * overflow otherwise. Times n it is the sum of all entries of (X²)ᵀX² for the centred X, in n·p steps instead of
 * n·p².
 */
function fourthMoment(x: Floats, centre: Centre | null, n: number, p: number, unit: number): number {
  const base = centre?.base ?? new Float64Array(p);
  const rest = centre?.rest ?? base;
  let fourth = 0;
  for (let row = 0; row < n * p; row += p) {
    let norm = 0;
    for (let j = 0; j < p; j++)
      norm += ((x[row + j] as number) - (base[j] as number) - (rest[j] as number)) ** 2;
    fourth += (norm / unit) ** 2;
  }
  return fourth / n;
}

/**
 * The shrinkage min(β, δ)/δ, given the covariance S [p,p] of n rows and their fourth moment.
 * @param unit the fourth moment is given as a multiple of unit²
 */
export function ledoitWolfShrinkage(
  covariance: Float64Array,
  fourth: number,
  n: number,
  p: number,
  unit = 1,
): number {
  if (p === 1) return 0;
  let squares = 0;
  for (let at = 0; at < p * p; at++) squares += ((covariance[at] as number) / unit) ** 2;
  const total = trace(covariance, p) / unit;
  const mu = total / p;
  const beta = (fourth - squares) / (p * n);
  const delta = (squares - 2 * mu * total + p * mu * mu) / p;
  const least = Math.min(beta, delta);
  return least <= 0 ? 0 : least / delta; // rounding alone can make β or δ negative
}

/**
 * A power of two near the mean variance. Dividing by it changes no digit, and squares of the divided variances do not
 * overflow.
 */
export function varianceUnit(covariance: Float64Array, p: number): number {
  const mean = trace(covariance, p) / p;
  return mean > 0 && mean < Number.POSITIVE_INFINITY ? powerBelow(mean) : 1;
}
