import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseConfig } from "../../gateway/config/parse.js";
import { QuotaAccount, type QuotaName } from "../../gateway/quotas/quota-account.js";
import { quotaLimits } from "../../gateway/quotas/quota-limits.js";
import { FakeClock } from "../support/clock.js";

function account(quotas: object) {
  const clock = new FakeClock();
  const refusals: [string, QuotaName][] = [];
  const limits = quotaLimits(parseConfig({ tenants: { "desk-a": { quotas } } }), "desk-a", false);
  const of = new QuotaAccount("desk-a", limits, (...refusal) => refusals.push(refusal));
  return { of, clock, refusals };
}

const caught = (action: () => unknown): unknown => {
  try {
    return action();
  } catch (error) {
    return error;
  }
};

describe("a tenant's account", () => {
  it("refuses requests over the rate, with the quota, its value, the setting and the exact time", () => {
    const { of, clock, refusals } = account({ requests: { per_second: 10, burst: 2 } });
    of.admitRequest(0, 0, clock.now());
    of.admitRequest(0, 0, clock.now());
    expect(caught(() => of.admitRequest(0, 0, clock.now()))).toMatchObject({
      code: "resource_exhausted",
      retryable: true,
      processed: "no",
      retryAfterMs: 100,
      message:
        "quota requests: tenant desk-a may use 10 requests a second and 2 at once " +
        "(tenants.desk-a.quotas.requests); try again in 100 ms",
    });
    expect(refusals).toEqual([["desk-a", "requests"]]);
    clock.jump(99);
    expect(caught(() => of.admitRequest(0, 0, clock.now()))).toMatchObject({ retryAfterMs: 1 });
    clock.jump(1);
    of.admitRequest(0, 0, clock.now());
  });

  it("uses nothing for a request that is refused", () => {
    const { of, clock } = account({
      requests: { per_second: 1, burst: 1 },
      bytes: { per_second: 1_000, burst: 1_000 },
    });
    of.admitRequest(600, 0, clock.now());
    clock.jump(1_000);
    of.admitRequest(600, 0, clock.now());
    for (let i = 0; i < 50; i++)
      expect(caught(() => of.admitRequest(600, 0, clock.now()))).toMatchObject({ retryAfterMs: 1_000 });
    expect(of.used("bytes", clock.now())).toBe(600);
    clock.jump(1_000);
    of.admitRequest(600, 0, clock.now());
  });

  it("refuses for ever what is larger than the burst, and says so", () => {
    const { of, clock } = account({ rows: { per_second: 10, burst: 100 } });
    expect(caught(() => of.admitRequest(0, 101, clock.now()))).toMatchObject({
      code: "resource_exhausted",
      retryable: false,
      retryAfterMs: undefined,
      processed: "no",
      message:
        "quota rows: the request has 101 rows and tenant desk-a may use 100 at once " +
        "(tenants.desk-a.quotas.rows.burst), so that it is never accepted: divide it, or have the gateway's operator raise the quota",
    });
    of.admitRequest(0, 100, clock.now());
  });

  it("refuses to compute while the tenant owes compute time, and observes all the same", () => {
    const { of, clock } = account({ compute_ms: { per_second: 500, burst: 1_000 } });
    of.admitCompute(1, clock.now());
    of.computed(3_000, clock.now());
    expect(of.used("compute_ms", clock.now())).toBe(3_000);
    expect(caught(() => of.admitCompute(1, clock.now()))).toMatchObject({
      retryAfterMs: 4_000,
      retryable: true,
    });
    of.admitRequest(0, 1_000, clock.now());
    of.admitRequest(0, 0, clock.now());
    clock.jump(3_999);
    expect(caught(() => of.admitCompute(1, clock.now()))).toMatchObject({ retryAfterMs: 1 });
    clock.jump(1);
    of.admitCompute(1, clock.now());
  });

  it("lets a tenant without requests give back what it has, as far as a burst of debt", () => {
    const { of, clock } = account({ requests: { per_second: 1, burst: 3 } });
    for (let i = 0; i < 3; i++) of.admitRequest(0, 0, clock.now());
    for (let i = 0; i < 3; i++) of.admitRelease(clock.now());
    expect(caught(() => of.admitRelease(clock.now()))).toMatchObject({
      code: "resource_exhausted",
      retryAfterMs: 1_000,
    });
    expect(caught(() => of.admitRequest(0, 0, clock.now()))).toMatchObject({ retryAfterMs: 4_000 });
  });

  it("counts what is held, and says how to get below the bound", () => {
    const { of, refusals } = account({ streams: 2, fits: 1, kept_bytes: 100 });
    of.requireRoomFor("streams", 2);
    of.hold("streams", 2);
    expect(caught(() => of.requireRoomFor("streams", 1))).toMatchObject({
      retryable: false,
      message:
        "quota streams: tenant desk-a may have 2 streams (tenants.desk-a.quotas.streams): close one, or have the gateway's operator raise the quota",
    });
    of.release("streams", 1);
    of.requireRoomFor("streams", 1);
    of.hold("fits", 1);
    expect(caught(() => of.requireRoomFor("fits", 1))).toMatchObject({ retryable: true });
    expect([of.hasRoomFor("kept_bytes", 100), of.hasRoomFor("kept_bytes", 101)]).toEqual([true, false]);
    expect(refusals.map(([, quota]) => quota)).toEqual(["streams", "fits"]);
  });

  it("refuses a priority above the tenant's highest, and lowers only what was not asked for", () => {
    const { of, refusals } = account({ priority_min: 3 });
    expect(of.priority(undefined, 2, 8)).toBe(3);
    expect(of.priority(undefined, 5, 8)).toBe(5);
    expect(of.priority(3, 2, 8)).toBe(3);
    expect(caught(() => of.priority(2, 5, 8))).toMatchObject({
      code: "permission_denied",
      retryable: false,
      message:
        "priority: tenant desk-a may ask for 3 at the highest (tenants.desk-a.quotas.priority_min), where 1 is the highest of all, got 2",
    });
    expect(refusals).toEqual([["desk-a", "priority_min"]]);
    // A servable with one level has no other to offer.
    expect([of.priority(1, 1, 1), of.priority(undefined, 1, 1)]).toEqual([1, 1]);
  });

  it("without quotas refuses nothing", () => {
    const { of, clock } = account({});
    for (let i = 0; i < 1_000; i++) of.admitRequest(1e9, 0, clock.now());
    of.admitCompute(1e9, clock.now());
    of.computed(1e9, clock.now());
    of.admitCompute(1e9, clock.now());
    of.requireRoomFor("streams", 1e9);
    expect(of.countsBytes).toBe(false);
  });

  it("grants no more after a pause of the process than after the same time awake", () => {
    const { of, clock } = account({ requests: { per_second: 10, burst: 20 } });
    for (let i = 0; i < 20; i++) of.admitRequest(0, 0, clock.now());
    clock.sleep(3_600_000);
    for (let i = 0; i < 20; i++) of.admitRequest(0, 0, clock.now());
    expect(caught(() => of.admitRequest(0, 0, clock.now()))).toMatchObject({ retryAfterMs: 100 });
  });

  it("is idle only when a new account would not differ", () => {
    const { of, clock } = account({ requests: { per_second: 10, burst: 20 }, streams: 5 });
    expect(of.isIdle(clock.now())).toBe(true);
    of.hold("connections", 1); // held without a bound
    expect(of.isIdle(clock.now())).toBe(false);
    of.release("connections", 1);
    of.admitRequest(0, 0, clock.now());
    expect(of.isIdle(clock.now())).toBe(false);
    clock.jump(100);
    expect(of.isIdle(clock.now())).toBe(true);
  });

  it("refuses a request exactly when one of its buckets lacks tokens, and again as often until the time it said", () => {
    const quotas = { requests: { per_second: 7, burst: 5 }, bytes: { per_second: 300, burst: 900 } };
    fc.assert(
      fc.property(
        fc.array(fc.record({ waitMs: fc.nat(400), bytes: fc.nat(900) }), { maxLength: 50 }),
        (asked) => {
          const { of, clock } = account(quotas);
          let [requests, bytes] = [5, 900];
          for (const { waitMs, bytes: size } of asked) {
            clock.jump(waitMs);
            requests = Math.min(5, requests + 0.007 * waitMs);
            bytes = Math.min(900, bytes + 0.3 * waitMs);
            const lacks = Math.max((1 - requests) / 0.007, (size - bytes) / 0.3);
            if (Math.abs(lacks) < 1e-6) return; // too close to tell by adding up
            const error = caught(() => of.admitRequest(size, 0, clock.now()));
            expect(error === undefined).toBe(lacks < 0);
            if (error !== undefined) continue;
            requests--;
            bytes -= size;
          }
        },
      ),
    );
  });
});
