/** The list of a stream's changes: those that were pushed while the page looked, and those of the past. Pure. */

import { changesOf } from "../../chart/stream-picture.js";
import type { Change } from "../../client/typescript/subscription.js";
import type { ChartHistory } from "./chart-history.js";

/** Changes that are listed. */
export const changesMax = 100;

export interface ListedChange {
  /** Milliseconds since the epoch of the observation that brought the change. */
  readonly time: number;
  readonly from: string;
  readonly to: string;
  readonly probability: number;
  /** Observations from the regime's beginning to its declaration, where that is known. */
  readonly lag: number | undefined;
  /** The event's number in the topic, of a change that was pushed. */
  readonly offset: number | undefined;
}

/** Changes that were pushed, oldest first: each once, however often it is delivered. */
export function withPushed(pushed: readonly Change[], change: Change): readonly Change[] {
  const isKnown = pushed.some(({ epoch, offset }) => epoch === change.epoch && offset === change.offset);
  return isKnown ? pushed : [...pushed, change].slice(-changesMax);
}

/**
 * All known changes, newest first. A change that was pushed is also a change of the history once that is asked for
 * again: it is listed once, with what each of the two knows of it.
 */
export function listedChanges(
  history: ChartHistory | undefined,
  pushed: readonly Change[],
): readonly ListedChange[] {
  const byTime = new Map<number, ListedChange>();
  if (history !== undefined) {
    // The first observation of the window is no change: what was before it is not known.
    for (const { time, from, to, probability, lag } of changesOf({ ...history, before: 1 }))
      byTime.set(time, { time, from, to, probability, lag, offset: undefined });
  }
  for (const { observed_ts: time, from, to, probability, offset } of pushed)
    byTime.set(time, { time, from, to, probability, lag: byTime.get(time)?.lag, offset });
  return [...byTime.values()].sort((a, b) => b.time - a.time).slice(0, changesMax);
}
