/** Columns on the scale of a window: mean 0, variance 1, so that no floor or penalty depends on units. */

export interface Scale {
  /** [m] */
  readonly mean: Float64Array;
  /** [m] 1 / standard deviation of the population; 1 for a column that never moved. */
  readonly inverse: Float64Array;
}

/** Of rows [n, m]. */
export function scaleOf(rows: Float64Array, m: number): Scale {
  const n = rows.length / m;
  const mean = new Float64Array(m);
  const variance = new Float64Array(m);
  rows.forEach((value, i) => {
    mean[i % m] = (mean[i % m] ?? 0) + value / n;
  });
  rows.forEach((value, i) => {
    variance[i % m] = (variance[i % m] ?? 0) + (value - (mean[i % m] ?? 0)) ** 2 / n;
  });
  return { mean, inverse: variance.map((v) => (v > 0 ? 1 / Math.sqrt(v) : 1)) };
}

/** @param clippedAt standard deviations at which a value is cut off */
export function scaled(
  rows: Float64Array,
  { mean, inverse }: Scale,
  clippedAt = Number.POSITIVE_INFINITY,
): Float64Array {
  const m = mean.length;
  return rows.map((value, i) => {
    const z = (value - (mean[i % m] ?? 0)) * (inverse[i % m] ?? 1);
    return Math.max(-clippedAt, Math.min(z, clippedAt));
  });
}
