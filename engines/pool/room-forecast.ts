/**
 * Decides when a worker is given its next batch: shortly before the current one ends. A batch that is handed over
 * earlier can no longer be overtaken by one with an earlier deadline; later, and the worker idles. Pure: callers pass
 * the time.
 */

/** Milliseconds before a batch's expected end at which the next is given: passing it on takes 0.15 ms, on a busy machine 0.3. */
const aheadMs = 0.5;

export interface ExecutionStart {
  readonly key: string;
  /** The time at which it was given to the worker, in milliseconds. */
  readonly since: number;
}

export class RoomForecast {
  /** Milliseconds that the last batch of each servable took, by key. */
  private readonly lastMs = new Map<string, number>();

  /** @param depth batches that a worker has at most, the running one included */
  constructor(private readonly depth: number) {}

  record(key: string, ms: number): void {
    this.lastMs.set(key, ms);
  }

  forget(key: string): void {
    this.lastMs.delete(key);
  }

  /** The number of batches that the worker takes now. @param inHand the batches that it has */
  room(inHand: readonly ExecutionStart[], now: number): number {
    const early = inHand.some(({ key, since }) => since + (this.lastMs.get(key) ?? 0) - now > aheadMs);
    return early ? 0 : this.depth - inHand.length;
  }

  /**
   * Milliseconds until the worker takes another batch, estimated from the durations of its earlier batches; undefined
   * when it takes none before a running one ends.
   */
  msUntilRoom(inHand: readonly ExecutionStart[], now: number): number | undefined {
    if (inHand.length >= this.depth) return undefined;
    const left = inHand.map(({ key, since }) => since + (this.lastMs.get(key) ?? 0) - aheadMs - now);
    return Math.max(0, ...left);
  }
}
