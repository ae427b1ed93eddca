/** Which tokens are accepted, and for which reason others are refused. */
import { createHmac, createPublicKey } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { JwtBench } from "../../support/authenticating.js";
import { fakeNow, joined, signingKey, TestIssuer, validClaims } from "../../support/issuer.js";

const name = "https://idp.example";
let issuer: TestIssuer;
let bench: JwtBench;

beforeAll(async () => {
  issuer = await TestIssuer.create(name);
  bench = await JwtBench.of([issuer]);
});

it("a valid token gives its tenant, namespace, scopes and topics until it expires", async () => {
  const authentication = await bench.authenticator.authenticate({ token: await issuer.token() });
  expect(authentication).toEqual({
    kind: "accepted",
    principal: {
      tenant: "alpha",
      namespace: "desk-1",
      weight: 4,
      // The tolerance of ten seconds is for the issuer's clock.
      expiresAt: (fakeNow + 3_600) * 1_000 + 10_000,
      subject: "jwt:https://idp.example#agent-1",
      scopes: new Set(["models:infer", "streams:read"]),
      topics: ["regime.desk-1/*"],
    },
  });
});

it.each(["RS256", "PS256", "ES256", "EdDSA"])("%s is accepted by default", async (algorithm) => {
  const other = await TestIssuer.create(name, "key-1", algorithm);
  const own = await JwtBench.of([other]);
  expect(await own.outcome(await other.token())).toBe("accepted");
});

const at = (seconds: number) => fakeNow + seconds;

describe("claims", () => {
  it.each<[string, Record<string, unknown>, string]>([
    ["that expired", { exp: at(-11) }, "expired"],
    ["that expired within the tolerance", { exp: at(-9) }, "accepted"],
    ["without exp", { exp: undefined }, "claims"],
    ["with a text as exp", { exp: String(at(60)) }, "claims"],
    ["with an endless exp", { exp: 1e300 }, "claims"],
    ["with no exp but null", { exp: null }, "claims"],
    ["not valid yet", { nbf: at(11) }, "not_yet_valid"],
    ["valid within the tolerance", { nbf: at(9) }, "accepted"],
    ["made by a clock that is an hour ahead", { iat: at(3_600), exp: at(7_200) }, "not_yet_valid"],
    ["made by a clock that is an hour behind", { iat: at(-3_600), exp: at(-3_300) }, "expired"],
    ["with a text as iat", { iat: "now" }, "claims"],
    ["for another service", { aud: "billing" }, "wrong_audience"],
    ["for several services", { aud: ["billing", "headgate"] }, "accepted"],
    ["for none", { aud: undefined }, "wrong_audience"],
    ["for an empty list", { aud: [] }, "wrong_audience"],
    ["for an object", { aud: { headgate: true } }, "wrong_audience"],
    ["of another issuer", { iss: "https://other.example" }, "unknown_issuer"],
    ["of an issuer whose name begins alike", { iss: `${name}/` }, "unknown_issuer"],
    ["of no issuer", { iss: undefined }, "unknown_issuer"],
    ["of a list of issuers", { iss: [name] }, "unknown_issuer"],
    ["with a number as sub", { sub: 7 }, "claims"],
  ])("%s", async (_, claims, outcome) => {
    expect(await bench.outcome(await issuer.token(claims))).toBe(outcome);
  });
});

it.each<[string, Record<string, unknown>, string]>([
  ["an hour", { exp: at(3_600) }, "accepted"],
  ["a second more", { exp: at(3_601) }, "claims"],
  ["an hour, begun before now", { iat: at(-600), exp: at(3_000) }, "accepted"],
  ["a time without a beginning", { iat: undefined }, "claims"],
])("with a longest lifetime of an hour, a token of %s", async (_, claims, outcome) => {
  const brief = await JwtBench.of([issuer], { token_lifetime_max_ms: 3_600_000 });
  expect(await brief.outcome(await issuer.token(claims))).toBe(outcome);
});

describe("headers", () => {
  it.each<[string, Record<string, unknown>, string]>([
    ["typ at+jwt", { typ: "at+jwt" }, "accepted"],
    ["typ application/AT+JWT", { typ: "application/AT+JWT" }, "accepted"],
    ["no typ", { typ: undefined }, "accepted"],
    ["typ logout+jwt", { typ: "logout+jwt" }, "claims"],
    ["typ dpop+jwt", { typ: "dpop+jwt" }, "claims"],
    ["an unknown kid", { kid: "key-2" }, "unknown_key"],
    ["no kid", { kid: undefined }, "accepted"],
  ])("%s", async (_, header, outcome) => {
    expect(await bench.outcome(await issuer.token({}, header))).toBe(outcome);
  });

  it("a list of types may leave out the common one; then a typ is required", async () => {
    const strict = await JwtBench.of([issuer], { types: ["at+jwt"] });
    expect(await strict.outcome(await issuer.token({}, { typ: "at+jwt" }))).toBe("accepted");
    expect(await strict.outcome(await issuer.token())).toBe("claims");
    expect(await strict.outcome(await issuer.token({}, { typ: undefined }))).toBe("claims");
  });

  it("keys that a token brings or names are never looked at", async () => {
    const stranger = await signingKey("stranger", "ES256", 1);
    const addresses = { jku: "https://evil.example/jwks", x5u: "https://evil.example/x5u" };
    const token = await issuer.token({}, { ...addresses, jwk: stranger.jwk, kid: "stranger" }, stranger);
    expect(await bench.outcomeInTime(token)).toBe("unknown_key");
    const named = await issuer.token({}, { ...addresses, jwk: stranger.jwk, kid: "key-1" }, stranger);
    expect(await bench.outcome(named)).toBe("signature");
    expect(bench.server.asked.filter((uri) => !uri.startsWith(name))).toEqual([]);
  });
});

