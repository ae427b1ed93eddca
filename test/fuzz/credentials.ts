/** The tokens of the attacked gateway, and the ways in which an attacker brings one, or none. */
import { createHash } from "node:crypto";
import { badTokens, goodTokens, issuerSettings } from "./issuer-tokens.js";
import type { Random } from "./random.js";

const sha256 = (token: string) => createHash("sha256").update(token).digest("hex");

export const tokens = {
  witness: "witness-token",
  attacker: "attacker-token",
  other: "other-tenant-token",
  /** May only read streams, and only one. */
  reader: "reader-token",
  expired: "expired-token",
  /** Expires while the attack goes on. */
  expiring: "expiring-token",
} as const;

/**
 * `auth` of the gateway's configuration. The attackers share one namespace, and the witness has its own.
 * @param keySetFile the file with the issuer's key set
 */
export function authAt(now: number, keySetFile: string): object {
  const key = (token: string, tenant: string, namespace: string, others: object = {}) => ({
    sha256: sha256(token),
    tenant,
    namespace,
    ...others,
  });
  const until = (time: number) => ({ expires_at: new Date(time).toISOString() });
  const keys = [
    key(tokens.witness, "witness", "witness"),
    key(tokens.attacker, "attacker", "attack"),
    key(tokens.other, "other", "attack"),
    key(tokens.reader, "attacker", "attack", { scopes: ["streams:read"], topics: ["regime.SPX"] }),
    key(tokens.expired, "attacker", "attack", until(now - 1_000)),
    key(tokens.expiring, "attacker", "attack", until(now + 20_000)),
  ];
  return { keys, issuers: [issuerSettings(keySetFile)] };
}

const accepted: ReadonlySet<string> = new Set([tokens.attacker, tokens.other, tokens.reader, ...goodTokens]);

export type TokenFate = "accepted" | "refused" | "either";

/** What becomes of a token, whether it comes in a header or in `hello`. */
export function fateOf(token: string | undefined): TokenFate {
  if (token !== undefined && accepted.has(token)) return "accepted";
  return token === tokens.expiring ? "either" : "refused";
}

export interface Credential {
  /** The value of the `Authorization` header; undefined: none is sent. */
  readonly header: string | undefined;
  /** What becomes of the header; undefined: there is none, and `hello` must bring a token. */
  readonly headerFate: TokenFate | undefined;
  /** The token for `hello`. */
  readonly hello: string | undefined;
}

const without = { header: undefined, headerFate: undefined };
const bearer = (token: string): Credential => ({
  header: `Bearer ${token}`,
  headerFate: fateOf(token),
  hello: undefined,
});

export function credentialOf(random: Random): Credential {
  const kind = random.weighted({
    good: 55,
    narrow: 12,
    hello: 18,
    wrongHello: 3,
    none: 3,
    wrong: 4,
    expiring: 3,
    odd: 2,
  });
  if (kind === "good") return bearer(random.pick([tokens.attacker, tokens.attacker, goodTokens[0] ?? ""]));
  if (kind === "narrow") return bearer(random.pick([tokens.other, tokens.reader, ...goodTokens]));
  if (kind === "hello") return { ...without, hello: random.pick([...accepted]) };
  if (kind === "wrongHello")
    return { ...without, hello: random.pick(["wrong", tokens.expired, ...badTokens]) };
  if (kind === "none") return { ...without, hello: undefined };
  if (kind === "wrong")
    return bearer(random.pick(["wrong", tokens.expired, "a".repeat(8_000), ...badTokens]));
  if (kind === "expiring") return bearer(tokens.expiring);
  const header = random.pick([
    "Basic YTpi",
    "Bearer",
    "Bearer a b",
    "",
    "bearer",
    `Bearer\t${tokens.attacker}`,
  ]);
  return { header, headerFate: "refused", hello: undefined };
}

/** Tokens for `refresh`: none of them is the witness's. */
export const refreshTokens: readonly string[] = [
  ...Object.values(tokens).filter((token) => token !== tokens.witness),
  ...goodTokens,
  ...badTokens,
];
