/**
 * The queue of a model: a fair queue, and the rule for when a batch starts. A pure structure that is given the time.
 * The settings are Triton's: `max_batch_size`, `preferred_batch_size`, `max_queue_delay_microseconds`,
 * `max_queue_size`.
 */
import type { Scheduling } from "../../engines/servable.js";
import { FairQueue, type FairQueueItem } from "./fair-queue.js";
import type { TenantAccount } from "./tenant-shares.js";

export interface ModelQueueItem extends FairQueueItem {
  /** Milliseconds, on the same clock as `deadline`. */
  readonly arrivedAt: number;
}

/** The rows of a batch that may start now, or the time at which to ask again. */
export type BatchReadiness = { readonly rows: number } | { readonly wakeAt: number } | undefined;

export class ModelQueue<T extends ModelQueueItem> extends FairQueue<T> {
  constructor(private readonly scheduling: Scheduling) {
    super();
  }

  /**
   * The rows to be computed before a new request: those of its own tenant with the same or a higher priority, and of
   * other tenants what their weights entitle them to in that time. So a long queue of one tenant does not count in
   * full for another.
   */
  rowsAhead({ account, rows, priority }: Pick<FairQueueItem, "account" | "rows" | "priority">): number {
    if (this.size === 0) return 0;
    const own = this.amountOf(account, one, priority);
    let ahead = own;
    for (const other of this.accounts())
      if (other !== account) ahead += Math.min(this.amountOf(other, one), dueTo(other, own + rows, account));
    return ahead;
  }

  /** Undefined when no request waits. `rows` is the largest size that the batch should have. */
  readiness(now: number): BatchReadiness {
    const oldest = this.oldest();
    if (oldest === undefined) return undefined;
    const { maxBatchSize, maxQueueDelayMs, preferredBatchSizes, gathering } = this.scheduling;
    // The first request alone, whatever its number of rows.
    if (maxBatchSize === 0 || gathering?.allowed === false) return { rows: 1 };
    const due = oldest.arrivedAt + maxQueueDelayMs;
    if (this.rows >= maxBatchSize || due <= now) return { rows: maxBatchSize };
    const preferred = preferredBatchSizes.findLast((size) => size <= this.rows);
    return preferred === undefined ? { wakeAt: due } : { rows: preferred };
  }
}

const one = () => 1;

/**
 * The part of another tenant's waiting amount that is served while `account` is served `amount`, by their weights.
 */
export function dueTo(other: TenantAccount, amount: number, account: TenantAccount): number {
  return (amount * other.weight) / account.weight;
}
