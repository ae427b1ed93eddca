import { describe, expect, it } from "vitest";
import { ConfigError, parseConfig } from "../../gateway/config/parse.js";
import { sharedQuotas } from "../../gateway/config/quotas.js";
import { quotaLimits } from "../../gateway/quotas/quota-limits.js";

describe("a tenant's quotas", () => {
  it("are none without tokens, and the defaults with them", () => {
    const config = parseConfig({});
    expect(quotaLimits(config, "default", false)).toEqual({
      priority_min: { value: 1, setting: "quotas.priority_min" },
    });
    const limits = quotaLimits(config, "desk-a", true);
    const { per_second: perSecond, burst } = sharedQuotas.requests;
    expect(limits.requests).toEqual({ value: { perSecond, burst }, setting: "quotas.requests" });
    expect(limits.kept_bytes).toEqual({ value: sharedQuotas.kept_bytes, setting: "quotas.kept_bytes" });
    expect(limits.compute_ms).toBeUndefined();
    expect(limits.connections).toBeUndefined();
  });

  it("are its own, else those of all, whether tokens are asked for or not", () => {
    const config = parseConfig({
      quotas: { requests: { per_second: 100, burst: 300 }, streams: 7, priority_min: 2 },
      tenants: { "desk-a": { quotas: { requests: { per_second: 20 }, fits: null, priority_min: 1 } } },
    });
    const own = quotaLimits(config, "desk-a", true);
    expect(own.requests).toEqual({
      value: { perSecond: 20, burst: 200 },
      setting: "tenants.desk-a.quotas.requests",
    });
    expect(own.streams).toEqual({ value: 7, setting: "quotas.streams" });
    expect(own.fits).toBeUndefined();
    expect(own.priority_min).toEqual({ value: 1, setting: "tenants.desk-a.quotas.priority_min" });
    const other = quotaLimits(config, "desk-b", false);
    expect(other.requests?.value).toEqual({ perSecond: 100, burst: 300 });
    expect(other.priority_min.value).toBe(2);
  });

  it("of a tenant named like a property of every object are those of all", () => {
    const config = parseConfig({ quotas: { streams: 7 } });
    expect(quotaLimits(config, "constructor", true).streams?.value).toBe(7);
  });

  it("have a burst of one request at least, however slow the rate", () => {
    const config = parseConfig({ quotas: { requests: { per_second: 0.01 } } });
    expect(quotaLimits(config, "desk-a", true).requests?.value).toEqual({ perSecond: 0.01, burst: 1 });
  });

  it("that are wrong stop the start, by their path", () => {
    const wrong = (quotas: unknown) => () => parseConfig({ tenants: { a: { quotas } } });
    expect(wrong({ requests: { per_second: 0 } })).toThrow(/^tenants\.a\.quotas\.requests\.per_second: /);
    expect(wrong({ streams: -1 })).toThrow(/^tenants\.a\.quotas\.streams: /);
    expect(wrong({ priority_min: 0 })).toThrow(ConfigError);
    expect(wrong({ requests: { persecond: 1 } })).toThrow(
      /requests\.persecond: no such setting; there are per_second, burst/,
    );
    expect(wrong({ request: 1 })).toThrow(/no such setting; there are requests, rows,/);
  });

  it("leave a tenant's weight at 1 where it is not named", () => {
    expect(parseConfig({ tenants: { a: { quotas: { streams: 1 } } } }).tenants["a"]?.weight).toBe(1);
  });
});
