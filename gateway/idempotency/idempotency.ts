/**
 * Answers kept under clients' idempotency keys, so that a repeat does not run again, even after a restart: an answer
 * is kept before it is sent. Failures are not kept: a repeat is sent to get an answer, and its key says that running
 * twice is safe.
 */
import { HeadgateError } from "../../protocol/errors.js";
import { namespacedKey } from "../auth/namespaced-key.js";
import { inBrackets } from "../storage/write-fault.js";
import type { PendingAnswer } from "../waiting/pending-answer.js";
import { SharedComputation } from "../waiting/shared-computation.js";
import type { AnswerStore } from "./answer-store.js";

/** What tells one request from another. */
export interface Fingerprint {
  /** The form in which it is kept beside an answer. */
  readonly mark: string;
  /** Whether a mark belongs to this request; an earlier gateway may have made it in another form. */
  matches(mark: string): boolean;
}

/** A key, and the request that carries it. */
export interface IdempotencyKey {
  readonly namespace: string;
  readonly key: string;
  readonly fingerprint: Fingerprint;
  /** The tenant whose quota of kept bytes the answer counts for; absent for the gateway's own requests. */
  readonly tenant?: string | undefined;
}

interface KeyedComputation<T> {
  readonly mark: string;
  readonly shared: SharedComputation<T>;
}

export class Idempotency<T> {
  /** Requests under a key whose answers are not kept yet. */
  private readonly computing = new Map<string, KeyedComputation<T>>();

  /** @param notKept called for an answer that could not be written */
  constructor(
    private readonly store: AnswerStore<T>,
    private readonly notKept: (error: unknown) => void,
  ) {}

  /**
   * The request that was made under this key before, or undefined.
   * @throws HeadgateError failed_precondition when the key was used for another request
   */
  known(use: IdempotencyKey): SharedComputation<T> | undefined {
    const { namespace, key, fingerprint } = use;
    const computing = this.computing.get(namespacedKey(namespace, key));
    if (computing !== undefined && !computing.shared.abandoned) {
      requireSame(computing.mark, fingerprint);
      return computing.shared;
    }
    const stored = this.store.find(namespace, key);
    if (stored === undefined) return undefined;
    requireSame(stored.fingerprint, fingerprint);
    const answered = { answer: Promise.resolve(stored.answer), cancel: () => {} };
    return stored.unwritten === true ? this.keep(use, answered) : new SharedComputation(answered);
  }

  /**
   * Asked before the request of a new key is computed.
   * @throws HeadgateError resource_exhausted when its tenant may keep no answer
   */
  requireRoom({ namespace, tenant }: IdempotencyKey): void {
    if (tenant !== undefined) this.store.requireRoom(namespace, tenant);
  }

  keep(
    { namespace, key, fingerprint, tenant }: IdempotencyKey,
    work: PendingAnswer<T>,
  ): SharedComputation<T> {
    const id = namespacedKey(namespace, key);
    const { mark } = fingerprint; // computed at once, because the engine may take the inputs' buffers
    const kept = async () => {
      const answer = await work.answer;
      try {
        await this.store.keep(namespace, key, { fingerprint: mark, tenant, answer });
      } catch (error) {
        this.notKept(error);
        throw unkept(error);
      }
      return answer;
    };
    const answer = kept();
    const computing = {
      mark,
      shared: new SharedComputation({ answer, cancel: () => work.cancel() }),
    };
    this.computing.set(id, computing);
    const done = () => {
      if (this.computing.get(id) === computing) this.computing.delete(id);
    };
    answer.then(done, done);
    return computing.shared;
  }
}

/** An answer under a key is on disk before it is sent; where it cannot be written it is not sent. */
function unkept(cause: unknown): HeadgateError {
  return new HeadgateError(
    "unavailable",
    `the answer could not be kept under its key: the gateway could not write to its data folder${inBrackets(cause)}. ` +
      "Repeat the request with the same key: it is answered once it can be kept, and while this gateway runs it is not computed again",
    { processed: "maybe", cause },
  );
}

/** @throws HeadgateError failed_precondition */
function requireSame(known: string, fingerprint: Fingerprint): void {
  if (!fingerprint.matches(known))
    throw new HeadgateError("failed_precondition", "key: it was used for another request; use a key once");
}
