/** Finds a claim by its configured path, such as `scope` or `hg.tenant`. */
import type { Claims } from "./unverified-token.js";

/**
 * The value at the path; undefined when there is none. Names of claims have dots, too: at each step the longest name that
 * is there is taken, so `kubernetes.io.namespace` finds `namespace` in `kubernetes.io`, and
 * `https://desk.example/tenant` a claim of that name.
 */
export function claimAt(claims: Claims, path: string): unknown {
  let value: unknown = claims;
  for (let rest: string | undefined = path; rest !== undefined; ) {
    const name = longestName(value, rest);
    if (name === undefined) return undefined;
    value = (value as Claims)[name];
    rest = name.length === rest.length ? undefined : rest.slice(name.length + 1);
  }
  return value;
}

/** The longest beginning of the path, up to a dot or the end, that is the name of one of the object's own members. */
function longestName(value: unknown, path: string): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  for (let end = path.length; end > 0; end = path.lastIndexOf(".", end - 1)) {
    const name = path.slice(0, end);
    if (Object.hasOwn(value, name)) return name;
  }
  return undefined;
}
