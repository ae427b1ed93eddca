/**
 * A binary heap from which any entry can be removed in O(log n), because each entry stores its own index: cancelled
 * requests and settled deadlines are removed at once.
 */
export interface HeapEntry<T> {
  readonly item: T;
  /** The entry's index in the heap; -1 once it was removed. */
  at: number;
}

export class Heap<T> {
  private readonly entries: HeapEntry<T>[] = [];

  constructor(private readonly before: (a: T, b: T) => boolean) {}

  get size(): number {
    return this.entries.length;
  }

  peek(): T | undefined {
    return this.entries[0]?.item;
  }

  push(item: T): HeapEntry<T> {
    const entry = { item, at: this.entries.length };
    this.entries.push(entry);
    this.rise(entry);
    return entry;
  }

  /** All entries, in no particular order. */
  *items(): Generator<T> {
    for (const { item } of this.entries) yield item;
  }

  remove(entry: HeapEntry<unknown>): void {
    const { at } = entry;
    if (at < 0) return;
    entry.at = -1;
    const last = this.entries.pop();
    if (last === undefined || last === entry) return;
    this.place(last, at);
    this.rise(last);
    this.sink(last);
  }

  private rise(entry: HeapEntry<T>): void {
    while (entry.at > 0) {
      const parent = this.entries[(entry.at - 1) >> 1] as HeapEntry<T>;
      if (!this.before(entry.item, parent.item)) return;
      this.swap(entry, parent);
    }
  }

  private sink(entry: HeapEntry<T>): void {
    for (;;) {
      const left = this.entries[2 * entry.at + 1];
      const right = this.entries[2 * entry.at + 2];
      const child =
        right !== undefined && left !== undefined && this.before(right.item, left.item) ? right : left;
      if (child === undefined || !this.before(child.item, entry.item)) return;
      this.swap(entry, child);
    }
  }

  private swap(a: HeapEntry<T>, b: HeapEntry<T>): void {
    const at = a.at;
    this.place(a, b.at);
    this.place(b, at);
  }

  private place(entry: HeapEntry<T>, at: number): void {
    entry.at = at;
    this.entries[at] = entry;
  }
}
