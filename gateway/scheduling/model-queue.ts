/**
 * A model's queue: a fair queue, and the rule for when a batch goes. A pure structure: it is told the time.
 * Triton's knobs: `max_batch_size`, `preferred_batch_size`, `max_queue_delay_microseconds`, `max_queue_size`.
 */
import type { Scheduling } from "../../engines/servable.js";
import { FairQueue, type FairQueueItem } from "./fair-queue.js";
import type { TenantAccount } from "./tenant-shares.js";

export interface ModelQueueItem extends FairQueueItem {
  /** Milliseconds, on the clock of `deadline`. */
  readonly arrivedAt: number;
}

/** Whether a batch may go now, and if not, when to look again. */
export type BatchReadiness = { readonly rows: number } | { readonly wakeAt: number } | undefined;

export class ModelQueue<T extends ModelQueueItem> extends FairQueue<T> {
  constructor(private readonly scheduling: Scheduling) {
    super();
  }

  /**
   * Rows that would be computed before a new request: its tenant's own as urgent or more, and of others what their
   * weight gives them meanwhile. A loud tenant's queue is not in front of a quiet one.
   */
  rowsAhead({ account, rows, priority }: Pick<FairQueueItem, "account" | "rows" | "priority">): number {
    if (this.size === 0) return 0;
    const own = this.amountOf(account, one, priority);
    let ahead = own;
    for (const other of this.accounts())
      if (other !== account) ahead += Math.min(this.amountOf(other, one), dueTo(other, own + rows, account));
    return ahead;
  }

  /** Undefined when nothing waits. `rows` is how large the batch should be at most. */
  readiness(now: number): BatchReadiness {
    const oldest = this.oldest();
    if (oldest === undefined) return undefined;
    const { maxBatchSize, maxQueueDelayMs, preferredBatchSizes, gathering } = this.scheduling;
    if (maxBatchSize === 0 || gathering?.allowed === false) return { rows: 1 }; // the first request, whatever its rows
    const due = oldest.arrivedAt + maxQueueDelayMs;
    if (this.rows >= maxBatchSize || due <= now) return { rows: maxBatchSize };
    const preferred = preferredBatchSizes.findLast((size) => size <= this.rows);
    return preferred === undefined ? { wakeAt: due } : { rows: preferred };
  }
}

const one = () => 1;

/** What one tenant may have while another has so much. */
export function dueTo(other: TenantAccount, amount: number, account: TenantAccount): number {
  return (amount * other.weight) / account.weight;
}
