/**
 * A namespace and a name in it, as one key of a map. No two pairs have the same: a namespace holds letters, digits and
 * . _ - alone, so the first NUL is the end of it, whatever the name holds.
 */
export function namespacedKey(namespace: string, name: string): string {
  return `${namespace}\u0000${name}`;
}
