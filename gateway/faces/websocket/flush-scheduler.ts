/**
 * A queue of outboxes with pushed frames to send. An event for ten thousand sockets is put into all their outboxes at
 * once, but writing takes 17 to 32 µs a socket. So the outboxes are flushed in order and within the time limit of a
 * turn, and frames pushed meanwhile are sent in the same message.
 */
import type { TurnBudget } from "../../turn-budget.js";

export class FlushScheduler {
  private waiting: (() => void)[] = [];
  private flushing = false;

  constructor(private readonly turns: TurnBudget) {}

  /** Calls `flush` after all code of this turn has pushed its frames, or in a later turn. */
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
