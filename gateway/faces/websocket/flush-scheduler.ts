/**
 * Where outboxes wait that were pushed something. An event to ten thousand sockets is in all of their outboxes at
 * once, but writing it takes 17 to 32 µs a socket: so they are written to in the order in which it came to them, in
 * slices of a turn, and what is pushed meanwhile leaves with it.
 */
import type { TurnBudget } from "../../turn-budget.js";

export class FlushScheduler {
  private waiting: (() => void)[] = [];
  private flushing = false;

  constructor(private readonly turns: TurnBudget) {}

  /** Calls `flush` once what is told in this turn was told, or in a later turn. */
  add(flush: () => void): void {
    this.waiting.push(flush);
    if (this.flushing) return;
    this.flushing = true;
    queueMicrotask(() => void this.flushAll());
  }

  private async flushAll(): Promise<void> {
    while (this.waiting.length > 0)
      for (const flush of this.waiting.splice(0)) {
        if (this.turns.spent) await this.turns.next();
        flush();
      }
    this.flushing = false;
  }
}
