/**
 * The deadlines of all unanswered requests, watched by a single timer. Those of one turn of the event loop are put in
 * order at its end: most requests are answered by then.
 */
import type { Clock } from "../clock.js";
import { Heap, type HeapEntry } from "./heap.js";

export interface DeadlineItem<T> {
  readonly deadline: number;
  /** True once it was answered. */
  readonly settled: boolean;
  deadlineEntry: HeapEntry<T> | undefined;
}

export class Deadlines<T extends DeadlineItem<T>> {
  private readonly heap = new Heap<T>((a, b) => a.deadline < b.deadline);
  /** Items of this turn, in the order of their arrival. */
  private added: T[] = [];
  private armedFor = Infinity;
  private disarm: () => void = () => {};

  constructor(
    private readonly clock: Clock,
    private readonly expired: (item: T) => void,
  ) {}

  /** `watch` has to be called afterwards in the same turn. */
  add(item: T): void {
    this.added.push(item);
  }

  /** Watches the deadlines of what was added and is not answered yet. */
  watch(): void {
    const { added } = this;
    if (added.length === 0) return;
    this.added = [];
    let earliest = this.armedFor;
    for (const item of added) {
      if (item.settled) continue;
      item.deadlineEntry = this.heap.push(item);
      earliest = Math.min(earliest, item.deadline);
    }
    if (earliest < this.armedFor) this.arm(earliest);
  }

  remove(item: T): void {
    if (item.deadlineEntry !== undefined) this.heap.remove(item.deadlineEntry);
    item.deadlineEntry = undefined;
  }

  private arm(deadline: number): void {
    this.disarm();
    this.armedFor = deadline;
    this.disarm = this.clock.after(Math.max(0, deadline - this.clock.now()), () => this.ring());
  }

  /** Ends every request whose deadline has passed, also when a busy event loop has delayed the timer. */
  settle(now: number): void {
    for (const item of this.added) if (!item.settled && item.deadline <= now) this.expired(item);
    for (let item = this.heap.peek(); item !== undefined && item.deadline <= now; item = this.heap.peek()) {
      this.remove(item);
      this.expired(item);
    }
  }

  private ring(): void {
    this.armedFor = Infinity;
    this.settle(this.clock.now());
    const next = this.heap.peek();
    if (next !== undefined) this.arm(next.deadline);
  }
}
