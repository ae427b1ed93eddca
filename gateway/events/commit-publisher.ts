/**
 * Tells what was committed, in order. An event shows in the log and is told in one step, so that whoever
 * reads the log between two of them sees neither more nor less than was told.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Clock } from "../clock.js";
import { turnBudgetMs } from "../turn-budget.js";

/** Events after which the loop turns, so that a batch full of changes is no slow reader's fault. */
const burstSize = 64;

export interface CommitPublication {
  /** One step for each event. */
  readonly steps: readonly (() => void)[];
  readonly done: () => void;
}

export class CommitPublisher {
  private tail: Promise<void> = Promise.resolve();
  private publishedCount = 0;

  /** @param clock for the time that telling takes of a turn: an event to ten thousand sockets takes that of thousands */
  constructor(private readonly clock: Clock) {}

  /** Settles once all of it was told. */
  publish(commits: readonly CommitPublication[]): Promise<void> {
    this.tail = this.tail.then(() => this.publishAll(commits));
    return this.tail;
  }

  private async publishAll(committed: readonly CommitPublication[]): Promise<void> {
    let turnedAt = this.clock.now();
    for (const { steps, done: landed } of committed) {
      for (const step of steps) {
        step();
        if (++this.publishedCount % burstSize !== 0 && this.clock.now() - turnedAt < turnBudgetMs) continue;
        await nextTurn();
        turnedAt = this.clock.now();
      }
      landed();
    }
  }
}
