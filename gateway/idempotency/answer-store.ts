/** The port of the stores that keep answers under idempotency keys, and the index that every such store has. */

export interface StoredAnswer<T> {
  /** The request's fingerprint: a key is for one request only. */
  readonly fingerprint: string;
  readonly answer: T;
}

export interface FoundAnswer<T> extends StoredAnswer<T> {
  /** The answer could not be written: it is known until this process ends, and must not be sent before it is kept. */
  readonly unwritten?: boolean;
}

export interface AnswerStore<T> {
  find(namespace: string, key: string): FoundAnswer<T> | undefined;
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
  /** Milliseconds since the epoch at which it expires. */
  readonly until: number;
  readonly bytes: number;
  /** Present where it is not on disk. */
  readonly answer?: T;
  /** It could not be written to the disk. */
  readonly unwritten?: boolean;
}

interface NamespaceAnswers<T> {
  /** The oldest first. */
  readonly entries: Map<string, AnswerEntry<T>>;
  bytes: number;
}

/** Milliseconds between two searches for expired answers in namespaces that keep nothing new. */
const sweepMs = 60_000;

/**
 * The index of the kept answers. Each namespace has bounds of its own in number, bytes and age: another's answers
 * cannot push out its own.
 */
export class AnswerIndex<T> {
  private readonly rooms = new Map<string, NamespaceAnswers<T>>();
  private sweptAt = -Infinity;

  constructor(private readonly bounds: AnswerBounds) {}

  find(namespace: string, key: string, wallNow: number): AnswerEntry<T> | undefined {
    const found = this.rooms.get(namespace)?.entries.get(key);
    return found !== undefined && found.until > wallNow ? found : undefined;
  }

  /** Adds an entry. Returns the entries that are removed for it, and those that have expired. */
  add(entry: AnswerEntry<T>, wallNow: number): readonly AnswerEntry<T>[] {
    const room = this.rooms.get(entry.namespace) ?? { entries: new Map<string, AnswerEntry<T>>(), bytes: 0 };
    this.rooms.set(entry.namespace, room);
    const gone: AnswerEntry<T>[] = [];
    const before = room.entries.get(entry.key);
    if (before !== undefined) gone.push(drop(room, before));
    room.entries.set(entry.key, entry);
    room.bytes += entry.bytes;
    gone.push(...this.leaving(room, wallNow));
    if (wallNow < this.sweptAt + sweepMs) return gone;
    this.sweptAt = wallNow;
    for (const other of this.rooms.values()) gone.push(...this.leaving(other, wallNow));
    return gone;
  }

  private leaving(room: NamespaceAnswers<T>, wallNow: number): AnswerEntry<T>[] {
    const gone: AnswerEntry<T>[] = [];
    for (const oldest of room.entries.values()) {
      const tooMany = room.entries.size > this.bounds.countMax || room.bytes > this.bounds.bytesMax;
      if (!tooMany && oldest.until > wallNow) break;
      gone.push(drop(room, oldest));
    }
    return gone;
  }
}

function drop<T>(room: NamespaceAnswers<T>, entry: AnswerEntry<T>): AnswerEntry<T> {
  room.entries.delete(entry.key);
  room.bytes -= entry.bytes;
  return entry;
}
