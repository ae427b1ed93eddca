/**
 * When a worker is handed a second batch: once the one before it is about to end. Earlier, it could no more be
 * overtaken by who is due first; later, the worker would wait for it. Pure: it is told the time.
 */

/** Milliseconds before its end, at which a batch is about to end: a hand-over takes 0.15 ms, on a busy box twice that. */
const aheadMs = 0.5;

export interface ExecutionStart {
  readonly key: string;
  /** Milliseconds, when it was handed over. */
  readonly since: number;
}

export class RoomForecast {
  /** Milliseconds that the last batch of each model took. */
  private readonly lastMs = new Map<string, number>();

  /** @param depth batches it takes at most */
  constructor(private readonly depth: number) {}

  record(key: string, ms: number): void {
    this.lastMs.set(key, ms);
  }

  forget(key: string): void {
    this.lastMs.delete(key);
  }

  /** How many more it takes. @param inHand what it has */
  room(inHand: readonly ExecutionStart[], now: number): number {
    const early = inHand.some(({ key, since }) => since + (this.lastMs.get(key) ?? 0) - now > aheadMs);
    return early ? 0 : this.depth - inHand.length;
  }

  /** Milliseconds until it takes another, by the time its batches took before; undefined: only once one ends. */
  msUntilRoom(inHand: readonly ExecutionStart[], now: number): number | undefined {
    if (inHand.length >= this.depth) return undefined;
    const left = inHand.map(({ key, since }) => since + (this.lastMs.get(key) ?? 0) - aheadMs - now);
    return Math.max(0, ...left);
  }
}
