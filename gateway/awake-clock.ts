/**
 * A clock that counts only the time in which the process was able to receive input. While a virtual machine is
 * stopped or the thread is busy, the process receives nothing from its peers, and their silence in that time must not
 * count against them. Pure: `look` is called with the time, every `everyMs` at best.
 */

/** Milliseconds between two calls of `look`. */
export const everyMs = 250;

/** When `look` is called later than this many milliseconds, the process was stopped or busy. */
const lateMs = 100;

export class AwakeClock {
  private lookedAt: number;
  private slept = 0;

  constructor(now: number) {
    this.lookedAt = now;
  }

  /** Called every `everyMs` milliseconds, or as soon afterwards as the process can. */
  look(now: number): void {
    this.slept += this.sleeping(now);
    this.lookedAt = now;
  }

  /**
   * The time on this clock in milliseconds. It stands still during a pause, also before the first `look` after it.
   */
  at(now: number): number {
    return now - this.slept - this.sleeping(now);
  }

  private sleeping(now: number): number {
    const late = now - this.lookedAt - everyMs;
    return late > lateMs ? late : 0;
  }
}
