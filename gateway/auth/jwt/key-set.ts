/**
 * The public keys of one issuer, parsed from a JSON Web Key Set (RFC 7517). A key that cannot verify tokens (for
 * encryption, with a secret, too short, of an unknown kind) is left out; the others of the set remain.
 */
import { createPublicKey, type JsonWebKey, type KeyObject } from "node:crypto";
import { keySetLimits } from "../../config/issuers.js";
import { KeySetError } from "./key-set-error.js";

interface VerificationKey {
  readonly kid: string | undefined;
  readonly key: KeyObject;
  /** The algorithms that this key may verify. */
  readonly algorithms: readonly string[];
}

export class KeySet {
  /** @param ignored the number of keys of the document that were left out */
  constructor(
    private readonly keys: readonly VerificationKey[],
    readonly ignored: number,
  ) {}

  get size(): number {
    return this.keys.length;
  }

  /** The keys that may have signed a token with this header, at most `tried_max` of them. */
  candidates(algorithm: string, kid: string | undefined): KeyObject[] {
    return this.keys
      .filter((each) => each.algorithms.includes(algorithm) && (kid === undefined || each.kid === kid))
      .slice(0, keySetLimits.tried_max)
      .map(({ key }) => key);
  }
}

/** @throws KeySetError when the text is no key set, or one with too many keys */
export function parseKeySet(text: string): KeySet {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw new KeySetError("invalid", "the key set is not valid JSON");
  }
  const keys = isObject(document) ? document["keys"] : undefined;
  if (!Array.isArray(keys) || !keys.every(isObject))
    throw new KeySetError("invalid", 'the key set must be an object with an array of objects, "keys"');
  if (keys.length > keySetLimits.keys_max)
    throw new KeySetError("invalid", `the key set has ${keys.length} keys, at most ${keySetLimits.keys_max}`);
  const usable = keys.map(verificationKey).filter((key) => key !== undefined);
  return new KeySet(usable, keys.length - usable.length);
}

function verificationKey(jwk: Readonly<Record<string, unknown>>): VerificationKey | undefined {
  const { kid, use, key_ops: operations, alg } = jwk;
  if (use !== undefined && use !== "sig") return undefined;
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes("verify")))
    return undefined;
  if (kid !== undefined && typeof kid !== "string") return undefined;
  // A private or secret key in a public document is known to everybody, who could then sign tokens with it.
  if ("d" in jwk || "k" in jwk) return undefined;
  const key = publicKey(jwk);
  const able = key === undefined ? [] : algorithmsOf(key);
  const algorithms = alg === undefined ? able : able.filter((each) => each === alg);
  return key === undefined || algorithms.length === 0 ? undefined : { kid, key, algorithms };
}

function publicKey(jwk: JsonWebKey): KeyObject | undefined {
  try {
    return createPublicKey({ key: jwk, format: "jwk" });
  } catch {
    return undefined;
  }
}

const rsa = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"];
const curves: Readonly<Record<string, readonly string[]>> = {
  prime256v1: ["ES256"],
  secp384r1: ["ES384"],
  secp521r1: ["ES512"],
};

function algorithmsOf({
  asymmetricKeyType: type,
  asymmetricKeyDetails: details,
}: KeyObject): readonly string[] {
  if (type === "ed25519") return ["EdDSA", "Ed25519"];
  if (type === "ec") return curves[details?.namedCurve ?? ""] ?? [];
  const bits = details?.modulusLength ?? 0;
  const fits = bits >= keySetLimits.rsa_bits_min && bits <= keySetLimits.rsa_bits_max;
  return type === "rsa" && fits ? rsa : [];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
