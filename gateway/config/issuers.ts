/** Settings of the issuers whose JSON Web Tokens are accepted. */
import { z } from "zod";
import { scope, scopes, topicPattern } from "./scopes.js";
import { day, minute, name } from "./values.js";

/**
 * Signature algorithms with a public key. Those with a shared secret (HS256) are left out, because a key set is public,
 * and so is `none`.
 */
export const signatureAlgorithms = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
] as const;

/** Limits of key sets that no operator needs to change. */
export const keySetLimits = {
  /** Bytes of a key set. A hundred keys of 4,096 bits with their certificates have about as many. */
  bytes_max: 256 * 1024,
  /** Keys in a set. A larger set is refused as a whole. */
  keys_max: 100,
  /** Keys that are tried for a token that names none, and keys of one name that are tried. */
  tried_max: 8,
  /** Bits of an RSA key. A shorter one can be broken; verifying with a longer one takes milliseconds. */
  rsa_bits_min: 2_048,
  rsa_bits_max: 8_192,
  /** Milliseconds to wait for an issuer's answer. */
  fetch_ms: 5_000,
  /** Milliseconds until the first new try after a failure. It doubles with each failure, up to `refresh_ms`. */
  retry_ms: 1_000,
} as const;

const refreshMs = { jwks_uri: 5 * minute, jwks_file: 5_000 } as const;

interface RefreshSettings {
  readonly refresh_ms?: number | undefined;
  readonly jwks_uri?: string | undefined;
}

/** How often the key set is read again, where `refresh_ms` is absent. */
export function refreshMsOf({ refresh_ms, jwks_uri }: RefreshSettings): number {
  return refresh_ms ?? (jwks_uri === undefined ? refreshMs.jwks_file : refreshMs.jwks_uri);
}

const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** Over plain HTTP whoever is on the way chooses the keys. On this machine there is nobody on the way. */
const keySetUri = z.url({ protocol: /^https?$/, hostname: /./ }).refine(
  (text) => {
    const { protocol, hostname, username, password } = new URL(text);
    return (protocol === "https:" || loopback.test(hostname)) && username === "" && password === "";
  },
  { message: "an https address without a user name; http is for loopback addresses only" },
);

const audience = z.string().min(1).max(512);
const path = z.string().min(1).max(256);

const claims = z
  .strictObject({
    tenant: path
      .default("hg.tenant")
      .describe("The claim that names the tenant: its name, or a path with dots."),
    namespace: path.default("hg.namespace").describe("The claim that names the namespace."),
    scopes: path
      .default("scope")
      .describe("The claim with the scopes: a text with spaces between them, or an array of texts."),
    topics: path
      .default("hg.topics")
      .describe("The claim with the topic patterns: a text with spaces between them, or an array of texts."),
  })
  .prefault({});

const defaults = z
  .strictObject({
    tenant: name
      .optional()
      .describe("The tenant of a token without that claim. Where it is absent such a token is refused."),
    namespace: name.default("default").describe("The namespace of a token without that claim."),
    scopes: z
      .array(scope)
      .default([])
      .describe("The scopes of a token without that claim. Without any it may only connect and describe."),
    topics: z
      .array(topicPattern)
      .default(["*"])
      .describe("The topic patterns of a token without that claim."),
  })
  .prefault({});

const issuer = z
  .strictObject({
    issuer: z
      .string()
      .min(1)
      .max(512)
      .describe(
        "The issuer's name exactly as its tokens have it in `iss`, with or without a final slash. Each issuer has its own keys, and no other's verify its tokens.",
      ),
    audience: z
      .union([audience, z.array(audience).min(1).max(16)], { error: "a text, or an array of 1 to 16 texts" })
      .describe(
        "What a token must have in `aud`: one value, or several of which it must have one. Without this check a token made for another service would be accepted here.",
      ),
    jwks_uri: keySetUri
      .optional()
      .describe(
        "The address of the issuer's JSON Web Key Set. It must be https, except on a loopback address, and must not redirect. Either this or `jwks_file` is given.",
      ),
    jwks_file: z
      .string()
      .min(1)
      .optional()
      .describe("A file with the issuer's JSON Web Key Set, which is read again when it changes."),
    algorithms: z
      .array(z.enum(signatureAlgorithms))
      .min(1)
      .default(["RS256", "PS256", "ES256", "EdDSA"])
      .describe(
        "The signature algorithms that are accepted. Algorithms with a shared secret do not exist here.",
      ),
    types: z
      .array(z.string().regex(/^[A-Za-z0-9!#$&^_.+-]{1,64}$/, "a media subtype such as at+jwt"))
      .min(1)
      .default(["JWT", "at+jwt"])
      .describe(
        "What a token's header may have in `typ`. A token without `typ` is accepted where JWT is among them; [at+jwt] accepts access tokens of RFC 9068 only.",
      ),
    clock_tolerance_ms: z
      .int()
      .min(0)
      .max(5 * minute)
      .default(10_000)
      .describe("How far the issuer's clock may be from the gateway's."),
    token_lifetime_max_ms: z
      .int()
      .min(1_000)
      .optional()
      .describe(
        "The longest time from `iat` to `exp`. Tokens made for longer, or without `iat`, are refused.",
      ),
    claims,
    defaults,
    tenants: z
      .array(name)
      .min(1)
      .optional()
      .describe("The only tenants that this issuer's tokens may name. Where it is absent they may name any."),
    namespaces: z
      .array(name)
      .min(1)
      .optional()
      .describe(
        "The only namespaces that this issuer's tokens may name. Where it is absent they may name any.",
      ),
    scopes_max: z
      .array(scope)
      .default([...scopes])
      .describe("The only scopes that this issuer's tokens can grant; others in a token are ignored."),
    refresh_ms: z
      .int()
      .min(1_000)
      .max(day)
      .optional()
      .meta({ fallback: "for `jwks_uri` 5 minutes, for `jwks_file` 5 seconds" })
      .describe("How often the key set is read again."),
    stale_max_ms: z
      .int()
      .min(1_000)
      .max(30 * day)
      .default(day)
      .describe(
        "How long the last key set remains in force while it cannot be read. Afterwards the issuer's tokens are refused.",
      ),
    unknown_key_cooldown_ms: z
      .int()
      .min(1_000)
      .max(10_000)
      .default(5_000)
      .describe(
        "A token with a key that is not in the set causes one more reading of the set, and no other in this time, because anybody can send such tokens. Those that come meanwhile wait for the next reading.",
      ),
  })
  .refine(({ jwks_uri, jwks_file }) => (jwks_uri === undefined) !== (jwks_file === undefined), {
    message: "give either jwks_uri or jwks_file",
  })
  .refine((given) => given.stale_max_ms >= refreshMsOf(given), {
    path: ["stale_max_ms"],
    message: "at least refresh_ms, or the keys would be too old between two readings",
  });

export type IssuerConfig = z.infer<typeof issuer>;

export const issuers = z
  .array(issuer)
  .max(16)
  .default([])
  .refine((list) => new Set(list.map((each) => each.issuer)).size === list.length, {
    message: "each issuer once: two entries have the same `issuer`",
  })
  .describe("The issuers whose JSON Web Tokens are accepted beside the keys.");

export const verifiedTokens = z
  .int()
  .min(1)
  .max(1_000_000)
  .default(10_000)
  .describe(
    "Verified JSON Web Tokens that are remembered, by their SHA-256, so that they are not verified again.",
  );
