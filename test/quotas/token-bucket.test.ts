import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TokenBucket } from "../../gateway/quotas/token-bucket.js";

/** Rates from a token in a day to more than a machine can do. */
const rate = fc.double({ min: 1e-5, max: 1e9, noNaN: true });
const burst = fc.double({ min: 1, max: 1e12, noNaN: true });
const start = fc.double({ min: 0, max: 1e10, noNaN: true });
const steps = fc.array(
  fc.record({
    waitMs: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 100_000, noNaN: true })),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
  { minLength: 1, maxLength: 60 },
);

/** What is granted of requests for shares of the burst, with the times. */
function granted(
  bucket: TokenBucket,
  from: number,
  asked: readonly { readonly waitMs: number; readonly share: number }[],
): { readonly at: number; readonly amount: number }[] {
  let now = from;
  const taken: { at: number; amount: number }[] = [];
  for (const { waitMs, share } of asked) {
    now += waitMs;
    const amount = share * bucket.rate.burst;
    if (bucket.waitMs(amount, now) > 0) continue;
    bucket.charge(amount, now);
    taken.push({ at: now, amount });
  }
  return taken;
}

describe("a token bucket", () => {
  it("grants a burst at once, then its rate", () => {
    const bucket = new TokenBucket({ perSecond: 10, burst: 5 });
    for (let i = 0; i < 5; i++) {
      expect(bucket.waitMs(1, 0)).toBe(0);
      bucket.charge(1, 0);
    }
    expect(bucket.waitMs(1, 0)).toBe(100);
    expect(bucket.waitMs(3, 40)).toBe(260);
    expect(bucket.waitMs(1, 100)).toBe(0);
    expect(bucket.tokens(250)).toBe(2.5);
    expect(bucket.tokens(10_000)).toBe(5);
  });

  it("never grants more than its burst and its rate over any time", () => {
    fc.assert(
      fc.property(rate, burst, start, steps, (perSecond, most, from, asked) => {
        const taken = granted(new TokenBucket({ perSecond, burst: most }), from, asked);
        for (const [i, first] of taken.entries()) {
          let sum = 0;
          for (const { at, amount } of taken.slice(i)) {
            sum += amount;
            const allowed = most + (perSecond * (at - first.at)) / 1_000;
            // A time of 1e10 ms is rounded to 2e-6 ms, once a request.
            const rounding = taken.length * (1e-5 + 2e-6) * (perSecond / 1_000) + allowed * 1e-9;
            expect(sum).toBeLessThanOrEqual(allowed + rounding);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it("grants a refused request after the time that it says, and not before", () => {
    fc.assert(
      fc.property(rate, burst, start, steps, (perSecond, most, from, asked) => {
        const bucket = new TokenBucket({ perSecond, burst: most });
        granted(bucket, from, asked);
        const now = from + asked.reduce((sum, { waitMs }) => sum + waitMs, 0);
        const wait = bucket.waitMs(most, now);
        fc.pre(wait > 0 && wait < 1e9);
        expect(bucket.waitMs(most, now + Math.ceil(wait))).toBe(0);
        const early = now + wait - Math.max(1e-3, wait * 1e-9);
        if (early > now) expect(bucket.waitMs(most, early)).toBeGreaterThan(0);
      }),
      { numRuns: 500 },
    );
  });

  it("goes into debt by what is charged, and grants again once the debt is paid", () => {
    const bucket = new TokenBucket({ perSecond: 1_000, burst: 2_000 });
    bucket.charge(60_000, 0);
    expect(bucket.tokens(0)).toBe(-58_000);
    expect(bucket.waitMs(0, 0)).toBe(58_000);
    expect(bucket.waitMs(0, 57_999)).toBe(1);
    expect(bucket.waitMs(0, 58_000)).toBe(0);
    expect(bucket.waitMs(1, 0, 58_001)).toBe(0);
  });

  it("never grants more than it can hold, however long one waits", () => {
    const bucket = new TokenBucket({ perSecond: 1, burst: 5 });
    expect(bucket.waitMs(5, 0)).toBe(0);
    expect(bucket.waitMs(6, 1e12)).toBe(Number.POSITIVE_INFINITY);
  });

  it("is full again after a refill, so that it can be forgotten", () => {
    const bucket = new TokenBucket({ perSecond: 10, burst: 5 });
    expect(bucket.isFull(0)).toBe(true);
    bucket.charge(2, 0);
    expect([bucket.isFull(199), bucket.isFull(200)]).toEqual([false, true]);
  });
});
