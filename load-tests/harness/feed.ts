/** The data of feeds: markets whose regime changes are known beforehand. */
import type { ClientFrame } from "../../protocol/frames.js";
import { toWire } from "../../protocol/tensor.js";

export const watching = {
  detector: "gaussian_hmm",
  parameters: { warmup: 40, refit_every: 1_000_000, window: 1_000, enter_probability: 0.6, min_dwell: 1 },
};

/**
 * Calm days of 0.01 and wild days of 3: first ten of each in turn, then two of each, so that every pair of days is a
 * change of regime.
 */
export function valueOn(day: number): number {
  const wild = day < 40 ? Math.floor(day / 10) % 2 === 1 : Math.floor(day / 2) % 2 === 1;
  return (wild ? 3 : 0.01) * (1 + (day % 7) / 10) * (day % 2 === 0 ? 1 : -1);
}

/** A stream with the inputs of the shipped model: a return and the logarithms of range, volume and volatility. */
export const learned = { detector: "lstm-regime", parameters: {} };
export const featuresOn = (day: number) => [calmOn(day), -5, 0.1 * Math.sin(day), -5];

/** Values of days without a change of regime. */
export const calmOn = (day: number) => 0.01 * Math.sin(day * 12.9898);

export function observeFrame(
  stream: string,
  from: number,
  count: number,
  id?: number,
  market: (day: number) => number | readonly number[] = valueOn,
): ClientFrame {
  const ts = Array.from({ length: count }, (_, i) => from + i);
  const data = Float64Array.from(ts.flatMap(market));
  const values = toWire({ datatype: "FP64", shape: [count, data.length / count], data });
  return { type: "observe", ...(id !== undefined && { id }), stream, ts, values };
}
