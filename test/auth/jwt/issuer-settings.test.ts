/** Which settings of issuers are taken, and what is said of the others. */
import { describe, expect, it } from "vitest";
import { refreshMsOf } from "../../../gateway/config/issuers.js";
import { parseConfig } from "../../../gateway/config/parse.js";

const good = {
  issuer: "https://idp.example",
  audience: "headgate",
  jwks_uri: "https://idp.example/jwks.json",
};
const parse = (...issuers: object[]) => parseConfig({ auth: { issuers } }).auth.issuers;

it("three settings are enough; the rest has defaults", () => {
  expect(parse(good)).toEqual([
    {
      ...good,
      algorithms: ["RS256", "PS256", "ES256", "EdDSA"],
      types: ["JWT", "at+jwt"],
      clock_tolerance_ms: 10_000,
      claims: { tenant: "hg.tenant", namespace: "hg.namespace", scopes: "scope", topics: "hg.topics" },
      defaults: { namespace: "default", scopes: [], topics: ["*"] },
      scopes_max: expect.arrayContaining(["models:infer", "metrics:read"]),
      stale_max_ms: 86_400_000,
      unknown_key_cooldown_ms: 5_000,
    },
  ]);
});

it("an address is read every five minutes and a file every five seconds, unless the setting says otherwise", () => {
  const { jwks_uri, ...rest } = good;
  const [uri, file, both] = parse(
    good,
    { ...rest, issuer: "b", jwks_file: "jwks.json" },
    { ...good, issuer: "c", refresh_ms: 1_000 },
  );
  expect([uri, file, both].map((each) => each && refreshMsOf(each))).toEqual([300_000, 5_000, 1_000]);
});

it.each([
  "https://idp.example",
  "http://127.0.0.1:8080/jwks",
  "http://localhost/jwks",
  "http://[::1]:1/jwks",
])("%s may be asked for keys", (jwks_uri) => {
  expect(parse({ ...good, jwks_uri })[0]?.jwks_uri).toBe(jwks_uri);
});

describe("refused", () => {
  it.each<[string, object, string]>([
    ["plain http", { jwks_uri: "http://idp.example/jwks" }, "auth.issuers.0.jwks_uri: an https address"],
    ["a name like a loopback", { jwks_uri: "http://127.0.0.1.evil.example/" }, "an https address"],
    ["a name that ends like one", { jwks_uri: "http://notlocalhost/" }, "an https address"],
    ["another protocol", { jwks_uri: "file:///etc/jwks" }, "auth.issuers.0.jwks_uri"],
    ["a password in the address", { jwks_uri: "https://me:secret@idp.example/" }, "without a user name"],
    ["no address and no file", { jwks_uri: undefined }, "give either jwks_uri or jwks_file"],
    ["an address and a file", { jwks_file: "jwks.json" }, "give either jwks_uri or jwks_file"],
    ["no audience", { audience: undefined }, "auth.issuers.0.audience"],
    ["an empty audience", { audience: "" }, "auth.issuers.0.audience"],
    ["a number as audience", { audience: 7 }, "audience: a text, or an array of 1 to 16 texts, got 7"],
    ["an empty list of audiences", { audience: [] }, "auth.issuers.0.audience"],
    ["no issuer", { issuer: undefined }, "auth.issuers.0.issuer"],
    ["HS256", { algorithms: ["RS256", "HS256"] }, "auth.issuers.0.algorithms.1"],
    ["none", { algorithms: ["none"] }, "auth.issuers.0.algorithms.0"],
    ["no algorithm", { algorithms: [] }, "auth.issuers.0.algorithms"],
    ["an hour's tolerance", { clock_tolerance_ms: 3_600_000 }, "auth.issuers.0.clock_tolerance_ms"],
    ["a negative tolerance", { clock_tolerance_ms: -1 }, "auth.issuers.0.clock_tolerance_ms"],
    ["an unknown scope", { scopes_max: ["models:all"] }, "auth.issuers.0.scopes_max.0"],
    ["an unknown setting", { jwk_uri: "https://idp.example" }, "jwk_uri: no such setting; there are issuer"],
    ["an unknown claim", { claims: { scope: "scp" } }, "claims.scope: no such setting; there are tenant"],
    ["keys that are too old before they are read again", { stale_max_ms: 60_000 }, "at least refresh_ms"],
  ])("%s", (_, change, problem) => {
    expect(() => parse({ ...good, ...change })).toThrow(problem);
  });

  it("one issuer twice, because its name chooses the keys", () => {
    expect(() => parse(good, { ...good, audience: "other" })).toThrow("auth.issuers: each issuer once");
  });
});
