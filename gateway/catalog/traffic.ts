/**
 * Chooses the version for a request that names none, by weighted rendezvous hashing. Each key has a score for each
 * version and is given to the version with the highest score. So a key keeps its version until the weights change,
 * and then only keys of a version whose share shrinks move. Pure.
 *
 * Source: Schindelhauer and Schomaker, "Weighted distributed hash tables", 2005.
 */
export interface VersionWeight {
  readonly version: string;
  /** Greater than 0; only the ratio between versions matters. */
  readonly weight: number;
}

/**
 * @param versions at least one
 * @param key identifies the client and the model
 */
export function chooseVersion(versions: readonly VersionWeight[], key: string): string {
  let best = "";
  let highest = -Infinity;
  for (const { version, weight } of versions) {
    const score = -weight / Math.log(uniform(key, version));
    if (score > highest) {
      highest = score;
      best = version;
    }
  }
  return best;
}

/** The share of the keys that each version gets; the shares sum to 1. */
export function sharesOf(versions: readonly VersionWeight[]): ReadonlyMap<string, number> {
  const total = versions.reduce((sum, { weight }) => sum + weight, 0);
  return new Map(versions.map(({ version, weight }) => [version, weight / total]));
}

/** A hash of both strings (FNV-1a with the final mixing of murmur3), as a number strictly between 0 and 1. */
function uniform(key: string, version: string): number {
  let hash = 0x811c9dc5;
  for (const text of [key, "\u0000", version])
    for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (((hash ^ (hash >>> 16)) >>> 0) + 0.5) / 2 ** 32;
}
