/** The API keys of the keys file by the hash of their token, and what becomes of their principals when it changes. */
import type { KeyRecord } from "./key-records.js";
import type { Principal } from "./principal.js";

/** A key of the file, and the principal of whoever presents its token. */
export interface FileKey {
  readonly record: KeyRecord;
  readonly principal: Principal;
}

/** How the keys in force differ from those before. */
export interface KeysDifference {
  readonly added: number;
  /** Those that were revoked or removed, or belong to another tenant or namespace now. */
  readonly ended: number;
  readonly changed: number;
}

export class FileKeys {
  /** Only keys that are not revoked are here; expiry is checked when a key is found. */
  private byHash: ReadonlyMap<string, FileKey> = new Map();
  private revoked: ReadonlyMap<string, string> = new Map();
  private readonly keyOf = new WeakMap<Principal, FileKey>();

  constructor(private readonly principalOf: (record: KeyRecord) => Principal) {}

  get count(): number {
    return this.byHash.size;
  }

  [Symbol.iterator](): Iterator<FileKey> {
    return this.byHash.values();
  }

  /**
   * The lookup need not take constant time: what it could tell is the hash of a token of 256 random bits, from which
   * no one gets the token.
   */
  find(hash: string): FileKey | undefined {
    return this.byHash.get(hash);
  }

  /** The id of a revoked key, for the log: its owner may still be using it. */
  revokedId(hash: string): string | undefined {
    return this.revoked.get(hash);
  }

  /** The key that made this principal, which may have been replaced since; undefined for any other principal. */
  ofPrincipal(principal: Principal): FileKey | undefined {
    return this.keyOf.get(principal);
  }

  replace(records: readonly KeyRecord[]): KeysDifference {
    const before = this.byHash;
    const next = new Map<string, FileKey>();
    const revoked = new Map<string, string>();
    let added = 0;
    let changed = 0;
    for (const record of records) {
      if (record.revoked_at !== undefined) {
        revoked.set(record.sha256, record.id);
        continue;
      }
      const known = before.get(record.sha256);
      const key = known !== undefined && isSame(known.record, record) ? known : this.keyFor(record);
      next.set(record.sha256, key);
      if (known === undefined) added++;
      else if (key !== known) changed++;
    }
    const ended = [...before.values()].filter(({ record, principal }) => {
      const successor = next.get(record.sha256);
      return successor === undefined || !isSameHolder(principal, successor.principal);
    }).length;
    this.byHash = next;
    this.revoked = revoked;
    return { added, changed, ended };
  }

  /**
   * The principal as the file has it now: the same object while nothing changed, another one when the key's grants
   * or expiry changed, and undefined when the key was revoked or removed, or given to another tenant or namespace.
   */
  review(principal: Principal): Principal | undefined {
    const key = this.keyOf.get(principal);
    if (key === undefined) return principal; // another kind of credential made it
    const present = this.byHash.get(key.record.sha256)?.principal;
    return present !== undefined && isSameHolder(principal, present) ? present : undefined;
  }

  private keyFor(record: KeyRecord): FileKey {
    const key = { record, principal: this.principalOf(record) };
    this.keyOf.set(key.principal, key);
    return key;
  }
}

/** Whether two records of one hash grant the same, for as long. */
function isSame(one: KeyRecord, other: KeyRecord): boolean {
  return (
    one.id === other.id &&
    one.tenant === other.tenant &&
    one.namespace === other.namespace &&
    one.expires_at === other.expires_at &&
    isSameList(one.scopes, other.scopes) &&
    isSameList(one.topics, other.topics)
  );
}

function isSameList(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((each, at) => each === other[at]);
}

function isSameHolder(one: Principal, other: Principal): boolean {
  return one.tenant === other.tenant && one.namespace === other.namespace;
}
