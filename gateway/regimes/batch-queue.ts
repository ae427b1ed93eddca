/**
 * The work of one stream, one item after another. Batches that arrive in one turn of the event loop are computed
 * together.
 */
import type { Batch } from "./batch.js";

export interface BatchReceipt {
  readonly accepted: number;
  readonly duplicates: number;
  readonly last_ts: number;
}

export interface QueuedBatch {
  readonly batch: Batch;
  readonly resolve: (taken: BatchReceipt) => void;
  readonly reject: (error: unknown) => void;
}

export class BatchQueue {
  /** The batches of this turn of the event loop. */
  private gathering: QueuedBatch[] | undefined;
  private tail: Promise<unknown> = Promise.resolve();

  /** @param takeAll settles each of the batches, or rejects and leaves those unsettled that it has not settled */
  constructor(private readonly takeAll: (queued: readonly QueuedBatch[]) => Promise<void>) {}

  /** Settles once the batch is answered, which is after the batches before it. */
  add(batch: Batch): Promise<BatchReceipt> {
    return new Promise((resolve, reject) => {
      this.gathering ??= this.takeLater();
      this.gathering.push({ batch, resolve, reject });
    });
  }

  /** Runs before everything else; where it fails, everything that waits for it fails with it. */
  begin(work: () => Promise<void>): Promise<void> {
    const begun = this.tail.then(work);
    this.tail = begun;
    return begun;
  }

  /** Runs after everything that was queued before. What is queued later waits for it and does not fail with it. */
  run<T>(work: () => Promise<T>): Promise<T> {
    this.gathering = undefined; // batches that arrive later are computed later
    const done = this.tail.then(work);
    this.tail = done.catch(() => undefined);
    return done;
  }

  /** Reads the state between what was queued before and what is queued later. */
  look<T>(at: () => T | Promise<T>): Promise<T> {
    this.gathering = undefined;
    return this.tail.then(at);
  }

  private takeLater(): QueuedBatch[] {
    const queued: QueuedBatch[] = [];
    const refuse = (error: unknown) => {
      for (const { reject } of queued) reject(error);
    };
    this.tail = this.tail
      .then(async () => {
        if (this.gathering === queued) this.gathering = undefined;
        await this.takeAll(queued);
      })
      .catch(refuse);
    return queued;
  }
}
