/**
 * How long a model takes for a batch at present. What is recorded is the time from one answer to the next while the
 * model is busy, so that instances side by side, other models on the same worker and the way there and back are all
 * in it. Times are of a clock that stands while the process does (active-time.ts).
 */
import { RobustMean } from "./robust-mean.js";

export class ServiceTime {
  private readonly times = new RobustMean();
  private lastFinish = -Infinity;

  /** Milliseconds a batch takes; undefined before the first. */
  get batchMs(): number | undefined {
    return this.times.mean;
  }

  /** A batch is answered. @param startedAt when it was handed out */
  finished(startedAt: number, now: number): void {
    this.times.record(now - Math.max(startedAt, this.lastFinish));
    this.lastFinish = now;
  }

  /** Milliseconds for so many batches, twice their deviation included: one in twenty takes longer. */
  expectedMs(batches: number): number {
    return batches * (this.times.mean ?? 0) + 2 * Math.sqrt(batches) * this.times.deviation;
  }
}
