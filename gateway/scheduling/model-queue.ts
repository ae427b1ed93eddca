/**
 * A model's queue: a fair queue for each priority, and the rule for when a batch goes. A pure
 * structure: it is told the time. Triton's knobs: `max_batch_size`, `preferred_batch_size`,
 * `max_queue_delay_microseconds`, `max_queue_size`, `priority_levels`.
 */
import type { Scheduling } from "../../engines/servable.js";
import { FairQueue, type Queued } from "./fair-queue.js";

export interface Prioritised extends Queued {
  /** 1 is the highest. */
  readonly priority: number;
  /** Milliseconds, on the clock of `deadline`. */
  readonly arrivedAt: number;
}

/** Whether a batch may go now, and if not, when to look again. */
export type Readiness = { readonly rows: number } | { readonly wakeAt: number } | undefined;

export class ModelQueue<T extends Prioritised> {
  private readonly levels: FairQueue<T>[];

  constructor(private readonly scheduling: Scheduling) {
    const quantum = scheduling.maxBatchSize === 0 ? 1 : undefined; // fits are long: one a turn
    this.levels = Array.from({ length: scheduling.priorityLevels }, () => new FairQueue<T>(quantum));
  }

  get size(): number {
    let size = 0;
    for (const level of this.levels) size += level.size;
    return size;
  }

  /** Rows that would be computed before a new request of this priority and tenant. */
  rowsAhead({ priority, tenant, weight }: Pick<Prioritised, "priority" | "tenant" | "weight">): number {
    let rows = this.level(priority).rowsAhead(tenant, weight);
    for (let above = 1; above < priority; above++) rows += this.level(above).rows;
    return rows;
  }

  push(item: T): void {
    this.level(item.priority).push(item);
  }

  remove(item: T): boolean {
    return this.level(item.priority).remove(item);
  }

  /** Undefined when nothing waits. `rows` is how large the batch should be at most. */
  readiness(now: number): Readiness {
    const level = this.first();
    const oldest = level?.oldest();
    if (level === undefined || oldest === undefined) return undefined;
    const { maxBatchSize, maxQueueDelayMs, preferredBatchSizes } = this.scheduling;
    if (maxBatchSize === 0) return { rows: 1 };
    const due = oldest.arrivedAt + maxQueueDelayMs;
    if (level.rows >= maxBatchSize || due <= now) return { rows: maxBatchSize };
    const preferred = preferredBatchSizes.findLast((size) => size <= level.rows);
    return preferred === undefined ? { wakeAt: due } : { rows: preferred };
  }

  takeBatch(rows: number): T[] {
    return this.first()?.takeBatch(rows) ?? [];
  }

  private first(): FairQueue<T> | undefined {
    return this.levels.find((level) => level.size > 0);
  }

  private level(priority: number): FairQueue<T> {
    return this.levels[priority - 1] as FairQueue<T>;
  }
}
