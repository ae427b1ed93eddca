/**
 * Means and variances of columns in float64, by the corrected two-pass algorithm: the second pass also
 * sums the deviations themselves, and their sum, zero but for rounding, corrects both results. An offset
 * of 1e8 costs no digits. Source: Chan, Golub and LeVeque 1983, "Algorithms for computing the sample
 * variance", equations 1.5a and 1.7.
 */
import type { Floats } from "../kernels/index.js";

export interface Moments {
  /** Rows seen. */
  readonly count: number;
  /** [p] */
  readonly mean: Float64Array;
  /** [p] divided by the count, not by one less. */
  readonly variance: Float64Array;
}

/**
 * Where columns are centred, as a sum of two numbers: the mean rounded, and what the rounding left over.
 * At an offset of 1e8 a float64 mean alone is off by up to 7e-9, and third moments feel it.
 */
export interface Centre {
  /** [p] the nearest float64 to the column means. */
  readonly mean: Float64Array;
  readonly base: Float64Array;
  readonly rest: Float64Array;
}

export function columnCentre(x: Floats, n: number, p: number): Centre {
  const base = columnSums(x, n, p).map((sum) => sum / n);
  const rest = deviationSums(x, base, n, p).sum.map((sum) => sum / n);
  return { mean: base.map((value, j) => value + (rest[j] as number)), base, rest };
}

/** X [n,p] less the centre, as a new float64 array. */
export function centred(x: Floats, { base, rest }: Centre, n: number, p: number): Float64Array {
  const out = new Float64Array(n * p);
  for (let i = 0, at = 0; i < n; i++) {
    for (let j = 0; j < p; j++, at++) out[at] = (x[at] as number) - (base[j] as number) - (rest[j] as number);
  }
  return out;
}

export function columnMoments(x: Floats, n: number, p: number): Moments {
  const mean = columnSums(x, n, p).map((sum) => sum / n);
  const { sum, squares } = deviationSums(x, mean, n, p);
  const variance = squares.map((square, j) => Math.max(0, square - (sum[j] as number) ** 2 / n) / n);
  return { count: n, mean: mean.map((value, j) => value + (sum[j] as number) / n), variance };
}

/**
 * The moments of two samples taken together, from theirs apart: Youngs and Cramer's update in the pairwise
 * form of Chan and others (equation 1.5b).
 */
export function mergeMoments(a: Moments, b: Moments): Moments {
  if (a.count === 0) return b;
  const count = a.count + b.count;
  const share = b.count / count;
  const apart = a.mean.map((mean, j) => (b.mean[j] as number) - mean);
  const mean = a.mean.map((value, j) => value + (apart[j] as number) * share);
  const variance = a.variance.map((value, j) => {
    const within = value * (1 - share) + (b.variance[j] as number) * share;
    return within + (apart[j] as number) ** 2 * share * (1 - share);
  });
  return { count, mean, variance };
}

function columnSums(x: Floats, n: number, p: number): Float64Array {
  const sums = new Float64Array(p);
  for (let i = 0, at = 0; i < n; i++) {
    for (let j = 0; j < p; j++, at++) sums[j] = (sums[j] as number) + (x[at] as number);
  }
  return sums;
}

function deviationSums(x: Floats, mean: Float64Array, n: number, p: number) {
  const sum = new Float64Array(p);
  const squares = new Float64Array(p);
  for (let i = 0, at = 0; i < n; i++) {
    for (let j = 0; j < p; j++, at++) {
      const deviation = (x[at] as number) - (mean[j] as number);
      sum[j] = (sum[j] as number) + deviation;
      squares[j] = (squares[j] as number) + deviation * deviation;
    }
  }
  return { sum, squares };
}
