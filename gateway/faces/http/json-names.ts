/**
 * Refuses a member named `__proto__` anywhere in a JSON body. Copying such a member to another object sets that object's
 * prototype instead, or drops the member without a word, so that a request would be answered as if it were not there.
 */
import { invalidArgument } from "../../../protocol/errors.js";

const inherited = "__proto__";

/** The name itself, and the escape with which any of its letters may be written. */
const suspicious = /__proto__|\\u/;

/**
 * @param text that `value` was parsed from: only few texts are worth the walk through their values
 * @throws HeadgateError invalid_argument that names the member's path
 */
export function requireOwnNames(text: string, value: unknown): void {
  if (suspicious.test(text)) walk(value, "");
}

/** The depth is limited before the text is parsed. */
function walk(value: unknown, path: string): void {
  if (typeof value !== "object" || value === null) return;
  for (const [name, member] of Object.entries(value)) {
    const at = Array.isArray(value) ? `${path}[${name}]` : path === "" ? name : `${path}.${name}`;
    if (name === inherited) throw invalidArgument(at, "is no name: choose another");
    walk(member, at);
  }
}
