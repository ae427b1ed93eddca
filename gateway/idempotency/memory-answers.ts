/** Answers under keys in memory, for tests: they end with the process. */
import type { Clock } from "../clock.js";
import {
  type AccountLookup,
  type AnswerBounds,
  AnswerIndex,
  type AnswerStore,
  largestShare,
  type StoredAnswer,
} from "./answer-store.js";

export class MemoryAnswers<T> implements AnswerStore<T> {
  private readonly index: AnswerIndex<T>;
  private sequence = 0;

  constructor(
    private readonly clock: Clock,
    private readonly bounds: AnswerBounds,
    private readonly bytesOf: (answer: T) => number,
    accountOf?: AccountLookup,
  ) {
    this.index = new AnswerIndex(bounds, accountOf);
  }

  requireRoom(namespace: string, tenant: string): void {
    this.index.expired(this.clock.wall());
    this.index.requireRoom(namespace, tenant);
  }

  find(namespace: string, key: string): StoredAnswer<T> | undefined {
    const found = this.index.find(namespace, key, this.clock.wall());
    if (found?.answer === undefined) return undefined;
    return { fingerprint: found.fingerprint, answer: found.answer };
  }

  async keep(
    namespace: string,
    key: string,
    { fingerprint, tenant, answer }: StoredAnswer<T>,
  ): Promise<void> {
    const bytes = this.bytesOf(answer);
    if (bytes > this.bounds.bytesMax * largestShare) return;
    const until = this.clock.wall() + this.bounds.ageMaxMs;
    this.index.add(
      { sequence: ++this.sequence, namespace, key, fingerprint, tenant, until, bytes, answer },
      this.clock.wall(),
    );
  }

  async close(): Promise<void> {}
}
