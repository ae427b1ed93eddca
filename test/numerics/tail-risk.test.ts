import fc from "fast-check";
import { expect, it } from "vitest";
import { selectRank } from "../../engines/numerics/random/select-rank.js";
import { tailRisk } from "../../engines/numerics/risk/tail-risk.js";
import { check } from "../support/seeded.js";

const losses = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 60 });

it("selects what sorting would put there", () => {
  check(
    fc.property(losses, fc.nat(), (values, nth) => {
      const at = nth % values.length;
      const selected = Float64Array.from(values);
      selectRank(selected, at);
      expect(selected[at]).toBe([...values].sort((a, b) => a - b)[at]);
      expect(Math.max(...selected.subarray(0, at + 1))).toBe(selected[at]);
      expect(Math.min(...selected.subarray(at))).toBe(selected[at]);
    }),
  );
});

it("is the empirical quantile and the mean of the worst share, as they are defined", () => {
  check(
    fc.property(
      losses,
      fc.array(fc.integer({ min: 1, max: 99 }), { minLength: 1, maxLength: 3 }),
      (values, percents) => {
        const ascending = [...values].sort((a, b) => a - b);
        const n = values.length;
        const found = tailRisk(
          Float64Array.from(values),
          Float64Array.from(percents, (percent) => percent / 100),
        );
        percents.forEach((percent, k) => {
          // The worst n(1 − α) losses, one of them in part: in hundredths, where all is whole.
          let left = n * (100 - percent);
          let sum = 0;
          for (let i = n - 1; left > 0; i--) {
            sum += Math.min(100, left) * (ascending[i] ?? Number.NaN);
            left -= 100;
          }
          expect(found[k]?.valueAtRisk).toBe(ascending[Math.ceil((n * percent) / 100) - 1]);
          expect(found[k]?.shortfall).toBeCloseTo(sum / (n * (100 - percent)), 9);
          expect(found[k]?.shortfall).toBeGreaterThanOrEqual(found[k]?.valueAtRisk ?? Number.NaN);
          expect(found[k]?.valueAtRiskError).toBeGreaterThanOrEqual(0);
        });
      },
    ),
  );
});
