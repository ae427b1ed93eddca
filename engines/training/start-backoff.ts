/** Pauses before a further start of processes that fail to start: an environment that is broken stays so for a while. */

/** Each further failure doubles the pause. */
const pauseMs = { first: 1_000, most: 60_000 };

export class StartBackoff {
  private failures = 0;
  private until = 0;

  /** @param now milliseconds on a monotonic clock */
  constructor(private readonly now: () => number) {}

  /** Milliseconds until the next start; 0: now. */
  get waitMs(): number {
    return Math.max(0, this.until - this.now());
  }

  failed(): void {
    this.until = this.now() + Math.min(pauseMs.most, pauseMs.first * 2 ** this.failures);
    this.failures = Math.min(this.failures + 1, 16);
  }

  succeeded(): void {
    this.failures = 0;
    this.until = 0;
  }
}
