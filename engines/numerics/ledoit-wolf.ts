/**
 * Ledoit and Wolf's shrunk covariance, as scikit-learn's LedoitWolf. Source: Ledoit and Wolf 2004, "A
 * well-conditioned estimator for large-dimensional covariance matrices".
 */
import type { Floats } from "../kernels/index.js";
import type { Centre } from "./column-moments.js";
import { empiricalCovariance, type ShrunkCovariance, shrunkCovariance, trace } from "./covariance.js";
import type { FitContext } from "./fit.js";

/** Fits X [n,p]; about zero instead of the column means when `assumeCentered`. */
export async function ledoitWolf(
  x: Floats,
  n: number,
  p: number,
  assumeCentered: boolean,
  context: FitContext,
): Promise<ShrunkCovariance> {
  const { location, covariance, centre } = await empiricalCovariance(x, n, p, assumeCentered, context);
  const shrinkage = p === 1 ? 0 : shrinkageOf(x, centre, covariance, n, p);
  return { location, covariance: shrunkCovariance(covariance, p, shrinkage), shrinkage };
}

/**
 * min(β, δ)/δ for X [n,p] less the centre and its S [p,p]. The sum of all entries of (X²)ᵀX² is the sum over rows
 * of the squared row norm squared, so that it takes n·p steps instead of n·p².
 */
function shrinkageOf(
  x: Floats,
  centre: Centre | null,
  covariance: Float64Array,
  n: number,
  p: number,
): number {
  const base = centre?.base ?? new Float64Array(p);
  const rest = centre?.rest ?? base;
  let fourth = 0;
  for (let row = 0; row < n * p; row += p) {
    let norm = 0;
    for (let j = 0; j < p; j++)
      norm += ((x[row + j] as number) - (base[j] as number) - (rest[j] as number)) ** 2;
    fourth += norm * norm;
  }
  let squares = 0;
  for (let at = 0; at < p * p; at++) squares += (covariance[at] as number) ** 2;
  const total = trace(covariance, p);
  const mu = total / p;
  const beta = (fourth / n - squares) / (p * n);
  const delta = (squares - 2 * mu * total + p * mu * mu) / p;
  const least = Math.min(beta, delta);
  return least <= 0 ? 0 : least / delta; // below 0 by rounding alone
}
