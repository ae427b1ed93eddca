/**
 * The intervals of samples. A wanted interval is rounded up to the next of a few, so that watches share timers, figures
 * and encoded samples. With free intervals, each of 10,000 connections could make the gateway record every request once
 * more.
 */
import { limits } from "../../protocol/limits.js";

const { watch_interval_ms_min: shortest, watch_interval_ms_max: longest } = limits;

const intervals = [shortest, 500, 1_000, 2_000, 5_000, 10_000, 30_000, longest] as const;

/**
 * The shortest interval of topics with hundreds of rows. A sample of them has 50 to 200 kB: 200 connections that took
 * four of each a second made the gateway send 110 MB/s.
 */
export const tableIntervalMs = 1_000;

/**
 * @param wantedMs within the limits of the wire
 * @param shortestMs of the topic
 */
export function sampleInterval(wantedMs: number = limits.watch_interval_ms_default, shortestMs = 0): number {
  return intervals.find((each) => each >= wantedMs && each >= shortestMs) ?? longest;
}
