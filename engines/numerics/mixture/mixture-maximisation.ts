/** The maximisation step of a Gaussian mixture: weights, means and covariances from responsibilities. */

import type { Kernels } from "../../kernels/index.js";
import type { CovarianceKind } from "../covariance/covariance-kind.js";
import { dot } from "../linear-algebra/dot.js";
import { covarianceShape } from "./mixture-covariance.js";
import { deviate, type MixtureSamples, weightedDeviations } from "./mixture-samples.js";

export interface MixtureMoments {
  /** [k] the samples each component has, never quite zero. */
  readonly counts: Float64Array;
  /** [k,p] */
  readonly means: Float64Array;
  /** In the shape of the kind. */
  readonly covariances: Float64Array;
}

/** The moments under responsibilities [k,n]; `added` is added to each variance. */
export async function weightedMoments(
  samples: MixtureSamples,
  responsibilities: Float64Array,
  k: number,
  kind: CovarianceKind,
  added: number,
  kernels: Kernels,
): Promise<MixtureMoments> {
  const { n, p } = samples;
  const counts = new Float64Array(k);
  const means = new Float64Array(k * p);
  const size = covarianceShape(kind, k, p).reduce((count, each) => count * each, 1);
  const moments = { counts, means, covariances: new Float64Array(size) };
  for (let c = 0; c < k; c++) {
    const shares = responsibilities.subarray(c * n, (c + 1) * n);
    const mean = means.subarray(c * p, (c + 1) * p);
    const count = weightedMean(samples, shares, mean);
    counts[c] = count;
    if (kind === "tied") continue;
    if (kind === "full" && samples.large) {
      const scatter = await kernels.gram(weightedDeviations(samples, mean, shares), n, p);
      moments.covariances.set(
        scatter.map((value) => value / count),
        c * p * p,
      );
    } else if (kind === "full") {
      weightedCovariance(
        samples,
        mean,
        shares,
        count,
        moments.covariances.subarray(c * p * p, (c + 1) * p * p),
      );
    } else {
      const variances = weightedVariances(samples, mean, shares, count);
      if (kind === "diag") moments.covariances.set(variances, c * p);
      else moments.covariances[c] = variances.reduce((sum, value) => sum + value, 0) / p;
    }
  }
  if (kind === "tied") tiedCovariance(samples, moments);
  addToVariances(moments.covariances, kind, p, added);
  return moments;
}

/** Writes the mean; answers the count, with scikit-learn's 10·ε that keeps an empty component finite. */
function weightedMean(
  { n, p, columns, reportWork }: MixtureSamples,
  shares: Float64Array,
  mean: Float64Array,
): number {
  reportWork(n * p);
  let count = 0;
  for (let i = 0; i < n; i++) count += shares[i] as number;
  count += 10 * Number.EPSILON;
  for (let j = 0; j < p; j++) mean[j] = dot(shares, 0, columns, j * n, n) / count;
  return count;
}

/** Writes Σ share·(x − mean)(x − mean)ᵀ/count [p,p]. */
function weightedCovariance(
  samples: MixtureSamples,
  mean: Float64Array,
  shares: Float64Array,
  count: number,
  out: Float64Array,
): void {
  const { n, p, deviations, reportWork } = samples;
  deviate(samples, mean, shares);
  for (let r = 0; r < p; r++) {
    reportWork(n * (r + 1));
    for (let j = 0; j <= r; j++) {
      const value = dot(deviations, r * n, deviations, j * n, n) / count;
      out[r * p + j] = value;
      out[j * p + r] = value;
    }
  }
}

/** [p] from deviations, where scikit-learn's mean of squares less squared mean may cancel. */
function weightedVariances(
  samples: MixtureSamples,
  mean: Float64Array,
  shares: Float64Array,
  count: number,
): Float64Array {
  const { n, p, columns, scratch, reportWork } = samples;
  reportWork(n * p);
  const out = new Float64Array(p);
  for (let j = 0, from = 0; j < p; j++, from += n) {
    const centre = mean[j] as number;
    for (let i = 0; i < n; i++) {
      const deviation = (columns[from + i] as number) - centre;
      scratch[i] = deviation * deviation;
    }
    out[j] = dot(shares, 0, scratch, 0, n) / count;
  }
  return out;
}

/** (XᵀX − Σ n_c·μ_c·μ_cᵀ)/Σ n_c: the samples' part is the same in each iteration. */
function tiedCovariance({ gram, p }: MixtureSamples, { counts, means, covariances }: MixtureMoments): void {
  if (gram === null) throw new TypeError("tied covariances need the Gram matrix");
  const total = counts.reduce((sum, count) => sum + count, 0);
  for (let i = 0; i < p; i++) {
    for (let j = 0; j <= i; j++) {
      let between = 0;
      for (let c = 0; c < counts.length; c++) {
        between += (counts[c] as number) * (means[c * p + i] as number) * (means[c * p + j] as number);
      }
      const value = ((gram[i * p + j] as number) - between) / total;
      covariances[i * p + j] = value;
      covariances[j * p + i] = value;
    }
  }
}

/**
 * Makes the tied covariance of samples about their mean that of the samples as they came. The two are one where the
 * shares of each sample add up to 1. Where few samples have a share, scikit-learn's (XᵀX − Σ n_c·μ_c·μ_cᵀ)/Σ n_c
 * depends on where zero is, and its first iterations with it.
 */
export function moveTiedToOrigin(
  { n, p, origin }: MixtureSamples & { readonly origin: Float64Array },
  { counts, means, covariances }: MixtureMoments,
): void {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const sums = new Float64Array(p);
  counts.forEach((count, c) => {
    for (let j = 0; j < p; j++) sums[j] = (sums[j] as number) + count * (means[c * p + j] as number);
  });
  for (let i = 0; i < p; i++) {
    for (let j = 0; j < p; j++) {
      const [oi, oj] = [origin[i] as number, origin[j] as number];
      const moved = (n - total) * oi * oj - (sums[i] as number) * oj - oi * (sums[j] as number);
      covariances[i * p + j] = (covariances[i * p + j] as number) + moved / total;
    }
  }
}

function addToVariances(covariances: Float64Array, kind: CovarianceKind, p: number, added: number): void {
  const square = kind === "full" || kind === "tied";
  for (let at = 0; at < covariances.length; at++) {
    if (!square || (at % (p * p)) % (p + 1) === 0) covariances[at] = (covariances[at] as number) + added;
  }
}
