/**
 * Publishes committed events in order. An event becomes visible in the log and is published in one synchronous step:
 * whoever reads the log between two steps finds exactly the events that were published.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Clock } from "../clock.js";
import { turnBudgetMs } from "../turn-budget.js";

/** Events after which the event loop runs once, so that a batch of many changes does not make a reader look slow. */
const burstSize = 64;

export interface CommitPublication {
  /** One function for each event, which makes it visible and publishes it. */
  readonly steps: readonly (() => void)[];
  readonly done: () => void;
}

export class CommitPublisher {
  private tail: Promise<void> = Promise.resolve();
  private publishedCount = 0;

  /**
   * @param clock measures how long publishing has held the thread: an event to ten thousand sockets takes as long as
   * thousands of events to one
   */
  constructor(private readonly clock: Clock) {}

  /** Settles once all of the commits' events are published. */
  publish(commits: readonly CommitPublication[]): Promise<void> {
    this.tail = this.tail.then(() => this.publishAll(commits));
    return this.tail;
  }

  private async publishAll(committed: readonly CommitPublication[]): Promise<void> {
    let turnedAt = this.clock.now();
    for (const { steps, done } of committed) {
      for (const step of steps) {
        step();
        if (++this.publishedCount % burstSize !== 0 && this.clock.now() - turnedAt < turnBudgetMs) continue;
        await nextTurn();
        turnedAt = this.clock.now();
      }
      done();
    }
  }
}
