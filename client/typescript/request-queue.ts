/**
 * Requests that wait to be sent, in order. Taking the next and giving one up cost the same however many wait. With ten
 * thousand that wait for credits and all run out of time, a search for each would stop the process for seconds.
 */

/** How many entries that were taken may stay in the array before it is cut. */
const keptMax = 64;

export class RequestQueue<T extends { readonly settled: boolean }> {
  /** Entries that go before the others; the next one is at the end. */
  private readonly ahead: T[] = [];
  private behind: T[] = [];
  /** Index of the first entry of `behind` that was not taken. */
  private head = 0;
  /** How many of all entries were given up. */
  private gaveUp = 0;

  push(item: T): void {
    this.behind.push(item);
  }

  /** Adds an entry before all others. */
  pushFirst(item: T): void {
    this.ahead.push(item);
  }

  /** Adds entries before all others, in their order. */
  putBack(items: readonly T[]): void {
    for (let i = items.length - 1; i >= 0; i--) this.ahead.push(items[i] as T);
  }

  /** The next entry that was not given up. */
  first(): T | undefined {
    for (let item = this.front(); item !== undefined; item = this.front()) {
      if (!item.settled) return item;
      this.shift();
      this.gaveUp--;
    }
    return undefined;
  }

  /** Removes the next entry. */
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

  /** Notes that an entry was given up. When they are more than half of all, they are removed. */
  settledOne(): void {
    this.gaveUp++;
    if (this.gaveUp * 2 <= this.ahead.length + this.behind.length - this.head) return;
    const left = this.values().filter((item) => !item.settled);
    this.clear();
    for (const item of left) this.push(item);
  }

  /** All entries, the next one first. */
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