describe("forged tokens", () => {
  const header = (fields: object) => JSON.stringify({ typ: "JWT", kid: "key-1", ...fields });
  const payload = JSON.stringify(validClaims(name));

  it.each(["none", "None", "NONE", "nOnE"])("alg %s", async (alg) => {
    expect(await bench.outcome(joined(header({ alg }), payload))).toBe("algorithm");
    expect(await bench.outcome(joined(header({ alg }), payload, "AAAA"))).toBe("algorithm");
  });

  it("no signature", async () => {
    expect(await bench.outcome(joined(header({ alg: "ES256" }), payload))).toBe("signature");
  });

  it("an HMAC whose secret is the issuer's public RSA key", async () => {
    const rsa = await TestIssuer.create(name, "key-1", "RS256");
    const own = await JwtBench.of([rsa]);
    const jwk = rsa.keys[0]?.jwk ?? {};
    const pem = createPublicKey({ key: { ...jwk }, format: "jwk" }).export({ type: "spki", format: "pem" });
    for (const secret of [JSON.stringify(jwk), pem]) {
      const unsigned = joined(header({ alg: "HS256" }), payload).slice(0, -1);
      const signature = createHmac("sha256", secret).update(unsigned).digest("base64url");
      expect(await own.outcome(`${unsigned}.${signature}`)).toBe("algorithm");
    }
  });

  it("a signature over other claims", async () => {
    const [, , signature] = (await issuer.token()).split(".");
    expect(await bench.outcome(joined(header({ alg: "ES256" }), payload, signature))).toBe("signature");
  });

  it("a key that may not verify with the token's algorithm", async () => {
    const rsa = await TestIssuer.create(name, "key-1", "RS256");
    const own = await JwtBench.of([rsa]);
    expect(await own.outcome(joined(header({ alg: "PS256" }), payload, "AAAA"))).toBe("unknown_key");
  });

  it("an algorithm that is not in the list, with the issuer's own key", async () => {
    const narrow = await JwtBench.of([issuer], { algorithms: ["EdDSA"] });
    expect(await narrow.outcome(await issuer.token())).toBe("algorithm");
  });
});

describe("malformed tokens", () => {
  const good = JSON.stringify({ alg: "ES256" });
  const claims = JSON.stringify(validClaims(name));

  it.each<[string, string, string]>([
    ["a text without points is another authenticator's", "hg_abc_def", "unknown"],
    ["four points", "a.b.c.d.e", "unknown"],
    ["no header", `.${"e30"}.AAAA`, "unknown"],
    ["a million characters", `${"a".repeat(1_000_000)}.b.c`, "too_large"],
    ["a million points", ".".repeat(1_000_000), "too_large"],
    ["base64 with padding", "e30=.e30=.AAAA", "malformed"],
    ["spaces", "e 30.e30.AAAA", "malformed"],
    ["no JSON", joined("{", claims), "malformed"],
    ["a number as the header", joined("1", claims), "malformed"],
    ["an array as the claims", joined(good, "[]"), "malformed"],
    ["null as the claims", joined(good, "null"), "malformed"],
    ["a number as alg", joined('{"alg":1}', claims), "malformed"],
    ["a number as kid", joined('{"alg":"ES256","kid":1}', claims), "malformed"],
    [
      "an extension that must be understood",
      joined('{"alg":"ES256","crit":["b64"],"b64":false}', claims),
      "malformed",
    ],
    ["a claim that occurs twice", joined(good, `${claims.slice(0, -1)},"iss":"${name}"}`), "claims"],
    ["alg twice in the header", joined('{"alg":"none","alg":"ES256"}', claims), "malformed"],
    ["thousands of arrays in one another", joined(good, "[".repeat(4_000)), "malformed"],
  ])("%s", async (_, token, outcome) => {
    expect(await bench.outcome(token)).toBe(outcome);
  });

  it("a signature whose last character has other bits that no byte uses", async () => {
    const token = await issuer.token();
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const last = alphabet.indexOf(token.at(-1) ?? "");
    const twin = token.slice(0, -1) + alphabet[last ^ 1];
    const bytes = (text: string) => Buffer.from(text.split(".")[2] ?? "", "base64url");
    expect(bytes(twin)).toEqual(bytes(token));
    expect(await bench.outcome(token)).toBe("accepted");
    expect(await bench.outcome(twin)).toBe("malformed");
  });

  it("no token at all is another authenticator's", () => {
    expect(bench.authenticator.authenticate({})).toEqual({ kind: "refused", reason: "unknown" });
  });
});
