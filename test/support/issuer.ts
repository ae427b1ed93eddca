/** An issuer of JSON Web Tokens for tests: makes its keys, signs tokens and publishes its key set. */
import {
  exportJWK,
  type GenerateKeyPairResult,
  generateKeyPair,
  type JWK,
  type JWTPayload,
  SignJWT,
} from "jose";
import { FakeClock } from "./clock.js";

/** The fake clock's first wall time, in seconds. */
export const fakeNow = Math.floor(new FakeClock().wall() / 1_000);

/** RSA keys take a tenth of a second each, so tests with the same algorithm and number share one. */
const made = new Map<string, Promise<GenerateKeyPairResult>>();

async function keyPair(algorithm: string, which: number): Promise<GenerateKeyPairResult> {
  const name = `${algorithm} ${which}`;
  const pair = made.get(name) ?? generateKeyPair(algorithm, { extractable: true });
  made.set(name, pair);
  return pair;
}

export interface SigningKey {
  readonly algorithm: string;
  readonly privateKey: GenerateKeyPairResult["privateKey"];
  readonly jwk: JWK;
}

/** @param which keys of one algorithm with different numbers are different */
export async function signingKey(
  kid: string | undefined,
  algorithm = "ES256",
  which = 0,
): Promise<SigningKey> {
  const { privateKey, publicKey } = await keyPair(algorithm, which);
  const jwk = {
    ...(await exportJWK(publicKey)),
    alg: algorithm,
    use: "sig",
    ...(kid !== undefined && { kid }),
  };
  return { algorithm, privateKey, jwk };
}

export class TestIssuer {
  constructor(
    readonly name: string,
    readonly keys: SigningKey[],
  ) {}

  static async create(name: string, kid: string | undefined = "key-1", algorithm = "ES256", which = 0) {
    return new TestIssuer(name, [await signingKey(kid, algorithm, which)]);
  }

  get keySet(): string {
    return JSON.stringify({ keys: this.keys.map(({ jwk }) => jwk) });
  }

  /**
   * A token that the gateway accepts, with what the test changes.
   * @param claims a claim that is undefined is left out
   */
  async token(
    claims: JWTPayload = {},
    header: Readonly<Record<string, unknown>> = {},
    key = this.keys[0],
  ): Promise<string> {
    if (key === undefined) throw new Error("the issuer has no key");
    const { kid } = key.jwk;
    const whole = { ...validClaims(this.name), ...claims };
    return new SignJWT(JSON.parse(JSON.stringify(whole)) as JWTPayload)
      .setProtectedHeader({ alg: key.algorithm, typ: "JWT", ...(kid !== undefined && { kid }), ...header })
      .sign(key.privateKey);
  }
}

/** Claims of an hour from the fake clock's first time. */
export function validClaims(iss: string): JWTPayload {
  return {
    iss,
    sub: "agent-1",
    aud: "headgate",
    iat: fakeNow,
    exp: fakeNow + 3_600,
    scope: "models:infer streams:read",
    hg: { tenant: "alpha", namespace: "desk-1", topics: ["regime.desk-1/*"] },
  };
}

/** A token of these parts, whoever made the signature. */
export function joined(header: string, payload: string, signature = ""): string {
  const encoded = [header, payload].map((part) => Buffer.from(part).toString("base64url"));
  return [...encoded, signature].join(".");
}
