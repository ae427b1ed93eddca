/** Verifies a token's signature with jose, and tells a failure in the words of the gateway's log. */
import type { KeyObject } from "node:crypto";
import { errors, type JWTVerifyOptions, jwtVerify } from "jose";
import type { Refusal } from "../authenticator.js";
import type { Issuer } from "./issuer.js";
import { TokenRefusal } from "./token-refusal.js";
import type { Claims } from "./unverified-token.js";

/**
 * The claims of a token that one of the keys signed.
 * @param keys those of the issuer that may have signed it: several where they have no names
 */
export async function verifiedClaims(
  token: string,
  keys: readonly KeyObject[],
  { settings, algorithms, audiences }: Issuer,
  wall: number,
): Promise<Claims> {
  const options: JWTVerifyOptions = {
    algorithms: [...algorithms],
    issuer: settings.issuer,
    audience: [...audiences],
    requiredClaims: ["exp"],
    clockTolerance: settings.clock_tolerance_ms / 1_000,
    currentDate: new Date(wall),
  };
  for (const key of keys) {
    try {
      return (await jwtVerify(token, key, options)).payload;
    } catch (error) {
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
    }
  }
  throw new TokenRefusal("signature", `none of ${keys.length} keys made the signature`);
}

/** The refusal that an error stands for. jose's messages may quote the token, so only its codes are kept. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof TokenRefusal) return { kind: "refused", reason: error.reason, detail: error.detail };
  if (error instanceof errors.JWTExpired) return refused("expired", error.code);
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === "nbf") return refused("not_yet_valid", error.code);
    return refused(error.claim === "aud" ? "wrong_audience" : "claims", error.code);
  }
  if (error instanceof errors.JOSEAlgNotAllowed) return refused("algorithm", error.code);
  if (error instanceof errors.JOSEError) return refused("malformed", error.code);
  return refused("signature", error instanceof Error ? error.name : "an unknown error");
}

function refused(reason: Refusal["reason"], detail: string): Refusal {
  return { kind: "refused", reason, detail };
}
