/** The scopes as sets, as principals have them. */
import { type Scope, scopes } from "../config/scopes.js";

export { type Scope, scopes };

export const allScopes: ReadonlySet<Scope> = new Set(scopes);

const known: ReadonlySet<string> = allScopes;

export function isScope(text: string): text is Scope {
  return known.has(text);
}
