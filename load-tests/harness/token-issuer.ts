/** Makes JSON Web Tokens that a measured gateway accepts: each has another `jti`, so that none was seen before. */
import { createSign, generateKeyPairSync, type KeyObject } from "node:crypto";
import { writeFile } from "node:fs/promises";

const name = "https://issuer.example";
const kid = "bench";
/** Seconds that the tokens last: longer than any bench. */
const lastsSeconds = 86_400;

export class TokenIssuer {
  private made = 0;

  private constructor(
    private readonly key: KeyObject,
    /** An entry of `auth.issuers` in a gateway's configuration. */
    readonly settings: object,
  ) {}

  /** @param file where the key set is written for the gateway */
  static async at(file: string): Promise<TokenIssuer> {
    const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
    const jwk = { ...publicKey.export({ format: "jwk" }), kid, alg: "RS256", use: "sig" };
    await writeFile(file, JSON.stringify({ keys: [jwk] }));
    return new TokenIssuer(privateKey, { issuer: name, audience: "headgate", jwks_file: file });
  }

  token(): string {
    const now = Math.floor(Date.now() / 1_000);
    const head = { alg: "RS256", typ: "JWT", kid };
    const claims = {
      ...{ iss: name, aud: "headgate", sub: "bench", jti: String(this.made++) },
      ...{ iat: now, exp: now + lastsSeconds, scope: "models:infer", hg: { tenant: "bench" } },
    };
    const text = [head, claims]
      .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
      .join(".");
    return `${text}.${createSign("RSA-SHA256").update(text).sign(this.key).toString("base64url")}`;
  }
}
