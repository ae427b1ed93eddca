/**
 * Disjoint sets of numbers that can be merged but not split (union–find). Source: Tarjan and van Leeuwen 1984, path
 * halving.
 */
export class DisjointSets {
  readonly #parents: Int32Array;

  /** Begins with each number from 0 to n − 1 in a set of its own. */
  constructor(n: number) {
    this.#parents = Int32Array.from({ length: n }, (_, i) => i);
  }

  /** The number that represents i's set. */
  find(i: number): number {
    const parents = this.#parents;
    let at = i;
    for (;;) {
      const parent = parents[at] as number;
      if (parent === at) return at;
      const above = parents[parent] as number;
      parents[at] = above;
      at = above;
    }
  }

  joined(i: number, j: number): boolean {
    return this.find(i) === this.find(j);
  }

  join(i: number, j: number): void {
    const a = this.find(i);
    const b = this.find(j);
    if (a < b) this.#parents[b] = a;
    else this.#parents[a] = b;
  }
}
