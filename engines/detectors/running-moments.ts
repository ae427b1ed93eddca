/** Mean and variance of all observations so far, by Welford's update. */

export interface RunningMoments {
  readonly count: number;
  /** [d] */
  readonly mean: Float64Array;
  /** [d] sums of squared deviations. */
  readonly squares: Float64Array;
}

export function noMoments(d: number): RunningMoments {
  return { count: 0, mean: new Float64Array(d), squares: new Float64Array(d) };
}

export function withRow({ count: before, mean, squares }: RunningMoments, row: Float64Array): RunningMoments {
  const count = before + 1;
  const next = mean.map((each, j) => each + ((row[j] ?? 0) - each) / count);
  return {
    count,
    mean: next,
    squares: squares.map(
      (each, j) => each + ((row[j] ?? 0) - (mean[j] ?? 0)) * ((row[j] ?? 0) - (next[j] ?? 0)),
    ),
  };
}

/** [d] the population variance; for a column that never changed it is slightly above 0. */
export function varianceOf({ count, squares }: RunningMoments): Float64Array {
  return squares.map((each) => Math.max(each / count, 1e-200));
}
