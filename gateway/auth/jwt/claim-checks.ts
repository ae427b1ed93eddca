/**
 * Checks what a token says about itself, before its key is looked up and its signature verified: a token that is refused
 * here costs neither a computation nor a request to the issuer. jose checks `exp`, `nbf`, `aud` and `iss` once more, with
 * the signature.
 */
import type { Issuer } from "./issuer.js";
import { TokenRefusal } from "./token-refusal.js";
import type { Claims, UnverifiedToken } from "./unverified-token.js";

/** The largest time that a `Date` can have, in seconds. */
const secondsMax = 8_640_000_000_000;

/**
 * @returns when the token ends, with the tolerance, in milliseconds since the epoch
 * @throws TokenRefusal
 */
export function checkToken(
  { algorithm, type, claims }: UnverifiedToken,
  issuer: Issuer,
  wall: number,
): number {
  const { algorithms, types } = issuer;
  if (!algorithms.includes(algorithm))
    throw new TokenRefusal("algorithm", `the issuer's algorithms are ${algorithms.join(", ")}`);
  if (!types.includes(type ?? "jwt")) throw new TokenRefusal("claims", `typ is none of ${types.join(", ")}`);
  checkAudience(claims, issuer.audiences);
  return checkTimes(claims, issuer, wall);
}

function checkAudience({ aud }: Claims, audiences: readonly string[]): void {
  const values: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  if (!values.some((value) => typeof value === "string" && audiences.includes(value)))
    throw new TokenRefusal("wrong_audience", `aud has none of ${audiences.join(", ")}`);
}

function checkTimes(claims: Claims, { settings }: Issuer, wall: number): number {
  const { clock_tolerance_ms: toleranceMs, token_lifetime_max_ms: lifetimeMaxMs } = settings;
  const exp = secondsAt(claims, "exp");
  const iat = secondsAt(claims, "iat");
  const nbf = secondsAt(claims, "nbf");
  if (exp === undefined) throw new TokenRefusal("claims", "exp is missing");
  const end = exp * 1_000 + toleranceMs;
  if (end <= wall)
    throw new TokenRefusal("expired", `exp has passed by ${Math.round(wall - exp * 1_000)} ms`);
  const begin = wall + toleranceMs;
  if (nbf !== undefined && nbf * 1_000 > begin)
    throw new TokenRefusal("not_yet_valid", `nbf is ${Math.round(nbf * 1_000 - wall)} ms ahead`);
  if (iat !== undefined && iat * 1_000 > begin)
    throw new TokenRefusal(
      "not_yet_valid",
      `iat is ${Math.round(iat * 1_000 - wall)} ms ahead: compare the clocks`,
    );
  if (lifetimeMaxMs !== undefined && !(iat !== undefined && (exp - iat) * 1_000 <= lifetimeMaxMs))
    throw new TokenRefusal("claims", `from iat to exp are at most ${lifetimeMaxMs} ms`);
  return end;
}

function secondsAt(claims: Claims, name: "exp" | "nbf" | "iat"): number | undefined {
  const value = claims[name];
  if (value === undefined) return undefined;
  if (typeof value === "number" && Math.abs(value) <= secondsMax) return value;
  throw new TokenRefusal("claims", `${name} must be a number of seconds`);
}
