/** How much of its time a worker lately computed, what is older counting ever less. Pure: it is told the time. */

/** Milliseconds until what was computed counts half: a model that is asked now and then is not forgotten between. */
const halfLifeMs = 10_000;

export class BusyTime {
  /** Milliseconds computed, as they count at `at`. */
  private ms = 0;
  private at = 0;

  /** A batch was computed. */
  took(ms: number, now: number): void {
    this.ms = this.countedAt(now) + ms;
    this.at = now;
  }

  /** From 0, idle, to about 1, always computing. */
  share(now: number): number {
    return (this.countedAt(now) * Math.LN2) / halfLifeMs;
  }

  private countedAt(now: number): number {
    return this.ms * 2 ** ((this.at - now) / halfLifeMs);
  }
}
