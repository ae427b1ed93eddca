/**
 * Lets a request pass now and then that the estimate would refuse, so that a wrong estimate mends itself. In a real
 * overload a probe may be computed in vain: one at a time, and one in eight batches at most. Pure.
 */

/** Refusals before one passes. */
const refusalsMin = 4;
/** Batches, or milliseconds in which a slow model runs fewer, between two. */
const apart = { batches: 8, ms: 1_000 };

export class AdmissionProbes {
  private refusals = 0;
  private batches = 0;
  private lastAt = -Infinity;
  private underWay = false;

  /** The estimate refuses one more. Whether it may pass. */
  pass(now: number): boolean {
    this.refusals++;
    const soon = this.batches < apart.batches && now - this.lastAt < apart.ms;
    if (this.underWay || soon || this.refusals < refusalsMin) return false;
    this.underWay = true;
    this.refusals = 0;
    this.batches = 0;
    this.lastAt = now;
    return true;
  }

  ran(): void {
    this.batches++;
  }

  /** The one that passed is answered, whatever its answer. */
  answered(): void {
    this.underWay = false;
  }
}
