/**
 * Accepts a request now and then that the estimate would refuse, so that a wrong estimate is corrected. In a real
 * overload such a probe may be computed in vain, so there is one probe at a time, and at most one in eight batches.
 * Pure.
 */

/** The number of refusals before a probe is accepted. */
const refusalsMin = 4;
/**
 * The distance between two probes: this many batches, or this many milliseconds for a slow model that computes fewer.
 */
const spacing = { batches: 8, ms: 1_000 };

export class AdmissionProbes {
  private refusals = 0;
  private batches = 0;
  private lastAt = -Infinity;
  private probing = false;

  /** Called when the estimate refuses a request; answers whether the request is accepted as a probe. */
  pass(now: number): boolean {
    this.refusals++;
    const tooSoon = this.batches < spacing.batches && now - this.lastAt < spacing.ms;
    if (this.probing || tooSoon || this.refusals < refusalsMin) return false;
    this.probing = true;
    this.refusals = 0;
    this.batches = 0;
    this.lastAt = now;
    return true;
  }

  ran(): void {
    this.batches++;
  }

  /** Called when the probe was answered, successfully or not. */
  answered(): void {
    this.probing = false;
  }
}
