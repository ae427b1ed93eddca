/** The port of what keeps answers under their keys, and the index that every such store has. */

export interface StoredAnswer<T> {
  /** Of the request: a key is for one request. */
  readonly fingerprint: string;
  readonly answer: T;
}

export interface FoundAnswer<T> extends StoredAnswer<T> {
  /** It could not be written: it is known until this process ends, and must not be told before it is kept. */
  readonly unwritten?: boolean;
}

export interface AnswerStore<T> {
  find(namespace: string, key: string): FoundAnswer<T> | undefined;
  /**
   * Settles once a repeat will find it, in the place of what was under that key. One larger than an eighth of all
   * that may be kept is let be.
   * @throws Error when it could not be written: then it is found as `unwritten`
   */
  keep(namespace: string, key: string, stored: StoredAnswer<T>): Promise<void>;
  close(): Promise<void>;
}

export interface AnswerBounds {
  readonly countMax: number;
  readonly bytesMax: number;
  /** Milliseconds. */
  readonly ageMaxMs: number;
}

/** The largest answer that is kept, as a share of all bytes: one must not push out all others. */
export const largestShare = 1 / 8;

export interface KeptEntry<T> {
  /** Grows with each that is kept. */
  readonly sequence: number;
  readonly namespace: string;
  readonly key: string;
  readonly fingerprint: string;
  /** Milliseconds since the epoch from which it is forgotten. */
  readonly until: number;
  readonly bytes: number;
  /** Where it is not on disk. */
  readonly answer?: T;
  /** It could not be written to where it should be. */
  readonly unwritten?: boolean;
}

/** What is kept, the oldest first. Bounded in number, bytes and age. */
export class AnswerIndex<T> {
  private readonly entries = new Map<string, KeptEntry<T>>();
  private bytes = 0;

  constructor(private readonly bounds: AnswerBounds) {}

  find(namespace: string, key: string, wallNow: number): KeptEntry<T> | undefined {
    const found = this.entries.get(idOf(namespace, key));
    return found !== undefined && found.until > wallNow ? found : undefined;
  }

  /** Adds one, and answers those that leave for it. */
  add(entry: KeptEntry<T>, wallNow: number): readonly KeptEntry<T>[] {
    const id = idOf(entry.namespace, entry.key);
    const gone: KeptEntry<T>[] = [];
    const before = this.entries.get(id);
    if (before !== undefined) gone.push(this.drop(id, before));
    this.entries.set(id, entry);
    this.bytes += entry.bytes;
    for (const [other, oldest] of this.entries) {
      const tooMany = this.entries.size > this.bounds.countMax || this.bytes > this.bounds.bytesMax;
      if (!tooMany && oldest.until > wallNow) break;
      gone.push(this.drop(other, oldest));
    }
    return gone;
  }

  private drop(id: string, entry: KeptEntry<T>): KeptEntry<T> {
    this.entries.delete(id);
    this.bytes -= entry.bytes;
    return entry;
  }
}

function idOf(namespace: string, key: string): string {
  return `${namespace}\u0000${key}`;
}
