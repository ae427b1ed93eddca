/**
 * Measures how long a model takes for a batch at present. It measures the time from one answer to the next while the
 * model is busy, so that parallel instances, other models on the same worker and the transfer to and from the worker
 * are all included. Times are of a clock that stands still while the process is paused (active-time.ts).
 */
import { RobustMean } from "./robust-mean.js";

/**
 * Batches that overlap are averaged over at least this many milliseconds and batches. A busy event loop reads several
 * answers at once, the first after a long time and the others immediately after; neither time is what a batch takes.
 */
const averaged = { ms: 20, batches: 4 };

export class ServiceTime {
  private readonly times = new RobustMean();
  private lastFinish = -Infinity;
  private elapsedMs = 0;
  private batches = 0;

  /** The mean milliseconds of a batch; undefined before the first. */
  get batchMs(): number | undefined {
    return this.times.mean;
  }

  /**
   * Records that a batch was answered.
   * @param startedAt when the batch was handed to the worker
   */
  finished(startedAt: number, now: number): void {
    const enough = this.elapsedMs >= averaged.ms && this.batches >= averaged.batches;
    if (startedAt >= this.lastFinish || enough) this.record();
    this.elapsedMs += now - Math.max(startedAt, this.lastFinish);
    this.batches++;
    this.lastFinish = now;
    if (this.times.mean === undefined) this.record();
  }

  /** The expected milliseconds of this many batches, plus twice their deviation: about one in twenty takes longer. */
  expectedMs(batches: number): number {
    return batches * (this.times.mean ?? 0) + 2 * Math.sqrt(batches) * this.times.deviation;
  }

  private record(): void {
    if (this.batches > 0) this.times.record(this.elapsedMs / this.batches);
    this.elapsedMs = 0;
    this.batches = 0;
  }
}
