/** Converts a stream's path into its picture: the line, the changes and their delays. */
import { type ChartChange, type Point, picture } from "./picture.js";

export interface StreamPictureData {
  readonly name: string;
  readonly detector: string;
  /** Names, calmest first. */
  readonly regimes: readonly string[];
  /** [n] milliseconds since the epoch. */
  readonly times: ArrayLike<number>;
  /** [n] index of the regime after hysteresis; -1 before the first. */
  readonly regime: ArrayLike<number>;
  /** [n, k]; NaN where no probability was known. */
  readonly probabilities: ArrayLike<number>;
  /** [n, d] */
  readonly values: ArrayLike<number>;
  /** [n] index of the regime in hindsight for the same observations, where the detector computes it. */
  readonly hindsight?: ArrayLike<number>;
  /** The number of observations of the stream before the first of these. */
  readonly before: number;
}

/**
 * `sum`: the cumulative sum, for returns. `auto`: the values themselves where all are above 0, else their cumulative
 * sum.
 */
export const showings = ["auto", "sum", "values"] as const;
export type ValueDisplay = (typeof showings)[number];

export interface PathChange extends ChartChange {
  readonly from: string;
  readonly probability: number;
  /** The number of observations from the regime's beginning to its declaration. */
  readonly lag?: number;
}

/** Each change of the path, oldest first. The regime before the first change has no known beginning. */
export function changesOf({
  regimes,
  times,
  regime,
  probabilities,
  hindsight,
  before,
}: Omit<StreamPictureData, "name" | "detector" | "values">): PathChange[] {
  const k = regimes.length;
  const nameOf = (index: number) => regimes[index] ?? unknown;
  const changes: PathChange[] = [];
  let then = before > 0 ? (regime[0] ?? -1) : -1;
  let changed = -1;
  for (let t = 0; t < times.length; t++) {
    const now = regime[t] ?? -1;
    if (now === then) continue;
    const began =
      hindsight === undefined ? likeliestSince(probabilities, k, now, t) : since(hindsight, now, t);
    changes.push({
      time: times[t] ?? 0,
      from: nameOf(then),
      to: nameOf(now),
      probability: probabilities[t * k + now] ?? Number.NaN,
      // A beginning before the previous change is left out: the previous regime was the declared one until then.
      ...(then >= 0 && began < t && began >= changed && { since: times[began] ?? 0, lag: t - began }),
    });
    then = now;
    changed = t;
  }
  return changes;
}

const unknown = "unknown";

/** The first of the consecutive observations up to t that hindsight assigns to this regime. */
function since(hindsight: ArrayLike<number>, regime: number, t: number): number {
  if (hindsight[t] !== regime) return t;
  let began = t;
  while (began > 0 && hindsight[began - 1] === regime) began--;
  return began;
}

/** The first of the consecutive observations up to t in which this regime was the most likely. */
function likeliestSince(probabilities: ArrayLike<number>, k: number, regime: number, t: number): number {
  const leads = (at: number) => {
    const own = probabilities[at * k + regime] ?? Number.NaN;
    for (let s = 0; s < k; s++) if (!((probabilities[at * k + s] ?? Number.NaN) <= own)) return false;
    return true;
  };
  let began = t;
  while (began > 0 && leads(began - 1)) began--;
  return began;
}

/** @throws Error without observations, or when the column does not exist */
export function streamPicture(path: StreamPictureData, column = 0, showing: ValueDisplay = "auto"): string {
  const n = path.times.length;
  if (n === 0) throw new Error(`${path.name} has no observations to draw yet`);
  const d = path.values.length / n;
  if (!(column < d)) throw new Error(`${path.name} has ${d} values an observation, so no column ${column}`);
  const values = Array.from({ length: n }, (_, t) => path.values[t * d + column] ?? Number.NaN);
  const summed = showing === "sum" || (showing === "auto" && !values.every((value) => value > 0));
  const line = lineOf(path.times, values, summed);
  const changes = changesOf(path);
  return picture(line, changes, {
    title: path.name,
    subtitle: `${whatOf(summed, column, d)} ${spanOf(path.times)} · ${summaryOf(changes, path.hindsight !== undefined)}`,
    source:
      `${n.toLocaleString("en-US")} observations. Regimes as ${path.detector} declared them, from what came up to ` +
      "each; below, how likely it held each to be",
    startsIn: path.before > 0 ? (path.regimes[path.regime[0] ?? -1] ?? unknown) : unknown,
    scale: line.every(({ value }) => value > 0) && !summed ? "log" : "linear",
    probabilities: { regimes: path.regimes, times: path.times, values: path.probabilities },
  });
}

function lineOf(times: ArrayLike<number>, values: readonly number[], summed: boolean): readonly Point[] {
  let sum = 0;
  return values.map((each, t) => {
    sum += each;
    return { time: times[t] ?? 0, value: summed ? sum : each };
  });
}

function whatOf(summed: boolean, column: number, d: number): string {
  const which = d === 1 ? "" : ` of column ${column}`;
  return summed ? `Cumulative return${which}` : `Values${which}`;
}

function spanOf(times: ArrayLike<number>): string {
  const [from, to] = [times[0] ?? 0, times[times.length - 1] ?? 0];
  const whole = 3 * 86_400_000;
  const text = (time: number) => {
    const iso = new Date(time).toISOString();
    return to - from > whole ? iso.slice(0, 10) : iso.slice(0, 16).replace("T", " ");
  };
  return `${text(from)} to ${text(to)}`;
}

function summaryOf(changes: readonly PathChange[], inHindsight: boolean): string {
  const declared = changes.filter(({ from }) => from !== unknown);
  const lags = declared.flatMap(({ lag }) => (lag === undefined ? [] : [lag])).sort((a, b) => a - b);
  const plural = declared.length === 1 ? "change" : "changes";
  if (lags.length === 0) return `${declared.length} ${plural}`;
  const against = inHindsight ? "behind hindsight" : "after it became likeliest";
  return `${declared.length} ${plural}, a median of ${lags[lags.length >> 1]} observations ${against}`;
}
