/** JSON Web Tokens of an issuer that the attacked gateway trusts, good and bad. The key is fixed and no secret. */
import { createHmac, createPrivateKey, sign } from "node:crypto";

const jwk = {
  kty: "OKP",
  crv: "Ed25519",
  x: "SS4o6-MFZHr0CWVSWFYcRmcCwpKOIOUPOkK88XyDRds",
  d: "PSGaPoOPcSZGed_6hxjPez3Z16laJH2GYaqq7TYhxcw",
} as const;
const key = createPrivateKey({ key: jwk, format: "jwk" });
const kid = "fuzz";
const issuer = "https://issuer.example";

export const keySet = JSON.stringify({
  keys: [{ kty: jwk.kty, crv: jwk.crv, x: jwk.x, kid, alg: "EdDSA", use: "sig" }],
});

/** An entry of `auth.issuers`. */
export const issuerSettings = (file: string) => ({ issuer, audience: "headgate", jwks_file: file });

const head = { alg: "EdDSA", typ: "JWT", kid };
const claims = {
  ...{ iss: issuer, sub: "attacker", aud: "headgate", iat: 1_700_000_000, exp: 4_102_444_800 },
  ...{ scope: "models:infer fits:run streams:write streams:read" },
  hg: { tenant: "attacker", namespace: "attack" },
};

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

function token(header: object, payload: object): string {
  const text = `${part(header)}.${part(payload)}`;
  return `${text}.${sign(null, Buffer.from(text), key).toString("base64url")}`;
}

const whole = token(head, claims);

/** Almost as long as a token may be. */
const long = token(head, { ...claims, padding: "x".repeat(5_600) });

/** Tokens that are accepted: the second may do less. */
export const goodTokens: readonly string[] = [
  whole,
  token(head, { ...claims, scope: "models:infer", hg: { ...claims.hg, topics: ["regime.SPX"] } }),
  long,
];

const unsigned = `${part({ ...head, alg: "none" })}.${part(claims)}`;
const withSecret = `${part({ ...head, alg: "HS256" })}.${part(claims)}`;

export const badTokens: readonly string[] = [
  `${unsigned}.`,
  `${withSecret}.${createHmac("sha256", Buffer.from(jwk.x, "base64url")).update(withSecret).digest("base64url")}`,
  `${whole.slice(0, -4)}AAAA`,
  whole.slice(0, -40),
  token({ ...head, kid: "of-nobody" }, claims),
  token({ ...head, crit: ["exp"] }, claims),
  token(
    { ...head, jwk: { kty: jwk.kty, crv: jwk.crv, x: jwk.x } },
    { ...claims, iss: "https://evil.example" },
  ),
  token(head, { ...claims, aud: "billing" }),
  token(head, { ...claims, exp: 1_700_000_100 }),
  token(head, { ...claims, exp: undefined }),
  token(head, { ...claims, nbf: 4_000_000_000 }),
  token(head, { ...claims, hg: { tenant: "__proto__".repeat(20) } }),
  token(head, { ...claims, hg: { tenant: ["witness"] } }),
  token(head, { ...claims, hg: null }),
  long.slice(0, -1),
  ...["..", "a.b.c", "e30.e30.", `${"A".repeat(4_000)}.${"A".repeat(4_000)}.A`, "eyJhbGciOiJub25lIn0.W10."],
];
