/**
 * The queue of a model: a fair queue, and the rule for when a batch starts. The settings are Triton's: `max_batch_size`,
 * `preferred_batch_size`, `max_queue_delay_microseconds`, `max_queue_size`.
 *
 * Requests are put into the fair order when somebody first asks for it. Most never are: what arrives in one turn of the
 * event loop often goes as one batch at its end, in the order of arrival, and the heaps of the fair order would take a
 * third of the scheduler's time. Pure: callers pass the time.
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

export class ModelQueue<T extends ModelQueueItem> {
  private readonly fair = new FairQueue<T>();
  /** Requests that are not in the fair order yet, in the order of their arrival. */
  private arrived: T[] = [];
  private arrivedRows = 0;

  constructor(private readonly scheduling: Scheduling) {}

  get size(): number {
    return this.fair.size + this.arrived.length;
  }

  get rows(): number {
    return this.fair.rows + this.arrivedRows;
  }

  push(item: T): void {
    this.arrived.push(item);
    this.arrivedRows += item.rows;
  }

  /** All requests in the fair order. */
  get ordered(): FairQueue<T> {
    if (this.arrived.length > 0) {
      for (const item of this.arrived) this.fair.push(item);
      this.arrived = [];
      this.arrivedRows = 0;
    }
    return this.fair;
  }

  /**
   * Takes everything that waits as one batch, where the fair order would take the same: all of it may be computed
   * together, no tenant has requests of two priorities, and none has waited for a worker before.
   * @returns undefined when it would not, and nothing is taken
   */
  takeAll(rowsMax: number): readonly T[] | undefined {
    const { arrived } = this;
    const [first] = arrived;
    if (first === undefined || this.fair.size > 0 || this.arrivedRows > rowsMax) return undefined;
    for (const { bucket, priority } of arrived)
      if (bucket !== first.bucket || priority !== first.priority) return undefined;
    this.arrived = [];
    this.arrivedRows = 0;
    return arrived;
  }

  /**
   * The rows to be computed before a new request: those of its own tenant with the same or a higher priority, and of
   * other tenants what their weights entitle them to in that time. So a long queue of one tenant does not count in
   * full for another.
   */
  rowsAhead({ account, rows, priority }: Pick<FairQueueItem, "account" | "rows" | "priority">): number {
    if (this.size === 0) return 0;
    const { ordered } = this;
    const own = ordered.amountOf(account, one, priority);
    let ahead = own;
    for (const other of ordered.accounts())
      if (other !== account)
        ahead += Math.min(ordered.amountOf(other, one), dueTo(other, own + rows, account));
    return ahead;
  }

  /** Undefined when no request waits. `rows` is the largest size that the batch should have. */
  readiness(now: number): BatchReadiness {
    const oldest = this.fair.oldest() ?? this.arrived[0];
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
