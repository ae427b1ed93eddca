/**
 * Scores declared regimes against the path in hindsight; a day is an observation. The definitions are those of
 * training/hysteresis.
 */
import { median } from "../report.js";
import type { States } from "./ask.js";

export const daysAYear = 252;

export interface Score {
  readonly changesAYear: number;
  /** The median number of days between changes; NaN with fewer than two changes. */
  readonly medianDwell: number;
  /**
   * The median number of days from a switch in hindsight to the detector's own switch, for the switches that it
   * followed.
   */
  readonly medianLag: number;
  /** The share of the switches in hindsight that the detector followed before the next one. */
  readonly caught: number;
  /**
   * For each regime the share of its days on which the detector agrees, averaged over both regimes; 0.5 is no better
   * than chance.
   */
  readonly overlap: number;
}

/** The first day of each regime except the first regime. */
export function switches(states: States): number[] {
  const found: number[] = [];
  for (let t = 1; t < states.length; t++) if (states[t] !== states[t - 1]) found.push(t);
  return found;
}

/** Compares the days on which the detector knew a regime. */
export function score(declared: States, hindsight: States): Score {
  const known = declared.findIndex((state) => state >= 0);
  if (known < 0) return { changesAYear: 0, medianDwell: NaN, medianLag: NaN, caught: 0, overlap: NaN };
  const [said, is] = [declared.subarray(known), hindsight.subarray(known)];
  const changes = switches(said);
  const lags = lagsOf(said, is);
  const dwell = changes.slice(1).map((t, i) => t - (changes[i] as number));
  return {
    changesAYear: (changes.length / said.length) * daysAYear,
    medianDwell: median(dwell),
    medianLag: median(lags),
    caught: lags.length / switches(is).length,
    overlap: (agreement(said, is, 0) + agreement(said, is, 1)) / 2,
  };
}

/**
 * A detector that missed the previous switch may already be in this regime: that does not count as a caught switch.
 */
function lagsOf(said: States, is: States): number[] {
  const begins = switches(is);
  return begins.flatMap((begin, i) => {
    if (said[begin - 1] !== is[begin - 1]) return [];
    const end = begins[i + 1] ?? is.length;
    const lag = said.subarray(begin, end).indexOf(is[begin] as number);
    return lag < 0 ? [] : [lag];
  });
}

function agreement(said: States, is: States, state: number): number {
  let [days, agreed] = [0, 0];
  is.forEach((each, t) => {
    if (each !== state) return;
    days++;
    if (said[t] === state) agreed++;
  });
  return agreed / days;
}

export interface StressWindow {
  readonly name: string;
  readonly from: string;
  readonly to: string;
}

/** Falls of the S&P 500, each from the highest close before the fall to the lowest. */
export const stressWindows: readonly StressWindow[] = [
  { name: "2000-02", from: "2000-03-24", to: "2002-10-09" },
  { name: "2007-09", from: "2007-10-09", to: "2009-03-09" },
  { name: "in 2011", from: "2011-04-29", to: "2011-10-03" },
  { name: "2015-16", from: "2015-05-21", to: "2016-02-11" },
  { name: "in 2018", from: "2018-09-20", to: "2018-12-24" },
  { name: "in 2020", from: "2020-02-19", to: "2020-03-23" },
];

/**
 * The share of each window's days, and of the days outside all windows, that were declared turbulent; null when there
 * are no such days.
 */
export function stressShares(
  dates: readonly string[],
  declared: States,
): Readonly<Record<string, number | null>> {
  const within = (date: string, { from, to }: StressWindow) => from <= date && date <= to;
  const share = (wanted: (date: string) => boolean) => {
    const days = [...declared.keys()].filter((t) => (declared[t] as number) >= 0 && wanted(dates[t] ?? ""));
    return days.length === 0 ? null : days.filter((t) => declared[t] === 1).length / days.length;
  };
  const each = stressWindows.map((window) => [window.name, share((date) => within(date, window))] as const);
  const outside = share((date) => !stressWindows.some((window) => within(date, window)));
  return { ...Object.fromEntries(each), outside };
}
