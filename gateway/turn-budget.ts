/**
 * How long work may hold the socket thread in one turn of its loop. Work in pieces asks after each whether the turn
 * is spent, and goes on in a later turn: those that wait go on one a turn, first come first served, so that sockets,
 * timers and small work come in between, and nobody's long work keeps another's waiting.
 */
import type { Pieces } from "../engines/pieces.js";
import type { Clock } from "./clock.js";

/** Milliseconds. Less would be spent on turning: a turn with nothing to do takes about 20 µs. */
export const turnBudgetMs = 5;

export class TurnBudget {
  /** When this turn's work began; undefined before any. */
  private startedAt: number | undefined;
  private readonly waiting: (() => void)[] = [];
  private turning = false;

  constructor(
    private readonly clock: Clock,
    private readonly ms: number = turnBudgetMs,
  ) {}

  /** Whether the work of this turn, whoever's it was, took its time. */
  get spent(): boolean {
    const now = this.clock.now();
    if (this.startedAt === undefined) {
      this.startedAt = now;
      this.turn();
    }
    return now - this.startedAt >= this.ms;
  }

  /** Settles in a later turn, after those who wait already. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      this.waiting.push(resolve);
      this.turn();
    });
  }

  /** Does the work piece by piece, over as many turns as it takes. @throws what a piece throws */
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
