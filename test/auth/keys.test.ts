import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { Keys } from "../../gateway/auth/keys.js";
import { parseConfig } from "../../gateway/config/parse.js";

const sha256 = (token: string) => createHash("sha256").update(token).digest("hex");
const end = Date.parse("2030-01-01T00:00:00Z");
const keys = new Keys(
  parseConfig({
    auth: {
      keys: [
        { sha256: sha256("risk-token").toUpperCase(), tenant: "risk" },
        {
          sha256: sha256("live-token"),
          tenant: "live",
          namespace: "live",
          expires_at: "2030-01-01T00:00:00Z",
        },
      ],
    },
    tenants: { live: { weight: 4 } },
  }),
);

it("a token identifies a tenant, its namespace and its weight", () => {
  expect(keys.principal("risk-token", 0)).toEqual({
    tenant: "risk",
    namespace: "default",
    weight: 1,
    expiresAt: Number.POSITIVE_INFINITY,
  });
  expect(keys.principal("live-token", 0)).toEqual({
    tenant: "live",
    namespace: "live",
    weight: 4,
    expiresAt: end,
  });
});

it("a missing, a wrong and an expired token identify no tenant", () => {
  expect(keys.principal(undefined, 0)).toBeUndefined();
  expect(keys.principal("", 0)).toBeUndefined();
  expect(keys.principal("risk-token ", 0)).toBeUndefined();
  expect(keys.principal(sha256("risk-token"), 0)).toBeUndefined();
  expect(keys.principal("live-token", end - 1)).toBeDefined();
  expect(keys.principal("live-token", end)).toBeUndefined();
});

it("without keys everybody is the default tenant, whatever token they bring", () => {
  const open = new Keys(parseConfig({ tenants: { default: { weight: 2 } } }));
  const anybody = { tenant: "default", namespace: "default", weight: 2, expiresAt: Number.POSITIVE_INFINITY };
  expect(open.principal(undefined, 0)).toEqual(anybody);
  expect(open.principal("anything", 0)).toEqual(anybody);
});
