/** The tokens of the attacked gateway, and the ways in which an attacker brings one, or none. */
import { createHash } from "node:crypto";
import type { Random } from "./random.js";

const sha256 = (token: string) => createHash("sha256").update(token).digest("hex");

export const tokens = {
  witness: "witness-token",
  attacker: "attacker-token",
  other: "other-tenant-token",
  expired: "expired-token",
  /** Expires while the attack goes on. */
  expiring: "expiring-token",
} as const;

/** `auth.keys` of the gateway's configuration. The attackers share one namespace, and the witness has its own. */
export function keysAt(now: number): readonly object[] {
  const key = (token: string, tenant: string, namespace: string, expiresAt?: number) => ({
    sha256: sha256(token),
    tenant,
    namespace,
    ...(expiresAt !== undefined && { expires_at: new Date(expiresAt).toISOString() }),
  });
  return [
    key(tokens.witness, "witness", "witness"),
    key(tokens.attacker, "attacker", "attack"),
    key(tokens.other, "other", "attack"),
    key(tokens.expired, "attacker", "attack", now - 1_000),
    key(tokens.expiring, "attacker", "attack", now + 20_000),
  ];
}

export type TokenFate = "accepted" | "refused" | "either";

/** What becomes of a token, whether it comes in a header or in `hello`. */
export function fateOf(token: string | undefined): TokenFate {
  if (token === tokens.attacker || token === tokens.other) return "accepted";
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
    good: 62,
    other: 10,
    hello: 14,
    wrongHello: 3,
    none: 3,
    wrong: 3,
    expiring: 3,
    odd: 2,
  });
  if (kind === "good") return bearer(tokens.attacker);
  if (kind === "other") return bearer(tokens.other);
  if (kind === "hello") return { ...without, hello: random.pick([tokens.attacker, tokens.other]) };
  if (kind === "wrongHello") return { ...without, hello: random.pick(["wrong", tokens.expired]) };
  if (kind === "none") return { ...without, hello: undefined };
  if (kind === "wrong") return bearer(random.pick(["wrong", tokens.expired, "a".repeat(8_000)]));
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
