import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { arrivals } from "../../load-tests/load/arrivals.js";
import { check } from "../protocol/check.js";

function first(count: number, timing: Parameters<typeof arrivals>[0], seed = 1): number[] {
  const due = arrivals(timing, seed);
  return Array.from({ length: count }, () => due.next().value as number);
}

const kinds = ["poisson", "even", "burst"] as const;

describe("arrivals", () => {
  it("come in order, from the start, at the rate that was asked", () => {
    check(
      fc.property(
        fc.constantFrom(...kinds),
        fc.integer({ min: 10, max: 5_000 }),
        fc.integer(),
        (kind, rate, seed) => {
          const due = first(4_000, { arrivals: kind, rate, burst_period_ms: 1_000 }, seed);
          expect(due[0]).toBe(0);
          for (let i = 1; i < due.length; i++) expect(due[i]).toBeGreaterThanOrEqual(due[i - 1] as number);
          const lastMs = due.at(-1) as number;
          if (kind !== "burst") expect((4_000 / lastMs) * 1_000).toBeGreaterThan(0.9 * rate);
          if (kind !== "burst") expect((4_000 / lastMs) * 1_000).toBeLessThan(1.1 * rate);
        },
      ),
      60,
    );
  });

  it("of one seed are the same, of another others", () => {
    const timing = { arrivals: "poisson", rate: 100, burst_period_ms: 1_000 } as const;
    expect(first(50, timing, 7)).toEqual(first(50, timing, 7));
    expect(first(50, timing, 7)).not.toEqual(first(50, timing, 8));
  });

  it("of a burst stand at its beginning", () => {
    expect(first(7, { arrivals: "burst", rate: 6, burst_period_ms: 500 })).toEqual([
      0, 0, 0, 500, 500, 500, 1_000,
    ]);
  });
});
