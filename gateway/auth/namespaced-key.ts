/**
 * Joins a namespace and a name to one map key. Different pairs give different keys: a namespace contains only
 * letters, digits and . _ -, so the first NUL always ends it, whatever the name contains.
 */
export function namespacedKey(namespace: string, name: string): string {
  return `${namespace}\u0000${name}`;
}
