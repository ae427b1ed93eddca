/** Makes the tokens of API keys, and their hashes, which are all that is kept of them. */
import { createHash, randomBytes, randomInt } from "node:crypto";

/** The digits and letters of Crockford's base 32: no i, l, o and u, which are mistaken for others when read aloud. */
const idAlphabet = "0123456789abcdefghjkmnpqrstvwxyz";
const idLength = 10;
/** 256 bits: no one finds a token by trying, so a plain SHA-256 of it, without salt or stretching, is enough. */
const secretBytes = 32;

export const keyIdPattern = /^[0-9a-z]{4,32}$/;

/** A new key's identifier. It is public: it is shown in lists and logs, and is a part of the token. */
export function newKeyId(): string {
  return Array.from({ length: idLength }, () => idAlphabet[randomInt(idAlphabet.length)]).join("");
}

/** A new token: `hg_<id>_<random>`. The prefix lets scanners find tokens that were committed by mistake. */
export function newToken(id: string): string {
  return `hg_${id}_${randomBytes(secretBytes).toString("base64url")}`;
}

/** The SHA-256 of a token in lower-case hex. */
export function hashOfToken(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
