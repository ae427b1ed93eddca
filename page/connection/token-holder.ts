/** Tells whether two tokens are those of the same holder, who may then see what the page already shows. Pure. */

/** Claims that differ in each token of the same holder. */
const claimsOfOneToken: ReadonlySet<string> = new Set(["exp", "iat", "nbf", "jti", "auth_time"]);

/**
 * API keys tell nothing of their holder, so that another key counts as another holder's. JWTs are the same holder's
 * where they differ in their times and numbers only; the gateway verifies them, and the page need not.
 */
export function haveSameHolder(former: string, next: string): boolean {
  if (former === next) return true;
  const claims = claimsOf(former);
  return claims !== undefined && claims === claimsOf(next);
}

/** The claims of a JWT that tell who holds it, as text; undefined where the token is no JWT with a subject. */
function claimsOf(token: string): string | undefined {
  const [, payload, signature] = token.split(".");
  if (payload === undefined || signature === undefined) return undefined;
  try {
    const claims: unknown = JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/")));
    if (typeof claims !== "object" || claims === null || !("sub" in claims)) return undefined;
    const lasting = Object.entries(claims).filter(([name]) => !claimsOfOneToken.has(name));
    return JSON.stringify(lasting.sort(([a], [b]) => (a < b ? -1 : 1)));
  } catch {
    return undefined;
  }
}
