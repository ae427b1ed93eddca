import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { exponential, hyperbolicTangent } from "../../engines/numerics/special/exponential.js";

describe("exponential", () => {
  it("is Math.exp to within two ulps, where that is a normal number", () => {
    fc.assert(
      fc.property(fc.double({ min: -708, max: 709.7, noNaN: true }), (x) => {
        expect(Math.abs(exponential(x) / Math.exp(x) - 1)).toBeLessThanOrEqual(2 * Number.EPSILON);
      }),
      { seed: 1, numRuns: 5000 },
    );
  });

  it.each([
    [0, 1],
    [-0, 1],
    [-709, 0],
    [Number.NEGATIVE_INFINITY, 0],
    [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
    [710, Number.POSITIVE_INFINITY],
    [Number.NaN, Number.NaN],
  ])("of %d is %d", (x, y) => {
    expect(exponential(x)).toBe(y);
  });
});

describe("hyperbolicTangent", () => {
  it("is Math.tanh to within two ulps of 1, and odd", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), (x) => {
        expect(Math.abs(hyperbolicTangent(x) - Math.tanh(x))).toBeLessThanOrEqual(2 * Number.EPSILON);
        expect(hyperbolicTangent(-x) + hyperbolicTangent(x)).toBe(0);
      }),
      { seed: 1, numRuns: 5000 },
    );
  });
});
