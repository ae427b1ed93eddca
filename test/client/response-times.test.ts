import { expect, it } from "vitest";
import { ResponseTimeBuckets } from "../../client/typescript/response-times.js";

it("tells percentiles to 4.4 %, and never more than the longest", () => {
  const buckets = new ResponseTimeBuckets();
  for (let ms = 1; ms <= 1_000; ms++) buckets.add(ms);
  const { count, meanMs, p50Ms, p90Ms, p99Ms, mostMs } = buckets.times();
  expect([count, meanMs, mostMs]).toEqual([1_000, 500.5, 1_000]);
  for (const [told, exact] of [
    [p50Ms, 500],
    [p90Ms, 900],
    [p99Ms, 990],
  ] as const)
    expect(Math.abs(told / exact - 1)).toBeLessThan(0.045);
  expect(buckets.countBelow(-1)).toBe(499); // shorter than 0.5 s
  expect(buckets.countBelow(0)).toBe(999);
});

it("keeps times that are out of all bounds, and has none without any", () => {
  const buckets = new ResponseTimeBuckets();
  expect(buckets.times()).toEqual({ count: 0, meanMs: 0, p50Ms: 0, p90Ms: 0, p99Ms: 0, mostMs: 0 });
  for (const ms of [0, 1e-9, 1e12]) buckets.add(ms);
  expect(buckets.times().count).toBe(3);
});
