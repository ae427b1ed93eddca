/**
 * How long a model takes for a batch at present. What is counted is the time from one answer to the next while the
 * model is busy, so that instances side by side, other models on the same worker and the way there and back are all
 * in it. Times are of a clock that stands while the process does (active-time.ts).
 */
import { RobustMean } from "./robust-mean.js";

/**
 * Batches that overlap are averaged, over so many milliseconds and so many of them: a busy event loop takes in several
 * answers at once, the first after a long time and the rest after none, of which neither is what a batch takes.
 */
const averaged = { ms: 20, batches: 4 };

export class ServiceTime {
  private readonly times = new RobustMean();
  private lastFinish = -Infinity;
  private elapsedMs = 0;
  private batches = 0;

  /** Milliseconds a batch takes; undefined before the first. */
  get batchMs(): number | undefined {
    return this.times.mean;
  }

  /** A batch is answered. @param startedAt when it was handed out */
  finished(startedAt: number, now: number): void {
    const enough = this.elapsedMs >= averaged.ms && this.batches >= averaged.batches;
    if (startedAt >= this.lastFinish || enough) this.record();
    this.elapsedMs += now - Math.max(startedAt, this.lastFinish);
    this.batches++;
    this.lastFinish = now;
    if (this.times.mean === undefined) this.record();
  }

  /** Milliseconds for so many batches, twice their deviation included: one in twenty takes longer. */
  expectedMs(batches: number): number {
    return batches * (this.times.mean ?? 0) + 2 * Math.sqrt(batches) * this.times.deviation;
  }

  private record(): void {
    if (this.batches > 0) this.times.record(this.elapsedMs / this.batches);
    this.elapsedMs = 0;
    this.batches = 0;
  }
}
