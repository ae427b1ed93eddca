/**
 * A stream's newest observations with the regimes and probabilities that were declared, as the page draws them. They
 * are asked for again and again, a few at a time, and joined. Pure.
 */
import type { RegimePath } from "../../client/typescript/stream-state.js";

/** Observations that are kept: what one answer may hold of one-column data, and more than a screen has pixels. */
export const historyObservationsMax = 20_000;

export interface ChartHistory {
  readonly regimes: readonly string[];
  /** [n] milliseconds since the epoch. */
  readonly times: readonly number[];
  /** [n] index into `regimes`; -1 before the first. */
  readonly regime: readonly number[];
  /** [n, k]; NaN while the detector warmed up. */
  readonly probabilities: readonly number[];
  /** [n, d] */
  readonly values: readonly number[];
}

export function historyOf({ regimes, ts, regime, probabilities, values }: RegimePath): ChartHistory {
  return {
    regimes,
    times: [...ts],
    regime: [...regime],
    probabilities: [...probabilities],
    values: values === undefined ? [] : [...values],
  };
}

/** The number of values that each observation has. */
export function widthOf({ times, values }: ChartHistory): number {
  return times.length === 0 ? 0 : values.length / times.length;
}

/**
 * The history with what the path has beyond it.
 * @returns undefined where the two do not touch: observations lie between them, or the stream was opened anew. The
 *   whole window must then be asked for again.
 */
export function joined(
  history: ChartHistory,
  path: RegimePath,
  observationsMax: number,
): ChartHistory | undefined {
  const last = history.times.at(-1);
  if (last === undefined) return path.ts.length === 0 ? history : undefined;
  const added = historyOf(path);
  const at = added.times.indexOf(last);
  const isSame =
    at >= 0 && widthOf(added) === widthOf(history) && added.regimes.join("\n") === history.regimes.join("\n");
  if (!isSame) return undefined;
  return newest(
    {
      regimes: history.regimes,
      times: [...history.times, ...added.times.slice(at + 1)],
      regime: [...history.regime, ...added.regime.slice(at + 1)],
      probabilities: [
        ...history.probabilities,
        ...added.probabilities.slice((at + 1) * history.regimes.length),
      ],
      values: [...history.values, ...added.values.slice((at + 1) * widthOf(added))],
    },
    observationsMax,
  );
}

function newest(history: ChartHistory, observationsMax: number): ChartHistory {
  const cut = history.times.length - observationsMax;
  if (cut <= 0) return history;
  return {
    regimes: history.regimes,
    times: history.times.slice(cut),
    regime: history.regime.slice(cut),
    probabilities: history.probabilities.slice(cut * history.regimes.length),
    values: history.values.slice(cut * widthOf(history)),
  };
}

/**
 * How many of the newest observations to ask for, so that they reach back to what is known.
 * @param known the number of observations of the stream when it was last asked for; undefined before the first time
 * @param observations the number that it has now, as a heartbeat or a sample tells it; undefined where none told it
 */
export function observationsToAsk(
  known: number | undefined,
  observations: number | undefined,
  windowMax: number,
): number {
  if (known === undefined) return windowMax;
  // More may come before the request arrives, and one that is known must be among them.
  const missing = (observations ?? known) - known;
  return missing < 0 ? windowMax : Math.min(windowMax, missing + 32);
}
