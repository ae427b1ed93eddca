/**
 * Compares numbers with the right ones and keeps the largest deviation. Used by the tests, and on GPU machines that
 * have no test runner.
 */
import assert from "node:assert/strict";

export class DeviationCheck {
  /** The largest difference so far, relative to the largest number of the same answer. */
  worst = 0;

  constructor(private readonly tolerance: number) {}

  /**
   * Differences are relative to the largest expected number, because a sum of products may cancel to near zero.
   * @throws AssertionError
   */
  of(actual: ArrayLike<number>, expected: ArrayLike<number>, what = "numbers"): void {
    assert.equal(actual.length, expected.length, `${what}: how many`);
    let scale = 0;
    let worst = 0;
    for (let i = 0; i < expected.length; i++) {
      const [got, want] = [actual[i] ?? Number.NaN, expected[i] ?? Number.NaN];
      scale = Math.max(scale, Math.abs(want));
      const difference = Math.abs(got - want);
      worst = Math.max(worst, Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference);
    }
    const relative = worst === 0 ? 0 : worst / scale;
    this.worst = Math.max(this.worst, relative);
    assert.ok(relative <= this.tolerance, `${what}: off by ${relative}, allowed ${this.tolerance}`);
  }

  /**
   * A label is right when no other centre is nearer by more than the tolerance.
   * @param all [n,k] the right distances
   */
  ofNearest(labels: Int32Array, found: ArrayLike<number>, all: Float64Array): void {
    const k = all.length / labels.length;
    const least = Float64Array.from(labels, (_, i) => Math.min(...all.subarray(i * k, i * k + k)));
    this.of(found, least, "distances to the nearest");
    const atLabel = Float64Array.from(labels, (label, i) => all[i * k + label] ?? Number.NaN);
    this.of(atLabel, least, "distances at the labels");
  }
}
