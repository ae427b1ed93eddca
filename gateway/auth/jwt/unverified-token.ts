/**
 * Reads the header and the claims of a JWT before its signature is verified. They only choose the issuer and the key;
 * no right follows from them.
 */
import { limits } from "../../../protocol/limits.js";
import { hasRepeatedMembers } from "./repeated-members.js";
import { TokenRefusal } from "./token-refusal.js";

export type Claims = Readonly<Record<string, unknown>>;

export interface UnverifiedToken {
  readonly algorithm: string;
  /** The key's name; undefined when the header has none. */
  readonly kid: string | undefined;
  /** The header's `typ` in lower case and without `application/`; undefined when the header has none. */
  readonly type: string | undefined;
  readonly claims: Claims;
}

/** @throws TokenRefusal when it is no JWT, or one that asks for an extension */
export function readToken(token: string): UnverifiedToken {
  // Before anything is decoded, so that a large token takes no memory and no time.
  if (token.length > limits.token_length_max)
    throw new TokenRefusal("too_large", `a token has at most ${limits.token_length_max} characters`);
  const parts = token.split(".");
  const [header, payload, signature] = parts;
  if (parts.length !== 3 || !header || !payload || signature === undefined) throw malformed("three parts");
  bytesOf(signature);
  const { alg, kid, typ, crit } = objectOf(header, "header");
  if (typeof alg !== "string") throw malformed("a text as the header's alg");
  if (kid !== undefined && typeof kid !== "string") throw malformed("a text as the header's kid");
  if (typ !== undefined && typeof typ !== "string") throw malformed("a text as the header's typ");
  if (crit !== undefined) throw malformed("no crit in the header: no extension is known here");
  const type = typ?.toLowerCase().replace(/^application\//, "");
  return { algorithm: alg, kid, type, claims: objectOf(payload, "claims") };
}

/** Whether a text has the three parts of a JWT, or is too long to be anything. An API key has no points in it. */
export function looksLikeToken(text: string): boolean {
  return text.length > limits.token_length_max || /^[^.]+\.[^.]*\.[^.]*$/.test(text);
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

function objectOf(part: string, which: "header" | "claims"): Record<string, unknown> {
  let text: string;
  let value: unknown;
  const bytes = bytesOf(part);
  try {
    text = utf8.decode(bytes);
    value = JSON.parse(text);
  } catch {
    throw malformed(`JSON in UTF-8 as the ${which}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw malformed(`an object as the ${which}`);
  if (hasRepeatedMembers(text))
    throw new TokenRefusal(
      which === "claims" ? "claims" : "malformed",
      `a name occurs twice in the ${which}`,
    );
  return value as Record<string, unknown>;
}

/**
 * Decodes base64url, and refuses texts other than the one that encodes these bytes. Otherwise several texts would be
 * the same token.
 */
function bytesOf(part: string): Buffer {
  const bytes = Buffer.from(part, "base64url");
  if (bytes.toString("base64url") !== part) throw malformed("base64url without padding");
  return bytes;
}

function malformed(expected: string): TokenRefusal {
  return new TokenRefusal("malformed", `a JWT has ${expected}`);
}
