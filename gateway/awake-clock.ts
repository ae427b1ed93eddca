/**
 * Time that the process was awake. A virtual machine that is stopped, or a thread that is kept busy, hears nothing of
 * its peers meanwhile, and their silence then is none of theirs. Pure: it is told the time, every `everyMs` at best.
 */

/** Milliseconds between two looks. */
export const everyMs = 250;

/** A look that comes later than this was kept from coming. */
const lateMs = 100;

export class AwakeClock {
  private lookedAt: number;
  private slept = 0;

  constructor(now: number) {
    this.lookedAt = now;
  }

  /** Called every `everyMs`, or as soon after as the process gets to it. */
  look(now: number): void {
    this.slept += this.sleeping(now);
    this.lookedAt = now;
  }

  /** Milliseconds: they stand still while the process does, also before it had a look after. */
  at(now: number): number {
    return now - this.slept - this.sleeping(now);
  }

  private sleeping(now: number): number {
    const late = now - this.lookedAt - everyMs;
    return late > lateMs ? late : 0;
  }
}
