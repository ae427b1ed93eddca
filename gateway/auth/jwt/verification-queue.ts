/**
 * Limits the signatures that are verified at the same time. A verification takes 0.1 to 2 ms of the pool of four threads
 * that also reads files, and 0.03 to 0.1 ms of the socket thread when it ends. Two at a time leave half of the pool to
 * others, and let the socket thread handle other input between two ends, however many tokens wait.
 */

const runningMax = 2;

export class VerificationQueue {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  /** The number of verifications that wait. A connection has one at a time, so the connections' limits bound it. */
  get length(): number {
    return this.waiting.length;
  }

  async run<T>(verify: () => Promise<T>): Promise<T> {
    if (this.running >= runningMax) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.running++;
    try {
      return await verify();
    } finally {
      // The place goes directly to the one that waits longest, so that nobody can take it in between.
      const next = this.waiting.shift();
      if (next === undefined) this.running--;
      else next();
    }
  }
}
