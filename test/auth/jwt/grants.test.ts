/** What a verified token's claims grant. */
import { describe, expect, it } from "vitest";
import { claimAt } from "../../../gateway/auth/jwt/claim-path.js";
import { grantsOf } from "../../../gateway/auth/jwt/grants.js";
import { issuerOf } from "../../../gateway/auth/jwt/issuer.js";
import { TokenRefusal } from "../../../gateway/auth/jwt/token-refusal.js";
import { parseConfig } from "../../../gateway/config/parse.js";
import { FakeClock } from "../../support/clock.js";
import { validClaims } from "../../support/issuer.js";
import { KeySetServer } from "../../support/key-set-server.js";

const name = "https://idp.example";
const log = { info: () => {}, warn: () => {}, error: () => {} };

function granted(claims: Record<string, unknown>, settings: Record<string, unknown> = {}) {
  const whole = { issuer: name, audience: "headgate", jwks_uri: `${name}/jwks`, ...settings };
  const [parsed] = parseConfig({ auth: { issuers: [whole] } }).auth.issuers;
  if (parsed === undefined) throw new Error("no issuer");
  const clock = new FakeClock();
  return grantsOf(claims, issuerOf(parsed, new KeySetServer().fetch, { clock, log, attempted: () => {} }));
}

/** The detail of the refusal. */
function refusal(claims: Record<string, unknown>, settings?: Record<string, unknown>): string {
  try {
    granted(claims, settings);
  } catch (error) {
    if (error instanceof TokenRefusal && error.reason === "claims") return error.detail;
    throw error;
  }
  throw new Error("the claims were accepted");
}

describe("claim paths", () => {
  const claims = {
    scope: "a",
    hg: { tenant: "t", deep: { er: 1 } },
    "https://desk.example/tenant": "u",
    "hg.tenant": "whole name",
    list: ["x"],
    "kubernetes.io": { namespace: "desk", "pod.name": { uid: "7" } },
    kubernetes: { io: { namespace: "shadowed", node: "n" } },
  };
  it.each<[string, unknown]>([
    ["scope", "a"],
    ["hg.deep.er", 1],
    ["https://desk.example/tenant", "u"],
    ["hg.tenant", "whole name"],
    ["kubernetes.io.namespace", "desk"],
    ["kubernetes.io.pod.name.uid", "7"],
    ["kubernetes.io.node", undefined],
    ["list.0", "x"],
    [".scope", undefined],
    ["scope.", undefined],
    ["hg..deep", undefined],
    ["hg.none", undefined],
    ["scope.length", undefined],
    ["constructor.name", undefined],
    ["hg.__proto__", undefined],
    ["toString", undefined],
  ])("%s", (path, value) => {
    expect(claimAt(claims, path)).toEqual(value);
  });
});

describe("tenant and namespace", () => {
  it("come from the configured claims, and from the defaults where those are missing", () => {
    const claims = { azp: "alpha", realm: { name: "live" } };
    const paths = { claims: { tenant: "azp", namespace: "realm.name" } };
    expect(granted(claims, paths)).toMatchObject({ tenant: "alpha", namespace: "live" });
    expect(granted({}, { ...paths, defaults: { tenant: "guests", namespace: "test" } })).toMatchObject({
      tenant: "guests",
      namespace: "test",
    });
    expect(granted({ azp: "alpha" }, paths)).toMatchObject({ tenant: "alpha", namespace: "default" });
  });

  it("a token without a tenant is refused where there is no default", () => {
    expect(refusal({ scope: "models:infer" })).toContain("hg.tenant is missing");
  });

  it.each([
    7,
    null,
    true,
    ["alpha"],
    { name: "alpha" },
    "",
    "a b",
    "a/b",
    "a".repeat(65),
    "a\u0000b",
    "__proto__",
    "constructor",
  ])("%j is no tenant, and the default does not take its place", (tenant) => {
    expect(refusal({ hg: { tenant } }, { defaults: { tenant: "guests" } })).toContain("hg.tenant must have");
  });

  it("an issuer with a list of tenants and namespaces names no other", () => {
    const own = { tenants: ["alpha", "beta"], namespaces: ["desk-1"] };
    const claims = validClaims(name);
    expect(granted({ ...claims, hg: { tenant: "beta", namespace: "desk-1" } }, own).tenant).toBe("beta");
    expect(refusal({ ...claims, hg: { tenant: "gamma", namespace: "desk-1" } }, own)).toContain(
      "alpha, beta",
    );
    expect(refusal({ ...claims, hg: { tenant: "alpha", namespace: "desk-2" } }, own)).toContain(
      "hg.namespace",
    );
    expect(refusal({ ...claims, hg: { tenant: "alpha" } }, own)).toContain("hg.namespace");
  });
});

