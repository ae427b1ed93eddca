/**
 * A clock that stands while the process does: stopped by its machine or an operator. Such a pause is nobody's service
 * time. While work runs a timer looks at the clock; a long time without a look, in which the process used next to no
 * processor either, was a pause. A busy event loop is none, unlike for `Clock.awake`: what waits for it is served slowly.
 */
import type { Clock } from "../clock.js";

/** Milliseconds between two looks. */
const lookMs = 20;
/** Milliseconds without a look from which it may have been a pause. */
const pauseMinMs = 200;
/** Share of a pause for which a processor may have been used, before it and after. */
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

  /** Milliseconds without the pauses. */
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

  /** Work begins: looks at the clock until there is none. @returns what `now` does */
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
