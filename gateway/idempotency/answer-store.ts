/** The port of the stores that keep answers under idempotency keys, and the index that every such store has. */

import type { QuotaAccount } from "../quotas/quota-account.js";

export interface StoredAnswer<T> {
  /** The request's fingerprint: a key is for one request only. */
  readonly fingerprint: string;
  /** The tenant whose quota of kept bytes it counts for. */
  readonly tenant?: string | undefined;
  readonly answer: T;
}

export interface FoundAnswer<T> extends StoredAnswer<T> {
  /** The answer could not be written: it is known until this process ends, and must not be sent before it is kept. */
  readonly unwritten?: boolean;
}

export interface AnswerStore<T> {
  find(namespace: string, key: string): FoundAnswer<T> | undefined;
  /**
   * Asked before a request with a new key is computed.
   * @throws HeadgateError resource_exhausted when its tenant may keep nothing more, and has no earlier answer in the
   * namespace that would be removed for it
   */
  requireRoom(namespace: string, tenant: string): void;
  /**
   * Settles once a repeat of the key will find this answer, which replaces an earlier one under the key. An answer of
   * more than an eighth of its namespace's bytes is not kept.
   * @throws Error when it could not be written: then it is found as `unwritten`
   */
  keep(namespace: string, key: string, stored: StoredAnswer<T>): Promise<void>;
  close(): Promise<void>;
}

/** Bounds of each namespace. */
export interface AnswerBounds {
  readonly countMax: number;
  readonly bytesMax: number;
  /** Milliseconds. */
  readonly ageMaxMs: number;
}

/** The largest answer that is kept, as a share of its namespace's bytes: one answer must not push out all others. */
export const largestShare = 1 / 8;

export interface AnswerEntry<T> {
  /** Increases with each answer that is kept. */
  readonly sequence: number;
  readonly namespace: string;
  readonly key: string;
  readonly fingerprint: string;
  readonly tenant?: string | undefined;
  /** Milliseconds since the epoch at which it expires. */
  readonly until: number;
  readonly bytes: number;
  /** Present where it is not on disk. */
  readonly answer?: T;
  /** It could not be written to the disk. */
  readonly unwritten?: boolean;
}

interface CountedEntry<T> {
  readonly entry: AnswerEntry<T>;
  /** The account that it was counted in. */
  readonly account: QuotaAccount | undefined;
}

interface NamespaceAnswers<T> {
  /** The oldest first. */
  readonly entries: Map<string, CountedEntry<T>>;
  bytes: number;
}

/** The account that a tenant's answers count for. */
export type AccountLookup = (tenant: string) => QuotaAccount;

/** Milliseconds between two searches for expired answers in namespaces that keep nothing new. */
const sweepMs = 60_000;

/**
 * The index of the kept answers. Each namespace has bounds of its own in number, bytes and age: another's answers
 * cannot push out its own. Each tenant has a bound in bytes, for which only its own answers are removed.
 */
export class AnswerIndex<T> {
  private readonly rooms = new Map<string, NamespaceAnswers<T>>();
  private sweptAt = -Infinity;

  /** @param accountOf absent where tenants have no quotas */
  constructor(
    private readonly bounds: AnswerBounds,
    private readonly accountOf?: AccountLookup,
  ) {}

  find(namespace: string, key: string, wallNow: number): AnswerEntry<T> | undefined {
    const found = this.rooms.get(namespace)?.entries.get(key)?.entry;
    return found !== undefined && found.until > wallNow ? found : undefined;
  }

  /**
   * Call `expired` before it, so that expired answers do not count.
   * @throws HeadgateError resource_exhausted when the tenant may keep nothing more and has no answer in the namespace
   */
  requireRoom(namespace: string, tenant: string): void {
    const account = this.accountOf?.(tenant);
    if (account === undefined || account.hasRoomFor("kept_bytes", 1)) return;
    for (const each of this.rooms.get(namespace)?.entries.values() ?? [])
      if (each.account === account) return;
    account.requireRoomFor("kept_bytes", 1);
  }

  /** Adds an entry. Returns the entries that are removed for it, and those that have expired. */
  add(entry: AnswerEntry<T>, wallNow: number): readonly AnswerEntry<T>[] {
    const room = this.rooms.get(entry.namespace) ?? { entries: new Map<string, CountedEntry<T>>(), bytes: 0 };
    this.rooms.set(entry.namespace, room);
    const gone: AnswerEntry<T>[] = [];
    const before = room.entries.get(entry.key);
    if (before !== undefined) gone.push(drop(room, before));
    const account = entry.tenant === undefined ? undefined : this.accountOf?.(entry.tenant);
    account?.hold("kept_bytes", entry.bytes);
    room.entries.set(entry.key, { entry, account });
    room.bytes += entry.bytes;
    gone.push(...this.leaving(room, wallNow));
    if (account !== undefined) gone.push(...overQuota(room, account));
    gone.push(...this.expired(wallNow));
    return gone;
  }

  /** Removes and returns the entries that have expired, once a minute at most. */
  expired(wallNow: number): AnswerEntry<T>[] {
    if (wallNow < this.sweptAt + sweepMs) return [];
    this.sweptAt = wallNow;
    return [...this.rooms.values()].flatMap((room) => this.leaving(room, wallNow));
  }

  private leaving(room: NamespaceAnswers<T>, wallNow: number): AnswerEntry<T>[] {
    const gone: AnswerEntry<T>[] = [];
    for (const oldest of room.entries.values()) {
      const tooMany = room.entries.size > this.bounds.countMax || room.bytes > this.bounds.bytesMax;
      if (!tooMany && oldest.entry.until > wallNow) break;
      gone.push(drop(room, oldest));
    }
    return gone;
  }
}

/** Removes the tenant's oldest answers in a namespace until it holds no more than it may. */
function overQuota<T>(room: NamespaceAnswers<T>, account: QuotaAccount): AnswerEntry<T>[] {
  const gone: AnswerEntry<T>[] = [];
  for (const each of room.entries.values()) {
    if (account.hasRoomFor("kept_bytes", 0)) break;
    if (each.account === account) gone.push(drop(room, each));
  }
  return gone;
}

function drop<T>(room: NamespaceAnswers<T>, { entry, account }: CountedEntry<T>): AnswerEntry<T> {
  room.entries.delete(entry.key);
  room.bytes -= entry.bytes;
  account?.release("kept_bytes", entry.bytes);
  return entry;
}
