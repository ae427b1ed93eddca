/** Runs work with the same key one after another: each starts when the one before has ended, successfully or not. */
import type { Clock } from "../clock.js";
import { startOnce } from "./deadline.js";
import type { PendingAnswer } from "./pending-answer.js";

export class KeyedMutex {
  /** For each key a promise that settles when its last work has ended. */
  private readonly tails = new Map<string, Promise<void>>();

  constructor(private readonly clock: Clock) {}

  /**
   * Starts the work once no other work with this key runs, with the remaining milliseconds. When it is cancelled or
   * the deadline passes before, the answer is rejected at once and the work never starts.
   */
  run<T>(key: string, timeoutMs: number, start: (remainingMs: number) => PendingAnswer<T>): PendingAnswer<T> {
    const before = this.tails.get(key);
    const { clock } = this;
    const work =
      before === undefined
        ? start(timeoutMs)
        : startOnce(before, { clock, timeoutMs, message: `no answer within ${timeoutMs} ms` }, start);
    // Work that was cancelled before it started is settled while the work before it still runs, so the next waits for
    // both.
    const over: Promise<void> = Promise.allSettled([before, work.answer]).then(() => {
      if (this.tails.get(key) === over) this.tails.delete(key);
    });
    this.tails.set(key, over);
    return work;
  }

  /** The number of keys with running or waiting work. */
  get size(): number {
    return this.tails.size;
  }
}
