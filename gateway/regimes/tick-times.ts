/**
 * Checks for times that are surely mistakes. A stream's times increase, so that one time in a wrong unit, or of a
 * wrong clock, would refuse all observations until that time. Pure.
 */
import { invalidArgument } from "../../protocol/errors.js";

const dayMs = 86_400_000;
const yearMs = 365 * dayMs;
/** Real observations lie within this many years before now. */
const yearsBack = 100;
/** A longer pause between two observations is logged. */
const jumpMs = yearMs;

/** @throws HeadgateError invalid_argument naming the field, and the unit that the time seems to be in */
export function requireNotAhead(
  times: readonly number[],
  field: string,
  now: number,
  aheadMaxMs: number,
): void {
  const last = times.at(-1); // the last time is the newest, or the batch is refused for its order
  if (last === undefined || last <= now + aheadMaxMs) return;
  throw invalidArgument(
    field,
    `${last} is ${Math.round((last - now) / 1_000)} s ahead of the gateway's clock, and at most ${aheadMaxMs / 1_000} s ` +
      `are taken (regimes.ts_ahead_max_ms): after it the stream would refuse what comes before it. ${advice(last, now)}`,
  );
}

/**
 * What is odd about accepted times; undefined: nothing.
 * @param lastTs the stream's last time, null before its first
 */
export function oddityOf(times: readonly number[], lastTs: number | null, now: number): string | undefined {
  const [first = 0] = times;
  if (lastTs === null)
    return plausible(first * 1_000, now) && !plausible(first, now)
      ? `its first ts ${first} looks like seconds; ts is in milliseconds since the epoch`
      : undefined;
  if (first - lastTs <= jumpMs) return undefined;
  const days = Math.round((first - lastTs) / dayMs);
  return `its ts went from ${lastTs} to ${first}, by ${days} days: were those before in another unit?`;
}

function advice(ts: number, now: number): string {
  if (plausible(ts / 1_000, now))
    return "ts is in milliseconds since the epoch; this looks like microseconds: divide by 1,000";
  return "ts is in milliseconds since the epoch: look at the feed's clock, and at the gateway's";
}

function plausible(ts: number, now: number): boolean {
  return ts > Math.max(yearMs, now - yearsBack * yearMs) && ts <= now + dayMs;
}
