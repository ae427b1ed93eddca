/** How many batches a worker is handed before it asks: a second one only behind short ones. Pure. */

/**
 * Milliseconds of a batch behind which none is handed over: it could no more be overtaken by who is due first,
 * and the 0.15 ms until the next one is there are little beside it.
 */
const longMs = 0.75;

export class Pace {
  /** Milliseconds that the last batch of each model took. */
  private readonly lastMs = new Map<string, number>();

  /** @param depth batches it takes at most */
  constructor(private readonly depth: number) {}

  took(key: string, ms: number): void {
    this.lastMs.set(key, ms);
  }

  forget(key: string): void {
    this.lastMs.delete(key);
  }

  /** How many more it takes. @param inHand the keys of what it has */
  room(inHand: readonly string[]): number {
    const long = inHand.some((key) => (this.lastMs.get(key) ?? 0) > longMs);
    return long ? 0 : this.depth - inHand.length;
  }
}
