/** Converts a stream's history into what its two charts draw: a line, shaded spells, and a ribbon. Pure. */
import type { ChartChange, Spell } from "../../chart/spells.js";
import { spellsOf } from "../../chart/spells.js";
import type { ValueDisplay } from "../../chart/stream-picture.js";
import { areDays } from "./age-text.js";
import { type ChartHistory, widthOf } from "./chart-history.js";

export interface StreamFigure {
  /** [n] seconds since the epoch. */
  readonly times: readonly number[];
  /** [n] what the line shows; null where a value is not a number. */
  readonly line: readonly (number | null)[];
  readonly isSum: boolean;
  readonly spells: readonly Spell[];
  /** Names, most turbulent first: the order in which the ribbon is stacked. */
  readonly ribbonRegimes: readonly string[];
  /** For each of them [n] the upper edge of its area, from 0 to 1; null while the detector warmed up. */
  readonly ribbon: readonly (readonly (number | null)[])[];
  /** Whether the observations are days, of which only the date is written. */
  readonly isDaily: boolean;
  /** What the picture shows, for those who do not see it. */
  readonly summary: string;
}

export function streamFigure(history: ChartHistory, column: number, display: ValueDisplay): StreamFigure {
  const { times } = history;
  const width = widthOf(history);
  const values = times.map((_, t) => history.values[t * width + column] ?? Number.NaN);
  // Prices are above 0 throughout; returns are not, and their sum is what looks like a price.
  const isSum = display === "sum" || (display === "auto" && !values.every((value) => value > 0));
  const spells = spellsOf(
    turnsOf(history),
    times[0] ?? 0,
    times.at(-1) ?? 0,
    history.regimes[history.regime[0] ?? -1] ?? "unknown",
  );
  return {
    times: times.map((time) => time / 1_000),
    line: isSum ? sums(values) : values.map(numberOrNull),
    isSum,
    spells,
    ...ribbonOf(history),
    isDaily: areDays(times),
    summary: summaryOf(history, spells),
  };
}

function turnsOf({ times, regime, regimes }: ChartHistory): readonly ChartChange[] {
  return times.flatMap((time, t) =>
    t > 0 && regime[t] !== regime[t - 1] ? [{ time, to: regimes[regime[t] ?? -1] ?? "unknown" }] : [],
  );
}

function sums(values: readonly number[]): readonly (number | null)[] {
  let sum = 0;
  return values.map((value) => {
    if (!Number.isFinite(value)) return null;
    sum += value;
    return sum;
  });
}

function numberOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function ribbonOf({
  times,
  regimes,
  probabilities,
}: ChartHistory): Pick<StreamFigure, "ribbonRegimes" | "ribbon"> {
  const k = regimes.length;
  const ribbon = regimes.map((_, stacked) =>
    times.map((_, t) => {
      let edge = 0;
      for (let s = 0; s <= stacked; s++) edge += probabilities[t * k + k - 1 - s] ?? Number.NaN;
      return Number.isNaN(edge) ? null : Math.min(1, edge);
    }),
  );
  return { ribbonRegimes: [...regimes].reverse(), ribbon };
}

function summaryOf({ times, regimes, regime }: ChartHistory, spells: readonly Spell[]): string {
  const now = regimes[regime.at(-1) ?? -1] ?? "unknown";
  const changes = Math.max(0, spells.length - 1);
  return (
    `${times.length.toLocaleString("en-US")} observations with ${changes} ${changes === 1 ? "change" : "changes"} ` +
    `of the regime; the last is ${now}.`
  );
}
