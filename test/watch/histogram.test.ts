/** The percentiles of an interval against exact ones of the same durations. */
import { describe, expect, it } from "vitest";
import { RandomState } from "../../engines/numerics/random/random.js";
import { DurationHistogram } from "../../gateway/watch/duration-histogram.js";

const state = new RandomState(18);
const draw = () => state.uniform();
const distributions: Readonly<Record<string, () => number>> = {
  "of the same length": () => 3.7,
  uniform: () => 1 + 99 * draw(),
  exponential: () => -20 * Math.log(1 - draw()),
  "of five decades": () => 0.02 * 10 ** (5 * draw()),
  "with a rare long tail": () => (draw() < 0.02 ? 5_000 + 1_000 * draw() : 2 + draw()),
};

describe("the percentiles of durations", () => {
  for (const [name, next] of Object.entries(distributions))
    for (const count of [1, 2, 10, 101, 5_000])
      it(`${name}, ${count} of them, are within 3 % of the exact ones`, () => {
        const durations = Array.from({ length: count }, next);
        const histogram = new DurationHistogram();
        for (const ms of durations) histogram.record(ms);
        const sorted = durations.sort((a, b) => a - b);
        const exact = (share: number) => sorted[Math.ceil(share * count) - 1] as number;
        const found = histogram.quantiles();
        for (const [key, share] of [
          ["p50", 0.5],
          ["p90", 0.9],
          ["p99", 0.99],
        ] as const) {
          const ratio = (found?.[key] ?? Number.NaN) / exact(share);
          expect(Math.abs(ratio - 1), `${key}: ${found?.[key]} for ${exact(share)}`).toBeLessThanOrEqual(
            0.03,
          );
        }
        expect(found?.max).toBeCloseTo(exact(1), exact(1) < 100 ? 1 : -1);
      });

  it("are told of durations beyond an hour and of zero, and of none at all are null", () => {
    const histogram = new DurationHistogram();
    expect(histogram.quantiles()).toBeNull();
    histogram.record(0);
    histogram.record(4_000_000);
    expect(histogram.quantiles()).toMatchObject({ max: 4_000_000 });
  });
});
