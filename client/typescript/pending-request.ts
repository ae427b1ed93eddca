/** One request of a client: what is asked, and what becomes of it. It is answered or fails once. */
import type { EncodedMessage } from "../../protocol/codec.js";
import type { HeadgateError } from "../../protocol/errors.js";
import type { ClientFrame, GatewayFrame } from "../../protocol/frames.js";

export interface RequestSpec {
  /** The frame to send, made anew for each attempt. */
  frame(id: number, remainingMs: number): ClientFrame;
  /** The same frame, encoded already; undefined where `frame` has to be encoded. */
  encoded?(id: number, remainingMs: number): EncodedMessage | undefined;
  /** Whether it may be sent again although it may have run. */
  readonly repeatable: boolean;
  /** Milliseconds for everything; Infinity for a request that only the gateway may end. */
  readonly timeoutMs: number;
  /** Whether it is given up when there is no gateway for a while, because the fallback can answer. */
  readonly impatient?: boolean;
  /** Whether it is sent ahead of what waits: a stream is opened before it is fed. */
  readonly first?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** A request that makes something of its answer itself: its caller then waits for one promise, not for a chain. */
export interface RequestCall<T> extends RequestSpec {
  answered(frame: GatewayFrame): T;
  /** What the caller gets in place of an answer. @throws the error that the caller gets */
  failed(error: HeadgateError): T | PromiseLike<T>;
}

export class PendingRequest {
  /** Takes the listener off the signal, which may outlive its requests by days. */
  unwatch: (() => void) | undefined = undefined;
  /** Its number on this connection while it is in flight. */
  id: number | undefined = undefined;
  bytes = 0;
  attempts = 0;
  settled = false;
  /** Whether its deadline is still watched. */
  isTimed = false;

  constructor(
    readonly ask: RequestSpec | RequestCall<unknown>,
    /** By the clock of `performance.now`, which nobody sets. */
    readonly deadline: number,
    private readonly resolve: (value: unknown) => void,
    private readonly reject: (error: unknown) => void,
  ) {}

  answer(frame: GatewayFrame): void {
    const { ask } = this;
    try {
      this.resolve("answered" in ask ? ask.answered(frame) : frame);
    } catch (error) {
      this.reject(error);
    }
  }

  fail(error: HeadgateError): void {
    const { ask } = this;
    if (!("failed" in ask)) return this.reject(error);
    try {
      this.resolve(ask.failed(error));
    } catch (own) {
      this.reject(own);
    }
  }
}
