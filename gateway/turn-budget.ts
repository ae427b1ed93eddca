/**
 * Limits how long work may occupy the socket thread in one turn of the event loop. Work that is divided into pieces
 * checks after each piece whether the time of the turn is used up, and continues in a later turn. Waiting work
 * continues in order of arrival, one a turn. So sockets, timers and short work run in between, and one client's long
 * work does not block that of others.
 */
import type { Pieces } from "../engines/pieces.js";
import type { Clock } from "./clock.js";

/** Milliseconds. A smaller value would waste time on turns: a turn without work takes about 20 µs. */
export const turnBudgetMs = 5;

export class TurnBudget {
  /** The time at which the work of this turn began; undefined before any. */
  private startedAt: number | undefined;
  private readonly waiting: (() => void)[] = [];
  private turning = false;

  constructor(
    private readonly clock: Clock,
    private readonly ms: number = turnBudgetMs,
  ) {}

  /** Whether the time of this turn is used up, by any work. */
  get spent(): boolean {
    const now = this.clock.now();
    if (this.startedAt === undefined) {
      this.startedAt = now;
      this.turn();
    }
    return now - this.startedAt >= this.ms;
  }

  /** Settles in a later turn, after the work that waits already. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      this.waiting.push(resolve);
      this.turn();
    });
  }

  /**
   * Does the work piece by piece, over as many turns as it takes.
   * @throws what a piece throws
   */
  async all<T>(pieces: Pieces<T>): Promise<T> {
    for (;;) {
      const { done, value } = pieces.next();
      if (done === true) return value as T;
      if (this.spent) await this.next();
    }
  }

  private turn(): void {
    if (this.turning) return;
    this.turning = true;
    this.clock.soon(() => {
      this.turning = false;
      this.startedAt = undefined;
      this.waiting.shift()?.();
      if (this.waiting.length > 0) this.turn();
    });
  }
}
