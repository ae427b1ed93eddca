/**
 * The inputs of the learned models: functions of the daily bars up to and including day t, NaN where the history is
 * too short. The formulas are those of training/features.py, with which the models were trained; a test compares both
 * with the fixtures beside that file. All logarithms are natural and prices are index points.
 */
import type { Bar } from "./bars.js";

/** The first day that has every feature is the 63rd. */
export const minimumHistoryDays = 63;

/** A value for each day; NaN before the first day that has one. */
type DailySeries = (t: number) => number;

function meanOf(series: DailySeries, days: number): DailySeries {
  return (t) => {
    let sum = 0;
    for (let i = t - days + 1; i <= t; i++) sum += series(i);
    return sum / days;
  };
}

function field(bars: readonly Bar[], name: "high" | "low" | "close" | "volume"): DailySeries {
  return (t) => bars[t]?.[name] ?? NaN;
}

/** ln(C[t] / C[t - days]) */
function logReturn(close: DailySeries, days: number): DailySeries {
  return (t) => Math.log(close(t) / close(t - days));
}

/** ln(C[t] / the highest close of the last days): 0 at a high, below 0 otherwise. */
function drawdown(close: DailySeries, days: number): DailySeries {
  return (t) => {
    let highest = close(t);
    for (let i = t - days + 1; i < t; i++) highest = Math.max(highest, close(i));
    return Math.log(close(t) / highest);
  };
}

/** Root mean square of the last daily log returns, at least 1e-6, not annualised. */
function volatility(close: DailySeries, days: number): DailySeries {
  const dailyReturn = logReturn(close, 1);
  const meanSquare = meanOf((t) => dailyReturn(t) ** 2, days);
  return (t) => Math.max(Math.sqrt(meanSquare(t)), 1e-6);
}

/** The share of the last squared returns that came from falling days: 0 to 1, and 0.5 when all are 0. */
function downsideShare(close: DailySeries, days: number): DailySeries {
  const dailyReturn = logReturn(close, 1);
  const total = meanOf((t) => dailyReturn(t) ** 2, days);
  const falling = meanOf((t) => Math.min(dailyReturn(t), 0) ** 2, days);
  return (t) => (total(t) === 0 ? 0.5 : falling(t) / total(t));
}

/** The place of the close between the day's low, 0, and its high, 1; 0.5 when they are equal. */
function closeLocation(high: DailySeries, low: DailySeries, close: DailySeries): DailySeries {
  return (t) => (high(t) === low(t) ? 0.5 : (close(t) - low(t)) / (high(t) - low(t)));
}

function log(series: DailySeries): DailySeries {
  return (t) => Math.log(series(t));
}

/** Every feature that a model may ask for, by name. */
function allFeatures(bars: readonly Bar[]) {
  const high = field(bars, "high");
  const low = field(bars, "low");
  const close = field(bars, "close");
  const volume = field(bars, "volume");
  const range: DailySeries = (t) => Math.max(Math.log(high(t) / low(t)), 1e-6);
  const usualVolume = meanOf(volume, 21);
  const relativeVolume: DailySeries = (t) => volume(t) / usualVolume(t - 1);
  // Amihud's illiquidity in basis points, with the high-low range in place of the return and the volume relative to
  // its usual size.
  const impact: DailySeries = (t) => (1e4 * range(t)) / relativeVolume(t);
  return {
    return_1: logReturn(close, 1),
    return_5: logReturn(close, 5),
    return_21: logReturn(close, 21),
    drawdown_63: drawdown(close, 63),
    log_range_1: log(range),
    log_range_5: log(meanOf(range, 5)),
    log_range_21: log(meanOf(range, 21)),
    log_range_63: log(meanOf(range, 63)),
    log_volatility_5: log(volatility(close, 5)),
    log_volatility_21: log(volatility(close, 21)),
    downside_share_21: downsideShare(close, 21),
    close_location_1: closeLocation(high, low, close),
    log_relative_volume_1: log(relativeVolume),
    log_relative_volume_5: meanOf(log(relativeVolume), 5),
    log_impact_5: log(meanOf(impact, 5)),
    log_impact_21: log(meanOf(impact, 21)),
  } satisfies Record<string, DailySeries>;
}

export type FeatureName = keyof ReturnType<typeof allFeatures>;
export type DemoFeatures = Readonly<Record<FeatureName, number>>;

/** The features of the last of these days. */
export function featuresOfLast(bars: readonly Bar[]): DemoFeatures {
  const t = bars.length - 1;
  const series = allFeatures(bars);
  return Object.fromEntries(Object.entries(series).map(([name, of]) => [name, of(t)])) as DemoFeatures;
}
