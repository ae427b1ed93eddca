import { describe, expect, it } from "vitest";
import { parseConfig } from "../../gateway/config/parse.js";
import { QuotaLedger, sharedAccountName } from "../../gateway/quotas/quota-ledger.js";
import { quotaLimits } from "../../gateway/quotas/quota-limits.js";
import { FakeClock } from "../support/clock.js";

function ledger(quotas: object, accountsMax?: number) {
  const clock = new FakeClock();
  const config = parseConfig({ quotas });
  const refusals: string[] = [];
  const of = new QuotaLedger({
    clock,
    limitsOf: (tenant) => quotaLimits(config, tenant, true),
    refused: (tenant) => refusals.push(tenant),
    ...(accountsMax !== undefined && { accountsMax }),
  });
  return { of, clock, refusals };
}

type Ledger = Pick<ReturnType<typeof ledger>, "of" | "clock">;

/** The number of requests that are accepted, of so many. */
function accepted({ of, clock }: Ledger, tenant: string, asked: number): number {
  let count = 0;
  for (let i = 0; i < asked; i++)
    try {
      of.of(tenant).admitRequest(0, 0, clock.now());
      count++;
    } catch {}
  return count;
}

describe("the ledger of all tenants", () => {
  it("gives each of 5,000 tenants its own rate, beside one that asks for a hundred times as much", () => {
    const { of, clock, refusals } = ledger({ requests: { per_second: 2, burst: 4 } });
    const counts = Array.from({ length: 5_000 }, () => 0);
    let loud = 0;
    for (let second = 0; second < 5; second++) {
      loud += accepted({ of, clock }, "loud", 200);
      for (const i of counts.keys()) counts[i] = (counts[i] ?? 0) + accepted({ of, clock }, `t${i}`, 2);
      clock.jump(1_000);
    }
    expect(new Set(counts)).toEqual(new Set([10]));
    expect(loud).toBe(4 + 4 * 2);
    expect(new Set(refusals)).toEqual(new Set(["loud"]));
  });

  it("forgets tenants that hold nothing and have used nothing lately, and no others", () => {
    const { of, clock } = ledger({ requests: { per_second: 1, burst: 10 } }, 100);
    for (let i = 0; i < 100; i++) of.of(`t${i}`).admitRequest(0, 0, clock.now());
    of.of("t0").hold("streams", 1);
    for (let i = 0; i < 9; i++) of.of("t1").admitRequest(0, 0, clock.now());
    clock.jump(1_000);
    of.of("new").admitRequest(0, 0, clock.now());
    expect([...of.accounts()].map(({ tenant }) => tenant)).toEqual(["t0", "t1", "new"]);
    expect(of.of("t0").used("streams", clock.now())).toBe(1);
    expect(of.of("t1").used("requests", clock.now())).toBe(9);
  });

  it("stays bounded when more tenants are active at once than it remembers: these share one account", () => {
    const { of, clock } = ledger({ requests: { per_second: 1, burst: 2 } }, 50);
    for (let i = 0; i < 50; i++) of.of(`t${i}`).admitRequest(0, 0, clock.now());
    expect(of.of("x").tenant).toBe(sharedAccountName);
    expect(of.of("y")).toBe(of.of("x"));
    expect(accepted({ of, clock }, "x", 5) + accepted({ of, clock }, "y", 5)).toBe(2);
    expect([...of.accounts()]).toHaveLength(51);
    // The early tenants keep what is theirs.
    expect(accepted({ of, clock }, "t7", 5)).toBe(1);
    clock.jump(2_000);
    expect(of.of("x").tenant).toBe("x");
  });

  it("does not search for idle accounts at each newcomer, which a flood of names would make slow", () => {
    const { of } = ledger({}, 50);
    for (let i = 0; i < 50; i++) of.of(`t${i}`).hold("streams", 1);
    of.of("first");
    for (let i = 0; i < 50; i++) of.of(`t${i}`).release("streams", 1);
    expect(of.of("second").tenant).toBe(sharedAccountName);
  });
});
