/**
 * Computes the input features of the shipped `lstm-regime` model from bars. The formulas are those of its training,
 * training/features.py; a fixture checks that both give the same numbers. Causal: a feature depends on no later bar.
 */
import { invalidArgument } from "../../protocol/errors.js";

export const barColumns = ["high", "low", "close", "volume"] as const;

/** return_1, log_range_1, log_relative_volume_1, log_volatility_21. */
export const barFeatureCount = 4;

/** Bars needed before a bar to compute its features: the first of 21 returns starts from an earlier close. */
export const barsBefore = 21;

const days = 21;
const least = 1e-6; // the smallest range and volatility, so that their logarithms are finite

/**
 * @param bars row-major [n, 4] of high, low, close and volume, oldest first
 * @returns row-major [n − 21, 4], the features of every bar but the first 21
 */
export function barFeatures(bars: Float64Array): Float64Array {
  const n = bars.length / barColumns.length;
  const count = Math.max(0, n - barsBefore);
  const features = new Float64Array(count * barFeatureCount);
  const at = (t: number, column: number) => bars[t * barColumns.length + column] as number;
  const logReturn = (t: number) => Math.log(at(t, 2) / at(t - 1, 2));
  for (let i = 0; i < count; i++) {
    const t = i + barsBefore;
    let [squares, volume] = [0, 0];
    for (let s = t - days + 1; s <= t; s++) squares += logReturn(s) ** 2;
    for (let s = t - days; s < t; s++) volume += at(s, 3);
    features[i * 4] = logReturn(t);
    features[i * 4 + 1] = Math.log(Math.max(Math.log(at(t, 0) / at(t, 1)), least));
    features[i * 4 + 2] = Math.log(at(t, 3) / (volume / days));
    features[i * 4 + 3] = Math.log(Math.max(Math.sqrt(squares / days), least));
  }
  return features;
}

/** @throws HeadgateError invalid_argument naming the row and its invalid value */
export function requireBars(rows: Float64Array): void {
  const wide = barColumns.length;
  for (let at = 0; at < rows.length; at += wide) {
    const low = barColumns.findIndex((_, column) => !((rows[at + column] as number) > 0));
    if (low >= 0)
      throw invalidArgument(
        "values",
        `row ${at / wide} has the ${barColumns[low]} ${rows[at + low]}; all four of a bar are above 0`,
      );
    if ((rows[at] as number) < (rows[at + 1] as number))
      throw invalidArgument(
        "values",
        `row ${at / wide} has its high ${rows[at]} below its low ${rows[at + 1]}`,
      );
  }
}
