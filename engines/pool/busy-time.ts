/** The share of recent time in which a worker computed; older time counts less. Pure: callers pass the time. */

/** The half-life, in milliseconds: long enough that a model with a request now and then still counts as used. */
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
