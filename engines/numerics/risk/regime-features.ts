/**
 * What the regime models look at, over a moving window of each series: the return, its volatility, the
 * drawdown from the window's peak and the autocorrelation at lag 1. Causal: a row depends on no later one.
 */
import { invalidArgument } from "../../../protocol/errors.js";
import { reportInPieces } from "../../kernels/index.js";
import { type FitContext, throwIfAborted, workReporterOf } from "../fit.js";
import { refuseTooLarge } from "../float-tensors.js";

/** What the numbers are: simple returns, as 0.01 for one percent, or prices. */
export type SeriesKind = "returns" | "prices";

export interface RegimeFeatures {
  /** Rows from which on every window is full. */
  readonly firstValid: number;
  /** [n,f] f: for each window, each series; 0 where the window is not full. */
  readonly returns: Float64Array;
  /** [n,f] the standard deviation of the window's returns, divided by one less than their number. */
  readonly volatility: Float64Array;
  /** [n,f] from the highest value of the window, its start included, down to now: 0 or negative. */
  readonly drawdown: Float64Array;
  /** [n,f] the correlation of the window's returns with those before them; 0 when either is constant. */
  readonly autocorrelation: Float64Array;
}

/**
 * Features of X [n,p], a series a column.
 * @throws HeadgateError `invalid_argument` for a window with fewer rows than it needs, a price that is not
 *   positive or a return that loses more than all
 */
export async function regimeFeatures(
  x: Float64Array,
  n: number,
  p: number,
  windows: readonly number[],
  kind: SeriesKind,
  context: FitContext,
): Promise<RegimeFeatures> {
  const earliest = kind === "prices" ? 1 : 0; // the first price has no return
  const longest = windows.reduce((most, window) => Math.max(most, window), 0);
  if (n < longest + earliest) {
    const needed = longest + earliest;
    throw invalidArgument(
      "inputs.X",
      `${n} rows; ${kind} and a window of ${longest} need at least ${needed}`,
    );
  }
  const reportWork = workReporterOf(context);
  const f = windows.length * p;
  refuseTooLarge("inputs.windows", "a feature", n, f);
  const block = () => new Float64Array(n * f);
  const features = { returns: block(), volatility: block(), drawdown: block(), autocorrelation: block() };
  for (let series = 0; series < p; series++) {
    throwIfAborted(context);
    const returns = returnsOf(x, n, p, series, kind);
    const levels = levelsOf(returns);
    windows.forEach((window, w) => {
      for (let t = window - 1 + earliest; t < n; t++) {
        reportInPieces(reportWork, costOfReturn * window);
        const at = t * f + w * p + series;
        features.returns[at] = Math.expm1((levels[t + 1] as number) - (levels[t + 1 - window] as number));
        features.volatility[at] = deviation(returns, t + 1 - window, window);
        features.drawdown[at] = drawdown(levels, t + 1 - window, t + 1);
        features.autocorrelation[at] = correlation(returns, t + 2 - window, window - 1);
      }
    });
  }
  return { firstValid: longest - 1 + earliest, ...features };
}

/** The work that is counted for each return of a window: it is part of eight sums and of the search for the peak. */
const costOfReturn = 10;

/** [n] of one column of X; the first is 0 for prices. */
function returnsOf(x: Float64Array, n: number, p: number, series: number, kind: SeriesKind): Float64Array {
  const returns = new Float64Array(n);
  for (let t = 0; t < n; t++) {
    const value = x[t * p + series] as number;
    if (kind === "prices" && value <= 0) {
      throw invalidArgument(
        "inputs.X",
        `column ${series} has the price ${value} at row ${t}; prices are above 0`,
      );
    }
    const before = t === 0 ? value : (x[(t - 1) * p + series] as number);
    returns[t] = kind === "prices" ? (value - before) / before : value;
    if ((returns[t] as number) > -1) continue;
    const problem = `column ${series} has the return ${value} at row ${t}`;
    throw invalidArgument("inputs.X", `${problem}; above -1, please: one percent is 0.01`);
  }
  return returns;
}

/** [n+1] the logarithm of what one unit has become before each row, and at last after all. */
function levelsOf(returns: Float64Array): Float64Array {
  const levels = new Float64Array(returns.length + 1);
  returns.forEach((value, t) => {
    levels[t + 1] = (levels[t] as number) + Math.log1p(value);
  });
  return levels;
}

function deviation(values: Float64Array, from: number, count: number): number {
  return Math.sqrt(centredProducts(values, from, values, from, count) / (count - 1));
}

/** Of the `count` values from `from` on with those one step before. */
function correlation(values: Float64Array, from: number, count: number): number {
  const now = centredProducts(values, from, values, from, count);
  const before = centredProducts(values, from - 1, values, from - 1, count);
  if (now === 0 || before === 0) return 0;
  const together = centredProducts(values, from, values, from - 1, count);
  return Math.max(-1, Math.min(1, together / Math.sqrt(now * before)));
}

/** Σ(a − ā)(b − b̄), by a second pass over deviations from the first value, which equal values leave at 0. */
function centredProducts(
  a: Float64Array,
  fromA: number,
  b: Float64Array,
  fromB: number,
  count: number,
): number {
  const firstA = a[fromA] as number;
  const firstB = b[fromB] as number;
  let meanA = 0;
  let meanB = 0;
  for (let i = 0; i < count; i++) {
    meanA += ((a[fromA + i] as number) - firstA) / count;
    meanB += ((b[fromB + i] as number) - firstB) / count;
  }
  let sum = 0;
  for (let i = 0; i < count; i++) {
    sum += ((a[fromA + i] as number) - firstA - meanA) * ((b[fromB + i] as number) - firstB - meanB);
  }
  return sum;
}

function drawdown(levels: Float64Array, from: number, to: number): number {
  let peak = levels[to] as number;
  for (let t = from; t < to; t++) if ((levels[t] as number) > peak) peak = levels[t] as number;
  return Math.expm1((levels[to] as number) - peak);
}
