/**
 * The deadlines of all requests on one timer. A timer for each request took a tenth of the client's time, and nearly
 * all of them were cleared before they fired.
 */

interface Timed {
  /** By the clock of `performance.now`. */
  readonly deadline: number;
  readonly settled: boolean;
  /** Whether it is among the entries. */
  isTimed: boolean;
}

/** Entries that are over are removed when there are more of them than of the others, and than these. */
const overMin = 64;

export class DeadlineTimer<T extends Timed> {
  /** A heap: each entry's deadline is no later than those of the two at twice its index. */
  private heap: T[] = [];
  /** How many of them were settled before their time. */
  private over = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private firesAt = Infinity;

  /**
   * @param graceMs how long after its deadline an entry is late
   * @param late is called once with each entry that is
   */
  constructor(
    private readonly graceMs: number,
    private readonly late: (item: T) => void,
  ) {}

  get size(): number {
    return this.heap.length;
  }

  add(item: T): void {
    item.isTimed = true;
    this.heap.push(item);
    this.rise(this.heap.length - 1);
    if (this.heap[0] === item) this.arm(item);
  }

  /** Notes that an entry was settled. */
  settled(item: T): void {
    if (!item.isTimed) return;
    this.over++;
    if (this.over <= overMin || this.over * 2 <= this.heap.length) return;
    const left = this.heap.filter((each) => !each.settled);
    this.heap = left.sort((a, b) => a.deadline - b.deadline); // a sorted list is a heap
    this.over = 0;
  }

  clear(): void {
    clearTimeout(this.timer);
    this.firesAt = Infinity;
    this.heap = [];
    this.over = 0;
  }

  /** A timer that is due sooner stays: what it finds too early is looked at again then. */
  private arm({ deadline }: T): void {
    const at = deadline + this.graceMs;
    if (at >= this.firesAt) return;
    clearTimeout(this.timer);
    this.firesAt = at;
    this.timer = setTimeout(() => this.fire(), Math.max(1, at - performance.now()));
  }

  private fire(): void {
    this.firesAt = Infinity;
    const now = performance.now() + 1; // a timer may fire a fraction of a millisecond before its time
    for (let item = this.heap[0]; item !== undefined; item = this.heap[0]) {
      if (!item.settled && item.deadline + this.graceMs > now) return this.arm(item);
      this.removeFirst();
      item.isTimed = false;
      if (item.settled) this.over--;
      else this.late(item);
    }
  }

  private removeFirst(): void {
    const { heap } = this;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    heap[0] = last;
    this.sink();
  }

  private rise(from: number): void {
    const { heap } = this;
    const item = heap[from] as T;
    let at = from;
    for (let above = (at - 1) >> 1; at > 0; above = (at - 1) >> 1) {
      const other = heap[above] as T;
      if (other.deadline <= item.deadline) break;
      heap[at] = other;
      at = above;
    }
    heap[at] = item;
  }

  private sink(): void {
    const { heap } = this;
    const item = heap[0] as T;
    let at = 0;
    for (let below = 1; below < heap.length; below = 2 * at + 1) {
      const right = heap[below + 1];
      if (right !== undefined && right.deadline < (heap[below] as T).deadline) below++;
      const other = heap[below] as T;
      if (item.deadline <= other.deadline) break;
      heap[at] = other;
      at = below;
    }
    heap[at] = item;
  }
}
