/**
 * Writes the checkpoints of running jobs in the background. While one is written, the newest of those that come waits
 * and the others are dropped.
 */
import type { Job } from "./job.js";
import type { JobStore } from "./job-store.js";

export class Checkpoints {
  /** By job, the checkpoint that waits for the one before it to be written. */
  private readonly waiting = new Map<string, Uint8Array | undefined>();

  /**
   * @param bytesMax larger ones are not kept
   * @param notKept called for one that could not be written: the job goes on
   */
  constructor(
    private readonly store: Pick<JobStore, "write">,
    private readonly bytesMax: number,
    private readonly notKept: (error: unknown) => void,
  ) {}

  /** A job for which somebody waits does not survive the gateway, and has no checkpoints. */
  add(job: Job, state: Uint8Array): void {
    if (!job.record.background || job.ended) return;
    if (state.byteLength > this.bytesMax) return job.log(tooLarge(state.byteLength, this.bytesMax));
    const busy = this.waiting.has(job.name);
    this.waiting.set(job.name, state);
    if (!busy) void this.write(job);
  }

  private async write(job: Job): Promise<void> {
    for (;;) {
      const checkpoint = this.waiting.get(job.name);
      if (checkpoint === undefined || job.ended) break;
      this.waiting.set(job.name, undefined);
      try {
        job.change({ hasCheckpoint: true });
        await this.store.write({ record: job.record, checkpoint, history: job.history() });
      } catch (error) {
        this.notKept(error);
      }
    }
    this.waiting.delete(job.name);
  }
}

function tooLarge(bytes: number, most: number): string {
  return `a checkpoint of ${bytes} bytes was not kept: training.checkpoint_bytes allows ${most}`;
}
