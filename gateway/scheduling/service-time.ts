/**
 * How long a model takes for a batch at present: a moving mean and a moving mean deviation, as TCP keeps them
 * of its round trips. What is recorded is the time from one answer to the next while the model is busy, so
 * that instances side by side, other models on the same worker and the way there and back are all in it.
 * Source: Jacobson, "Congestion avoidance and control", 1988, appendix A.
 */

/** Weight of the newest batch: a model that was slow once is trusted again after some twenty. */
const gain = 1 / 5;

export class ServiceTime {
  private mean = 0;
  private deviation = 0;
  private known = false;
  private lastFinish = -Infinity;

  /** Milliseconds a batch takes; undefined before the first. */
  get batchMs(): number | undefined {
    return this.known ? this.mean : undefined;
  }

  /** A batch is answered. @param startedAt when it was handed out */
  finished(startedAt: number, now: number): void {
    this.record(now - Math.max(startedAt, this.lastFinish));
    this.lastFinish = now;
  }

  /** Milliseconds for so many batches, twice their deviation included: one in twenty takes longer. */
  expectedMs(batches: number): number {
    return batches * this.mean + 2 * Math.sqrt(batches) * this.deviation;
  }

  private record(ms: number): void {
    if (!this.known) {
      this.known = true;
      this.mean = ms;
      return;
    }
    this.deviation += gain * (Math.abs(ms - this.mean) - this.deviation);
    this.mean += gain * (ms - this.mean);
  }
}
