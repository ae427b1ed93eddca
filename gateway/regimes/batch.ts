/** The observations of one frame. Pure. */
import { HeadgateError } from "../../protocol/errors.js";
import type { StreamHistory } from "./history.js";

export interface Batch {
  readonly times: readonly number[];
  /** Row-major [n, d]. */
  readonly rows: Float64Array;
  readonly d: number;
}

/** The rows of all batches, one after another. */
export function joined(batches: readonly Batch[]): Float64Array {
  const rows = new Float64Array(batches.reduce((sum, batch) => sum + batch.rows.length, 0));
  let at = 0;
  for (const batch of batches) {
    rows.set(batch.rows, at);
    at += batch.rows.length;
  }
  return rows;
}

/**
 * Whether all observations are new, in order and of the stream's width: then no batch can be refused for its times or
 * its shape.
 */
export function followOneAnother(
  batches: readonly Batch[],
  { d, lastTime = -Infinity }: Pick<StreamHistory, "d" | "lastTime">,
): boolean {
  let last = lastTime;
  for (const batch of batches) {
    if (batch.d !== d) return false;
    for (const time of batch.times) {
      if (!(time > last)) return false;
      last = time;
    }
  }
  return true;
}

/** @throws HeadgateError failed_precondition naming the time that does not follow */
export function requireIncreasing(times: readonly number[]): void {
  for (let i = 1; i < times.length; i++)
    if (!((times[i] as number) > (times[i - 1] as number)))
      throw new HeadgateError(
        "failed_precondition",
        `ts: times increase; ts[${i}] is ${times[i]} after ${times[i - 1]}`,
      );
}
