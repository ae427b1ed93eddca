/** What a stream has to do, one after another: batches that come in one turn are taken together. */
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
  /** Batches of this turn. */
  private gathering: QueuedBatch[] | undefined;
  private tail: Promise<unknown> = Promise.resolve();

  /** @param takeAll answers each of the batches, or fails and answers none of the rest */
  constructor(private readonly takeAll: (queued: readonly QueuedBatch[]) => Promise<void>) {}

  /** Settles once the batch is answered, after those before it. */
  add(batch: Batch): Promise<BatchReceipt> {
    return new Promise((resolve, reject) => {
      this.gathering ??= this.takeLater();
      this.gathering.push({ batch, resolve, reject });
    });
  }

  /** Before everything else; where it fails, all that waits for it fails with it. */
  begin(work: () => Promise<void>): Promise<void> {
    const begun = this.tail.then(work);
    this.tail = begun;
    return begun;
  }

  /** After what was given before. What is given later waits for it, and does not fail with it. */
  run<T>(work: () => Promise<T>): Promise<T> {
    this.gathering = undefined; // what comes later is taken later
    const done = this.tail.then(work);
    this.tail = done.catch(() => undefined);
    return done;
  }

  /** Looks at how things are after what was given before, and before what is given later. */
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
