/**
 * Answers kept under a client's key, so that a repeat runs nothing, after a restart neither: an answer is kept
 * before it is told. A failure is not kept: a repeat is sent to get an answer, and its key says that running twice
 * is safe.
 */
import { HeadgateError } from "../../protocol/errors.js";
import type { KeyedRequest } from "../catalog/inference-request.js";
import { isDigestOf, requestDigest } from "../catalog/request-digest.js";
import { inBrackets } from "../storage/write-fault.js";
import { SharedComputation } from "../waiting/shared-computation.js";
import type { Work } from "../waiting/work.js";
import type { AnswerStore } from "./answer-store.js";

interface Computing<T> {
  readonly fingerprint: string;
  readonly shared: SharedComputation<T>;
}

export class Idempotency<T> {
  /** What was asked under a key and is not kept yet. */
  private readonly computing = new Map<string, Computing<T>>();

  /** @param notKept hears of an answer that could not be written */
  constructor(
    private readonly store: AnswerStore<T>,
    private readonly notKept: (error: unknown) => void,
  ) {}

  /**
   * What was asked under this key before, or undefined.
   * @throws HeadgateError failed_precondition when the key was used for another request
   */
  known(namespace: string, request: KeyedRequest): SharedComputation<T> | undefined {
    const computing = this.computing.get(keyOf(namespace, request.key));
    if (computing !== undefined && !computing.shared.abandoned) {
      requireSame(computing.fingerprint, request);
      return computing.shared;
    }
    const stored = this.store.find(namespace, request.key);
    if (stored === undefined) return undefined;
    requireSame(stored.fingerprint, request);
    const told = { answer: Promise.resolve(stored.answer), cancel: () => {} };
    return stored.unwritten === true ? this.keep(namespace, request, told) : new SharedComputation(told);
  }

  keep(namespace: string, request: KeyedRequest, work: Work<T>): SharedComputation<T> {
    const id = keyOf(namespace, request.key);
    const mark = requestDigest(request); // now: the inputs may be given away to the engine
    const kept = async () => {
      const answer = await work.answer;
      try {
        await this.store.keep(namespace, request.key, { fingerprint: mark, answer });
      } catch (error) {
        this.notKept(error);
        throw unkept(error);
      }
      return answer;
    };
    const answer = kept();
    const computing = {
      fingerprint: mark,
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

/** An answer under a key is on disk before it is sent; where it cannot be, it is not sent. */
function unkept(cause: unknown): HeadgateError {
  return new HeadgateError(
    "unavailable",
    `the answer could not be kept under its key: the gateway could not write to its data folder${inBrackets(cause)}. ` +
      "Repeat the request with the same key: it is answered once it can be kept, and while this gateway runs it is not computed again",
    { processed: "maybe", cause },
  );
}

/** @throws HeadgateError failed_precondition */
function requireSame(known: string, request: KeyedRequest): void {
  if (!isDigestOf(known, request))
    throw new HeadgateError("failed_precondition", "key: it was used for another request; use a key once");
}

function keyOf(namespace: string, key: string): string {
  return `${namespace}\u0000${key}`;
}
