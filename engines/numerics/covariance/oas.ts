/**
 * The oracle approximating shrinkage of a covariance, as scikit-learn's OAS, which leaves out the factor
 * 2/p of the paper. Source: Chen, Wiesel, Eldar and Hero 2010, "Shrinkage algorithms for MMSE covariance
 * estimation", equation 23.
 */
import type { Floats } from "../../kernels/index.js";
import type { FitContext } from "../fit.js";
import { empiricalCovariance, type ShrunkCovariance, shrunkCovariance, trace } from "./covariance.js";
import { varianceUnit } from "./ledoit-wolf.js";

/** Fits X [n,p]. With `assumeCentered` the covariance is computed about zero instead of the column means. */
export async function oas(
  x: Floats,
  n: number,
  p: number,
  assumeCentered: boolean,
  context: FitContext,
): Promise<ShrunkCovariance> {
  const empirical = await empiricalCovariance(x, n, p, assumeCentered, context);
  const { location, covariance } = empirical;
  const shrinkage = oasShrinkage(covariance, n, p);
  return { location, covariance: shrunkCovariance(covariance, p, shrinkage), shrinkage, empirical };
}

/**
 * The shrinkage (α + μ²)/((n + 1)(α − μ²/p)), at most 1, given the covariance S [p,p] of n rows: α is the mean square
 * of the entries of S, and μ the mean of its diagonal.
 */
export function oasShrinkage(covariance: Float64Array, n: number, p: number): number {
  if (p === 1) return 0;
  const unit = varianceUnit(covariance, p);
  const alpha = covariance.reduce((sum, value) => sum + (value / unit) ** 2, 0) / (p * p);
  const mu = trace(covariance, p) / unit / p;
  const spread = (n + 1) * (alpha - (mu * mu) / p);
  return spread === 0 ? 1 : Math.min((alpha + mu * mu) / spread, 1);
}
