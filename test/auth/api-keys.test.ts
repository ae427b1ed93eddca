import { createHash } from "node:crypto";
import { pino } from "pino";
import { expect, it } from "vitest";
import { allScopes } from "../../gateway/auth/scopes.js";
import { parseConfig } from "../../gateway/config/parse.js";
import { LogLimit } from "../../gateway/observe/log-limit.js";
import { Metrics } from "../../gateway/observe/metrics.js";
import { openAuthentication } from "../../gateway/wiring/authentication.js";
import { FakeClock } from "../support/clock.js";

const sha256 = (token: string) => createHash("sha256").update(token).digest("hex");

function authentication(config: Record<string, unknown>) {
  const clock = new FakeClock();
  const log = pino({ level: "silent" });
  const metrics = new Metrics();
  const authenticators = openAuthentication({
    config: parseConfig(config),
    clock,
    log,
    logLimit: new LogLimit(clock),
    metrics,
  });
  return { clock, metrics, of: (token?: string) => authenticators.authenticate({ token }) };
}

/** The fake clock begins at 2023-11-14T22:13:20Z. */
const keyed = {
  auth: {
    keys: [
      { sha256: sha256("risk-token").toUpperCase(), tenant: "risk" },
      {
        sha256: sha256("live-token"),
        tenant: "live",
        namespace: "live",
        scopes: ["streams:read"],
        topics: ["regime.desk-a/*"],
        expires_at: "2023-11-14T22:13:21Z",
      },
    ],
  },
  tenants: { live: { weight: 4 } },
};

it("a token identifies a tenant, its namespace, its weight and what it grants", () => {
  const { of } = authentication(keyed);
  expect(of("risk-token")).toEqual({
    kind: "accepted",
    principal: {
      tenant: "risk",
      namespace: "default",
      weight: 1,
      expiresAt: Number.POSITIVE_INFINITY,
      subject: `key:${sha256("risk-token").slice(0, 8)}`,
      scopes: allScopes,
      topics: ["*"],
    },
  });
  expect(of("live-token")).toMatchObject({
    principal: {
      tenant: "live",
      namespace: "live",
      weight: 4,
      expiresAt: Date.parse("2023-11-14T22:13:21Z"),
      scopes: new Set(["streams:read"]),
      topics: ["regime.desk-a/*"],
    },
  });
});

it("a missing, a wrong and an expired token identify no tenant, and the metrics say why", async () => {
  const { of, clock, metrics } = authentication(keyed);
  expect(of(undefined)).toMatchObject({ reason: "missing" });
  for (const wrong of ["", "risk-token ", sha256("risk-token")])
    expect(of(wrong)).toMatchObject({ reason: "unknown" });
  clock.jump(999);
  expect(of("live-token")).toMatchObject({ kind: "accepted" });
  clock.jump(1);
  expect(of("live-token")).toMatchObject({ reason: "expired" });
  const scraped = await metrics.scrape();
  expect(scraped).toContain('headgate_authentications_total{method="none",outcome="unknown"} 3');
  expect(scraped).toContain('headgate_authentications_total{method="key",outcome="expired"} 1');
  expect(scraped).toContain('headgate_authentications_total{method="key",outcome="accepted"} 1');
});

it("without keys everybody is the default tenant, whatever token they bring", () => {
  const { of } = authentication({ tenants: { default: { weight: 2 } } });
  const anybody = { principal: { tenant: "default", namespace: "default", weight: 2, scopes: allScopes } };
  expect(of(undefined)).toMatchObject(anybody);
  expect(of("anything")).toMatchObject(anybody);
});

it.each([
  [{ scopes: ["models:run"] }, /auth\.keys\.0\.scopes\.0/],
  [{ topics: ["regime"] }, /auth\.keys\.0\.topics\.0/],
  [{ topics: ["regime.*.btc"] }, /auth\.keys\.0\.topics\.0/],
  [{ topics: ["models.*"] }, /auth\.keys\.0\.topics\.0/],
])("the grant %j is refused by name", (grant, message) => {
  const key = { sha256: sha256("a"), tenant: "desk", ...grant };
  expect(() => parseConfig({ auth: { keys: [key] } })).toThrow(message);
});