describe("scopes", () => {
  const scopesOf = (scope: unknown, settings?: Record<string, unknown>) => [
    ...granted({ hg: { tenant: "alpha" }, ...(scope !== undefined && { scope }) }, settings).scopes,
  ];

  it("are words with spaces between them, or an array", () => {
    expect(scopesOf("models:infer fits:run")).toEqual(["models:infer", "fits:run"]);
    expect(scopesOf(" models:infer  fits:run ")).toEqual(["models:infer", "fits:run"]);
    expect(scopesOf(["streams:read", "streams:read"])).toEqual(["streams:read"]);
  });

  it("those of other services are ignored", () => {
    expect(scopesOf("openid profile models:infer Models:Infer models:* *")).toEqual(["models:infer"]);
    expect(scopesOf("")).toEqual([]);
  });

  it("without the claim the defaults hold, which are none where nothing is configured", () => {
    expect(scopesOf(undefined)).toEqual([]);
    expect(scopesOf(undefined, { defaults: { scopes: ["fits:run"] } })).toEqual(["fits:run"]);
    expect(scopesOf("openid", { defaults: { scopes: ["fits:run"] } })).toEqual([]);
  });

  it("are at most what the issuer may grant, the defaults too", () => {
    const most = { scopes_max: ["models:infer"], defaults: { scopes: ["models:admin", "models:infer"] } };
    expect(scopesOf("models:admin models:infer", most)).toEqual(["models:infer"]);
    expect(scopesOf(undefined, most)).toEqual(["models:infer"]);
  });

  it.each([7, null, { 0: "models:infer" }, ["models:infer", 7], [["models:infer"]], true])(
    "%j is refused",
    (scope) => {
      expect(refusal({ hg: { tenant: "alpha" }, scope })).toContain("scope must be");
    },
  );
});

describe("topics", () => {
  const topicsOf = (topics: unknown) =>
    granted({ hg: { tenant: "alpha", ...(topics !== undefined && { topics }) } }).topics;

  it("are patterns; without the claim all topics are granted", () => {
    expect(topicsOf(["regime.desk-1/*", "regime.btc"])).toEqual(["regime.desk-1/*", "regime.btc"]);
    expect(topicsOf("regime.a regime.b*")).toEqual(["regime.a", "regime.b*"]);
    expect(topicsOf(undefined)).toEqual(["*"]);
    expect(topicsOf([])).toEqual([]);
  });

  it.each([7, null, ["regime.a", 1], ["["], ["re*"], ["regime.a*b"], Array(65).fill("regime.a")])(
    "%j is refused",
    (topics) => {
      expect(refusal({ hg: { tenant: "alpha", topics } })).toContain("hg.topics");
    },
  );
});

it("the subject in the log is printable and short, whatever the token says", () => {
  const subjectOf = (sub: unknown) => granted({ hg: { tenant: "alpha" }, sub }).subject;
  expect(subjectOf("agent-1")).toBe("jwt:https://idp.example#agent-1");
  expect(subjectOf("a\u001b[31m\nb\u202e")).toBe("jwt:https://idp.example#a?[31m?b?");
  expect(subjectOf("x".repeat(5_000))).toHaveLength("jwt:https://idp.example#".length + 128);
  expect(subjectOf(undefined)).toBe("jwt:https://idp.example#");
});

it("a refusal's text never quotes the token", () => {
  const secret = "s3cr3t-value!";
  for (const claims of [
    { hg: { tenant: secret } },
    { hg: { tenant: "alpha", namespace: secret } },
    { hg: { tenant: "alpha", topics: [secret] } },
    { hg: { tenant: "alpha" }, scope: { [secret]: 1 } },
    { hg: { tenant: "alpha" }, sub: [secret] },
  ])
    expect(refusal(claims)).not.toContain(secret);
});
