/**
 * Answers under keys on disk, in a file of their own: a key that is repeated after a restart gets the first answer.
 * Answers that arrive while a commit waits for the disk share the next one. The socket thread reads the mapped file
 * itself; a thread writes.
 */
import type { Clock } from "../clock.js";
import { pack, type TableWrite, unpack } from "../storage/lmdb/environment.js";
import type { Table, TableFile } from "../storage/lmdb/table-file.js";
import {
  type AccountLookup,
  type AnswerBounds,
  type AnswerEntry,
  AnswerIndex,
  type AnswerStore,
  type FoundAnswer,
  largestShare,
  type StoredAnswer,
} from "./answer-store.js";

/**
 * `answers` [sequence] to the packed answer; `kept` [sequence] to its entry. The number in their names is their form.
 */
export const answerDatabases = ["answers-1", "kept-1"] as const;
const [answersName, keptName] = answerDatabases;

export type AnswerTableName = (typeof answerDatabases)[number];

interface UnwrittenAnswer<T> {
  readonly entry: AnswerEntry<T>;
  readonly packed: Uint8Array;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export class LmdbAnswers<T> implements AnswerStore<T> {
  private readonly answers: Table;
  private readonly index: AnswerIndex<T>;
  private sequence = 0;
  private waiting: UnwrittenAnswer<T>[] = [];
  private writing: Promise<void> | undefined;
  /** Sequences that are still on disk and no longer in the index. */
  private gone: number[] = [];
  private closed = false;

  constructor(
    private readonly file: TableFile<AnswerTableName>,
    private readonly clock: Clock,
    private readonly bounds: AnswerBounds,
    accountOf?: AccountLookup,
  ) {
    this.answers = file.table(answersName);
    this.index = new AnswerIndex(bounds, accountOf);
    for (const { key, value } of file.table(keptName).getRange({})) {
      this.sequence = key as number;
      this.add({ ...unpack<Omit<AnswerEntry<T>, "sequence">>(value), sequence: this.sequence });
    }
  }

  requireRoom(namespace: string, tenant: string): void {
    this.forget(this.index.expired(this.clock.wall()));
    this.index.requireRoom(namespace, tenant);
  }

  find(namespace: string, key: string): FoundAnswer<T> | undefined {
    const found = this.index.find(namespace, key, this.clock.wall());
    if (found === undefined) return undefined;
    const { fingerprint, sequence, answer } = found;
    if (answer !== undefined) return { fingerprint, answer, unwritten: true };
    const packed = this.answers.get(sequence);
    return packed && { fingerprint, answer: unpack<T>(packed) };
  }

  keep(namespace: string, key: string, { fingerprint, tenant, answer }: StoredAnswer<T>): Promise<void> {
    if (this.closed) return Promise.reject(new Error("the answers are closed"));
    const packed = pack(answer);
    const bytes = packed.byteLength;
    if (bytes > this.bounds.bytesMax * largestShare) return Promise.resolve();
    const until = this.clock.wall() + this.bounds.ageMaxMs;
    const entry = { sequence: ++this.sequence, namespace, key, fingerprint, tenant, until, bytes };
    return new Promise((resolve, reject) => {
      this.waiting.push({ entry, packed, resolve, reject });
      this.writing ??= Promise.resolve().then(() => this.write());
    });
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.writing;
    await this.file.close();
  }

  private async write(): Promise<void> {
    while (this.waiting.length > 0) {
      const group = this.waiting.splice(0);
      const leaving = this.gone.splice(0);
      try {
        await this.file.write([
          ...group.flatMap(({ entry, packed }) => puts(entry, packed)),
          ...leaving.flatMap((key): TableWrite[] => answerDatabases.map((db) => ({ db, key }))),
        ]);
      } catch (error) {
        this.gone.push(...leaving);
        // Kept in memory for as long as this process lives, so that a repeat need not run again. It is copied,
        // because an answer is a view of its whole batch's memory.
        for (const { entry, packed } of group)
          this.add({ ...entry, answer: unpack<T>(new Uint8Array(packed)), unwritten: true });
        for (const { reject } of group) reject(error as Error);
        continue;
      }
      for (const { entry, resolve } of group) {
        this.add(entry);
        resolve();
      }
    }
    this.writing = undefined;
  }

  private add(entry: AnswerEntry<T>): void {
    this.forget(this.index.add(entry, this.clock.wall()));
  }

  /** Removes answers from the disk with the next write. */
  private forget(gone: readonly AnswerEntry<T>[]): void {
    this.gone.push(...gone.filter(({ answer }) => answer === undefined).map(({ sequence }) => sequence));
  }
}

function puts<T>({ sequence: key, ...entry }: AnswerEntry<T>, packed: Uint8Array): TableWrite[] {
  return [
    { db: answersName, key, value: packed },
    { db: keptName, key, value: pack(entry) },
  ];
}
