/** What a token's claims grant: tenant, namespace, scopes and topics, within what its issuer may grant. */
import { topicPattern } from "../../config/scopes.js";
import { name as nameSchema } from "../../config/values.js";
import type { Principal } from "../principal.js";
import { isScope, type Scope } from "../scopes.js";
import { claimAt } from "./claim-path.js";
import type { Issuer } from "./issuer.js";
import { TokenRefusal } from "./token-refusal.js";
import type { Claims } from "./unverified-token.js";

/** Patterns in a token. Each request that names a topic compares it with all of them. */
const topicsMax = 64;

export type TokenGrants = Pick<Principal, "tenant" | "namespace" | "scopes" | "topics" | "subject">;

/** @throws TokenRefusal when a claim has another type, or names what the issuer may not grant */
export function grantsOf(claims: Claims, { settings }: Issuer): TokenGrants {
  const { claims: paths, defaults, tenants, namespaces, scopes_max: scopesMax } = settings;
  return {
    tenant: nameAt(claims, paths.tenant, defaults.tenant, tenants),
    namespace: nameAt(claims, paths.namespace, defaults.namespace, namespaces),
    scopes: scopesAt(claims, paths.scopes, defaults.scopes, scopesMax),
    topics: topicsAt(claims, paths.topics, defaults.topics),
    subject: `jwt:${settings.issuer}#${subjectOf(claims)}`,
  };
}

function nameAt(
  claims: Claims,
  path: string,
  fallback: string | undefined,
  allowed: readonly string[] | undefined,
): string {
  const claim = claimAt(claims, path);
  const value = claim === undefined ? fallback : claim;
  if (value === undefined) throw wrong(path, "is missing, and there is no default");
  const parsed = nameSchema.safeParse(value);
  if (!parsed.success)
    throw wrong(path, "must have 1 to 64 of letters, digits and . _ -, and be no name such as __proto__");
  if (allowed !== undefined && !allowed.includes(parsed.data))
    throw wrong(path, `is none of those that this issuer may name: ${allowed.join(", ")}`);
  return parsed.data;
}

/** Scopes that are not Headgate's are ignored: one token is often for several services. */
function scopesAt(
  claims: Claims,
  path: string,
  fallback: readonly Scope[],
  most: readonly Scope[],
): ReadonlySet<Scope> {
  const granted = wordsAt(claims, path)?.filter(isScope) ?? fallback;
  return new Set(granted.filter((scope) => most.includes(scope)));
}

function topicsAt(claims: Claims, path: string, fallback: readonly string[]): readonly string[] {
  const topics = wordsAt(claims, path) ?? fallback;
  if (topics.length > topicsMax) throw wrong(path, `has more than ${topicsMax} patterns`);
  if (!topics.every((topic) => topicPattern.safeParse(topic).success))
    throw wrong(path, "has a text that is no topic pattern, such as regime.desk-a/*");
  return topics;
}

/** The words of a text with spaces between them (RFC 8693), or of an array; undefined when there is no such claim. */
function wordsAt(claims: Claims, path: string): readonly string[] | undefined {
  const value = claimAt(claims, path);
  if (value === undefined) return undefined;
  if (typeof value === "string") return value.split(" ").filter((word) => word !== "");
  if (Array.isArray(value) && value.every((word) => typeof word === "string")) return value;
  throw wrong(path, "must be a text or an array of texts");
}

/** The token's subject in a form that is safe in a log: printable and short. */
function subjectOf({ sub }: Claims): string {
  if (sub === undefined) return "";
  if (typeof sub !== "string") throw wrong("sub", "must be a text");
  return sub.replace(/[^\x20-\x7e]/g, "?").slice(0, 128);
}

/** @param path as configured: the token's own texts are not for the log */
function wrong(path: string, problem: string): TokenRefusal {
  return new TokenRefusal("claims", `the claim ${path} ${problem}`);
}
