/**
 * The features that detectors compute from the values, one row at a time and from the past alone. A half-life is
 * given in observations, as in pandas' ewm(halflife).
 */

export interface Features {
  /** Takes a row [d] and returns its features [m], ordered by the column of the row. */
  push(row: Float64Array): Float64Array;
  /** The state from which `start` of the same kind continues. */
  save(): Float64Array;
}

export interface FeatureKind {
  start(d: number, saved?: Float64Array): Features;
  /** The number of first rows whose features are based on too few observations. */
  readonly settling: number;
}

/** The values themselves, unchanged. */
export const plainFeatures: FeatureKind = {
  settling: 0,
  start: () => ({ push: (row) => row, save: () => new Float64Array(0) }),
};

/** Observations; RiskMetrics 1996 has a decay of 0.94 a day. */
export const riskMetricsHalflife = 11;

/** For each column the logarithm of its volatility, the root of the weighted mean of its squares. */
export function volatilityFeatures(halflife: number): FeatureKind {
  return {
    settling: Math.ceil(halflife),
    start(d, saved) {
      const squares = new WeightedMeans(halflife, d, saved);
      return {
        push(row) {
          squares.push(row.map((value) => value * value));
          return squares.means().map((mean) => 0.5 * Math.log(Math.max(mean, Number.MIN_VALUE)));
        },
        save: () => squares.save(),
      };
    },
  };
}

const downsideHalflife = 10;
const sortinoHalflives = [20, 60];

/**
 * For each column its downside deviation with a half-life of 10, and its Sortino ratios with 20 and 60. Source: Shu,
 * Yu and Mulvey 2024, arXiv 2402.05272.
 */
export const downsideFeatures: FeatureKind = {
  settling: Math.max(...sortinoHalflives),
  start(d, saved) {
    const size = (at: number) => saved?.subarray(at * (1 + 3 * d), (at + 1) * (1 + 3 * d));
    const over = [downsideHalflife, ...sortinoHalflives].map(
      (halflife, at) => new WeightedMeans(halflife, 3 * d, size(at)),
    );
    return {
      push(row) {
        const moments = Float64Array.from({ length: 3 * d }, (_, i) =>
          momentOf(row[Math.floor(i / 3)] ?? 0, i % 3),
        );
        const [short, ...long] = over.map((means) => {
          means.push(moments);
          return means.means();
        });
        return Float64Array.from({ length: 3 * d }, (_, i) => {
          const column = Math.floor(i / 3);
          return i % 3 === 0 ? downside(short, column) : sortino(long[(i % 3) - 1], column);
        });
      },
      save: () => Float64Array.from(over.flatMap((means) => [...means.save()])),
    };
  },
};

/** The value, its square, or its square where it is negative. */
function momentOf(value: number, which: number): number {
  if (which === 0) return value;
  return which === 2 && value > 0 ? 0 : value * value;
}

function downside(means: Float64Array | undefined, column: number): number {
  return Math.sqrt(means?.[3 * column + 2] ?? 0);
}

/** Mean over downside deviation; where there was no loss yet, mean over a hundredth of the volatility. */
function sortino(means: Float64Array | undefined, column: number): number {
  const floor = 0.01 * Math.sqrt(means?.[3 * column + 1] ?? 0);
  const over = Math.max(downside(means, column), floor);
  return over > 0 ? (means?.[3 * column] ?? 0) / over : 0;
}

/** Exponentially weighted means of `width` numbers. */
class WeightedMeans {
  private readonly decay: number;
  /** The sum of the weights, followed by the weighted sums [width]. */
  private readonly sums: Float64Array;

  constructor(halflife: number, width: number, saved?: Float64Array) {
    this.decay = 0.5 ** (1 / halflife);
    this.sums = saved?.slice() ?? new Float64Array(1 + width);
  }

  push(values: Float64Array): void {
    const { sums, decay } = this;
    sums[0] = (sums[0] as number) * decay + 1;
    values.forEach((value, i) => {
      sums[i + 1] = (sums[i + 1] as number) * decay + value;
    });
  }

  means(): Float64Array {
    return this.sums.subarray(1).map((sum) => sum / (this.sums[0] as number));
  }

  save(): Float64Array {
    return this.sums.slice();
  }
}
