/**
 * A clock that stands while the process does: stopped with its machine, or busy with something long. Such a pause
 * is nobody's service time. While work runs a timer looks at the clock; time between two looks that is far longer
 * than the timer's was a pause.
 */
import type { Clock } from "../clock.js";

/** Milliseconds between two looks. */
const lookMs = 20;
/** Milliseconds a look may come late on a busy machine without being a pause. */
const lateMs = 30;

export class ActiveTime {
  private lastLook = -Infinity;
  private pausedMs = 0;
  private looking = false;

  /** @param busy whether work runs */
  constructor(
    private readonly clock: Clock,
    private readonly busy: () => boolean,
  ) {}

  /** Milliseconds without the pauses. */
  now(): number {
    const now = this.clock.now();
    if (this.looking) {
      const gap = now - this.lastLook;
      if (gap > lookMs + lateMs) this.pausedMs += gap - lookMs;
    }
    this.lastLook = now;
    return now - this.pausedMs;
  }

  /** Work begins: looks at the clock until there is none. @returns what `now` does */
  begin(): number {
    const now = this.now();
    if (!this.looking) this.look();
    return now;
  }

  private look(): void {
    this.looking = true;
    this.clock.after(lookMs, () => {
      this.now();
      if (this.busy()) this.look();
      else this.looking = false;
    });
  }
}
