/**
 * A clock that stands still while the process is paused, by its virtual machine or by an operator: a pause is not
 * time that a model took. While work runs, a timer reads the clock every 20 ms. A long time without a reading, in
 * which the process also used almost no processor time, counts as a pause. A busy event loop does not count as a
 * pause here, unlike in `Clock.awake`, because requests that wait for it are served slowly.
 */
import type { Clock } from "../clock.js";

/** Milliseconds between two readings of the clock. */
const lookMs = 20;
/** The shortest time without a reading, in milliseconds, that may count as a pause. */
const pauseMinMs = 200;
/**
 * A pause may include a little work before and after it: the largest share of the time in which a processor was used.
 */
const usedMax = 0.2;

export class ActiveTime {
  private lastLook = -Infinity;
  private lastUsedMs = 0;
  private pausedMs = 0;
  private looking = false;

  /** @param busy whether work runs */
  constructor(
    private readonly clock: Clock,
    private readonly busy: () => boolean,
  ) {}

  /** Milliseconds, with the pauses left out. */
  now(): number {
    const now = this.clock.now();
    const gap = now - this.lastLook;
    if (this.looking && gap >= pauseMinMs) {
      const usedMs = this.clock.used() - this.lastUsedMs;
      if (usedMs < usedMax * gap) this.pausedMs += gap - lookMs;
    }
    this.lastLook = now;
    return now - this.pausedMs;
  }

  /**
   * Called when work begins: reads the clock regularly until no work runs.
   * @returns the same as `now`
   */
  begin(): number {
    const now = this.now();
    if (!this.looking) this.look();
    return now;
  }

  private look(): void {
    this.looking = true;
    this.lastUsedMs = this.clock.used();
    this.clock.after(lookMs, () => {
      this.now();
      if (this.busy()) this.look();
      else this.looking = false;
    });
  }
}
