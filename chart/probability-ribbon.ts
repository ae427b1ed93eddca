/**
 * Draws the probability of each regime, stacked to 1: the turbulent regime is at the bottom, where its height is
 * easiest to read.
 */
import { isRegime } from "./regimes.js";
import type { Scale } from "./scales.js";
import { element, type Markup, pathThrough } from "./svg.js";

export interface Probabilities {
  /** Names, calmest first. */
  readonly regimes: readonly string[];
  /** [n] milliseconds since the epoch. */
  readonly times: ArrayLike<number>;
  /** [n, k]; NaN where no probability was known. */
  readonly values: ArrayLike<number>;
}

interface RibbonColumn {
  readonly time: number;
  /** Cumulative sums, beginning with the most turbulent regime. */
  readonly heights: readonly number[];
}

/** Limit on the columns: more than the plot has pixels on a screen. */
const columnsMax = 1_200;

export function probabilityRibbon(
  { regimes, times, values }: Probabilities,
  x: Scale,
  top: number,
  tall: number,
): readonly Markup[] {
  const k = regimes.length;
  const columns = columnsOf(times, values, k);
  if (columns.length === 0) return [];
  const y = (height: number) => top + tall * (1 - height);
  return regimes
    .map((name, i) => {
      const stacked = k - 1 - i; // the number of regimes stacked below
      const upper = columns.map(({ time, heights }) => [x(time), y(heights[stacked] ?? 1)] as const);
      const lower = columns.map(({ time, heights }) => [x(time), y(heights[stacked - 1] ?? 0)] as const);
      const outline = `${pathThrough([...upper, ...lower.reverse()])}Z`;
      return element("path", { class: isRegime(name) ? name : "unknown", d: outline });
    })
    .reverse();
}

/** Averages neighbouring observations where there are more than columns. */
function columnsOf(times: ArrayLike<number>, values: ArrayLike<number>, k: number): readonly RibbonColumn[] {
  const known = Array.from({ length: times.length }, (_, t) => t).filter((t) => !Number.isNaN(values[t * k]));
  const size = Math.ceil(known.length / columnsMax);
  const columns: RibbonColumn[] = [];
  for (let from = 0; from < known.length; from += size) {
    const together = known.slice(from, from + size);
    let sum = 0;
    const heights = Array.from({ length: k }, (_, below) => {
      for (const t of together) sum += (values[t * k + k - 1 - below] ?? 0) / together.length;
      return Math.min(1, sum);
    });
    columns.push({ time: times[together[0] ?? 0] ?? 0, heights });
  }
  const last = columns.at(-1);
  const end = times[times.length - 1];
  return last === undefined || end === undefined ? columns : [...columns, { ...last, time: end }];
}
