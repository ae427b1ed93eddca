/**
 * Ledoit and Wolf's shrunk covariance, as scikit-learn's LedoitWolf. Source: Ledoit and Wolf 2004, "A
 * well-conditioned estimator for large-dimensional covariance matrices".
 */
import type { Floats } from "../../kernels/index.js";
import type { FitContext } from "../fit.js";
import { powerBelow } from "../linear-algebra/power-of-two.js";
import type { Centre } from "./column-moments.js";
import { empiricalCovariance, type ShrunkCovariance, shrunkCovariance, trace } from "./covariance.js";

/** Fits X [n,p]; about zero instead of the column means when `assumeCentered`. */
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
 * The mean fourth power of the norms of X [n,p] less the centre. Times n it is the sum of all entries of
 * (X²)ᵀX², in n·p steps instead of n·p². In squares of a unit: of numbers of 1e80 they overflow otherwise.
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
 * min(β, δ)/δ for S [p,p] of n rows and their fourth moment.
 * @param unit the variance in whose squares the fourth moment is told
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
  return least <= 0 ? 0 : least / delta; // below 0 by rounding alone
}

/** A power of two near the mean variance: dividing by it loses no digit, and squares of variances do not overflow. */
export function varianceUnit(covariance: Float64Array, p: number): number {
  const mean = trace(covariance, p) / p;
  return mean > 0 && mean < Number.POSITIVE_INFINITY ? powerBelow(mean) : 1;
}
