/** Work of one key, one after another: each starts when the one before it is over, well or not. */
import type { Clock } from "../clock.js";
import { startOnce } from "./deadline.js";
import type { PendingAnswer } from "./pending-answer.js";

export class KeyedMutex {
  /** Of each key: settles when its last work is over. */
  private readonly tails = new Map<string, Promise<void>>();

  constructor(private readonly clock: Clock) {}

  /**
   * Starts once nobody else has this key, with the milliseconds that are left then. Cancelled or out of time before,
   * it is answered at once and never starts.
   */
  run<T>(key: string, timeoutMs: number, start: (remainingMs: number) => PendingAnswer<T>): PendingAnswer<T> {
    const before = this.tails.get(key);
    const { clock } = this;
    const work =
      before === undefined
        ? start(timeoutMs)
        : startOnce(before, { clock, timeoutMs, message: `no answer within ${timeoutMs} ms` }, start);
    // One that left before it started is answered while the one before it still runs: the next waits for both.
    const over: Promise<void> = Promise.allSettled([before, work.answer]).then(() => {
      if (this.tails.get(key) === over) this.tails.delete(key);
    });
    this.tails.set(key, over);
    return work;
  }

  /** Keys that somebody has. */
  get size(): number {
    return this.tails.size;
  }
}
