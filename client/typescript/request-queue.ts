/**
 * What waits to be sent, in order. Taking the next and giving one up cost the same however many wait: with ten
 * thousand waiting for credits and all of them running out of time, a search for each would stop the process for seconds.
 */

/** Taken ones that may stay in memory, at least. */
const keptMax = 64;

export class RequestQueue<T extends { readonly settled: boolean }> {
  /** Those that go before the others, the next one last. */
  private readonly ahead: T[] = [];
  private behind: T[] = [];
  /** Where `behind` begins. */
  private head = 0;
  /** Of all of them, those that were given up. */
  private gaveUp = 0;

  push(item: T): void {
    this.behind.push(item);
  }

  /** Before all others. */
  pushFirst(item: T): void {
    this.ahead.push(item);
  }

  /** Before all others, in their order. */
  putBack(items: readonly T[]): void {
    for (let i = items.length - 1; i >= 0; i--) this.ahead.push(items[i] as T);
  }

  /** The next that nobody gave up. */
  first(): T | undefined {
    for (let item = this.front(); item !== undefined; item = this.front()) {
      if (!item.settled) return item;
      this.shift();
      this.gaveUp--;
    }
    return undefined;
  }

  /** Takes the next out. */
  shift(): void {
    if (this.ahead.length > 0) {
      this.ahead.pop();
      return;
    }
    this.head++;
    if (this.head === this.behind.length) this.behind.length = 0;
    else if (this.head < keptMax || this.head * 2 < this.behind.length) return;
    else this.behind = this.behind.slice(this.head);
    this.head = 0;
  }

  /** One of those that wait is settled: what was given up is not kept for long. */
  settledOne(): void {
    this.gaveUp++;
    if (this.gaveUp * 2 <= this.ahead.length + this.behind.length - this.head) return;
    const left = this.values().filter((item) => !item.settled);
    this.clear();
    for (const item of left) this.push(item);
  }

  /** All of them, the next first. */
  values(): T[] {
    return [...this.ahead.toReversed(), ...this.behind.slice(this.head)];
  }

  clear(): void {
    this.ahead.length = 0;
    this.behind = [];
    this.head = 0;
    this.gaveUp = 0;
  }

  private front(): T | undefined {
    return this.ahead.at(-1) ?? this.behind[this.head];
  }
}
