/**
 * Means and variances of columns with missing numbers, each over the numbers that are present, as numpy's nanmean and
 * nanvar. The moments of two samples can be merged. The mean and the variance of a column without any number are NaN.
 */
import type { Floats } from "../../kernels/index.js";
import { columnMoments } from "../covariance/column-moments.js";

export interface PresentMoments {
  /** [p] how many numbers of each column are present. */
  readonly counts: Float64Array;
  /** [p] the means of the numbers that are present. */
  readonly mean: Float64Array;
  /** [p] the variances, divided by the count, not by one less. */
  readonly variance: Float64Array;
}

/** The moments of X [n,p], in which NaN is a missing number. */
export function presentMoments(x: Floats, n: number, p: number): PresentMoments {
  const { mean, variance } = columnMoments(x, n, p);
  // A missing number makes its column's mean NaN. Looking for one in X first took five times as long as the moments.
  if (!mean.some((value) => Number.isNaN(value)))
    return { counts: new Float64Array(p).fill(n), mean, variance };
  const found = { counts: new Float64Array(p), mean: new Float64Array(p), variance: new Float64Array(p) };
  const column = new Float64Array(n);
  for (let j = 0; j < p; j++) {
    let count = 0;
    for (let at = j; at < n * p; at += p) {
      const value = x[at] as number;
      if (!Number.isNaN(value)) column[count++] = value;
    }
    const own = count === 0 ? null : columnMoments(column.subarray(0, count), count, 1);
    found.counts[j] = count;
    found.mean[j] = own?.mean[0] ?? Number.NaN;
    found.variance[j] = own?.variance[0] ?? Number.NaN;
  }
  return found;
}

/**
 * The moments of two samples together, by Youngs and Cramer's update in the pairwise form of Chan and others
 * (equation 1.5b).
 */
export function mergePresent(a: PresentMoments, b: PresentMoments): PresentMoments {
  const merged = { counts: a.counts.slice(), mean: a.mean.slice(), variance: a.variance.slice() };
  b.counts.forEach((added, j) => {
    const before = a.counts[j] as number;
    const [meanBefore, meanAdded] = [a.mean[j] as number, b.mean[j] as number];
    const [varianceBefore, varianceAdded] = [a.variance[j] as number, b.variance[j] as number];
    const count = before + added;
    if (added === 0 && before > 0) return;
    const share = before === 0 ? 1 : added / count;
    const apart = before === 0 ? 0 : meanAdded - meanBefore;
    merged.counts[j] = count;
    merged.mean[j] = before === 0 ? meanAdded : meanBefore + apart * share;
    const within = before === 0 ? varianceAdded : varianceBefore * (1 - share) + varianceAdded * share;
    merged.variance[j] = within + apart ** 2 * share * (1 - share);
  });
  return merged;
}
