/** The deadlines of all unanswered requests, watched by a single timer. */
import type { Clock } from "../clock.js";
import { Heap, type HeapEntry } from "./heap.js";

export interface DeadlineItem<T> {
  readonly deadline: number;
  deadlineEntry: HeapEntry<T> | undefined;
}

export class Deadlines<T extends DeadlineItem<T>> {
  private readonly heap = new Heap<T>((a, b) => a.deadline < b.deadline);
  private armedFor = Infinity;
  private disarm: () => void = () => {};

  constructor(
    private readonly clock: Clock,
    private readonly expired: (item: T) => void,
  ) {}

  add(item: T): void {
    item.deadlineEntry = this.heap.push(item);
    if (item.deadline < this.armedFor) this.arm(item.deadline);
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
