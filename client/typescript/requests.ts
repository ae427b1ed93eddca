/**
 * Requests between the user and the connection: each is answered once. They wait for credits and for a connection,
 * carry the time that remains, and are sent again when that is surely safe.
 */
import type { EncodedMessage, TextSize } from "../../protocol/codec.js";
import { HeadgateError } from "../../protocol/errors.js";
import type { ClientFrame, ErrorFrame, GatewayFrame } from "../../protocol/frames.js";
import { type Allowance, tooDeep, tooLarge } from "./allowance.js";
import { DeadlineTimer } from "./deadline-timer.js";
import { PendingRequest, type RequestCall, type RequestSpec } from "./pending-request.js";
import { aborted, errorOf } from "./request-errors.js";
import { RequestQueue } from "./request-queue.js";
import { RequestsInFlight } from "./requests-in-flight.js";
import { type UnavailableDetails, UnavailableError } from "./unavailable-error.js";

/** What sends frames: the link. */
export interface RequestChannel {
  readonly open: boolean;
  encode(frame: ClientFrame): EncodedMessage;
  size(encoded: EncodedMessage): number;
  textSize(frame: ClientFrame, encoded: EncodedMessage): TextSize;
  send(encoded: EncodedMessage): void;
}

/** How long to wait past a deadline for the gateway's own error, which says whether the request ran. */
const graceMs = 20;
const retryFirstMs = 20;

export class ClientRequests {
  private readonly waiting = new RequestQueue<PendingRequest>();
  /** Requests that were sent. One that was given up stays until its answer frees the credit. */
  private readonly inFlight = new RequestsInFlight<PendingRequest>();
  /** Refused for now, and to be sent again after a pause. */
  private readonly pausing = new Set<PendingRequest>();
  private readonly deadlines = new DeadlineTimer<PendingRequest>(graceMs, (pending) =>
    this.abandon(pending, this.lateness(pending)),
  );
  private bytesInFlight = 0;
  /** Nothing is allowed before the first connection. */
  private allowed: Allowance = { credits: 0, bytesInFlight: 0, messageBytes: 0, textBytes: 0, textValues: 0 };
  private failure: HeadgateError | undefined;
  private impatient = false;
  private isUp = false;

  /**
   * @param attemptsMax how often a request is sent before its refusal is reported
   * @param noGateway the error of a request that found no gateway: it names the addresses and the cause
   */
  constructor(
    private readonly way: RequestChannel,
    private readonly attemptsMax = 5,
    private readonly noGateway = (what = "no gateway answers") => new UnavailableError(what),
  ) {}

  ask<T>(ask: RequestCall<T>): Promise<T>;
  ask(ask: RequestSpec): Promise<GatewayFrame>;
  ask(ask: RequestSpec): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const pending = new PendingRequest(ask, performance.now() + ask.timeoutMs, resolve, reject);
      const refusal = this.refusal(ask);
      if (refusal !== undefined) return this.fail(pending, refusal);
      if (ask.timeoutMs < Infinity) this.deadlines.add(pending);
      if (ask.signal !== undefined) this.watch(pending, ask.signal);
      if (ask.first) this.waiting.pushFirst(pending);
      else this.waiting.push(pending);
      this.pump();
    });
  }

  /** Why a request cannot even wait. */
  private refusal({ signal, impatient }: RequestSpec): HeadgateError | undefined {
    if (this.failure !== undefined) return this.failure;
    if (signal?.aborted) return aborted(signal);
    return impatient && this.impatient ? this.noGateway() : undefined;
  }

  /** A connection is up: what waits is sent. */
  up(allowed: Allowance): void {
    this.allowed = allowed;
    this.impatient = false;
    this.isUp = true;
    this.pump();
  }

  /** The connection is gone: what may safely be sent again waits, the rest fails. */
  down(reason: string): void {
    this.isUp = false;
    const lost = this.inFlight.values().filter((pending) => !pending.settled);
    this.inFlight.clear();
    this.bytesInFlight = 0;
    const again = lost.filter((pending) => pending.ask.repeatable);
    this.waiting.putBack(again);
    for (const pending of lost)
      if (!pending.ask.repeatable)
        this.fail(pending, new UnavailableError(reason, { ...this.whereAndWhy(), processed: "maybe" }));
  }

  /** There was no gateway for a while: requests that a fallback can answer fail at once. */
  failImpatient(): void {
    this.impatient = true;
    for (const pending of this.pausing) if (pending.ask.impatient) this.fail(pending, this.noGateway());
    for (const pending of this.waiting.values())
      if (pending.ask.impatient && !pending.settled) this.failWaiting(pending, this.noGateway());
  }

  /** Fails everything, now and later: nothing will be answered any more. */
  end(error: HeadgateError): void {
    this.failure = error;
    for (const pending of [...this.waiting.values(), ...this.pausing, ...this.inFlight.values()])
      this.fail(pending, error);
    this.waiting.clear();
    this.inFlight.clear();
    this.deadlines.clear();
  }

  /** Takes a frame with an id. A frame that no request waits for is dropped. */
  answer(frame: GatewayFrame & { readonly id: number }): void {
    const pending = this.inFlight.remove(frame.id);
    if (pending === undefined) return;
    this.bytesInFlight -= pending.bytes;
    if (frame.type === "error") {
      if (!pending.settled) this.failed(pending, frame);
    } else if (this.settle(pending)) pending.answer(frame);
    this.pump();
  }

  pump(): void {
    while (this.way.open && this.inFlight.size < this.allowed.credits) {
      const next = this.waiting.first();
      if (next === undefined || !this.launch(next)) return;
      this.waiting.shift();
    }
  }

  /** Sends a request. @returns false when the bytes in flight leave no room for it now */
  private launch(pending: PendingRequest): boolean {
    const id = this.inFlight.nextId();
    const encoded = this.encode(pending, id);
    if (encoded === undefined) return true;
    const { bytes } = pending;
    if (this.bytesInFlight > 0 && this.bytesInFlight + bytes > this.allowed.bytesInFlight) return false;
    pending.attempts++;
    this.inFlight.add(id, pending);
    this.bytesInFlight += bytes;
    this.way.send(encoded);
    return true;
  }

  /** Undefined when it cannot be encoded or is too large: then it fails, and those behind it go on. */
  private encode(pending: PendingRequest, id: number): EncodedMessage | undefined {
    const { ask } = pending;
    try {
      const remainingMs = Math.ceil(Math.max(1, pending.deadline - performance.now()));
      const known = ask.encoded?.(id, remainingMs);
      const encoded = known ?? this.encodeFrame(ask.frame(id, remainingMs));
      pending.bytes = this.way.size(encoded);
      const textSize = () => this.way.textSize(ask.frame(id, remainingMs), encoded);
      const problem = tooLarge(this.allowed, pending.bytes, textSize);
      if (problem === undefined) return encoded;
      this.fail(pending, problem);
    } catch (cause) {
      const problem = cause instanceof Error ? cause.message : String(cause);
      const error = new HeadgateError("invalid_argument", `the request: ${problem}`, { cause });
      this.fail(pending, cause instanceof HeadgateError ? cause : error);
    }
    return undefined;
  }

  private encodeFrame(frame: ClientFrame): EncodedMessage {
    const deep = tooDeep(frame);
    if (deep !== undefined) throw deep;
    return this.way.encode(frame);
  }

  private failed(pending: PendingRequest, frame: ErrorFrame): void {
    const error = errorOf(frame);
    const safe = frame.processed === "no" || pending.ask.repeatable;
    const pauseMs = frame.retry_after_ms ?? retryFirstMs * 2 ** pending.attempts * Math.random();
    const inTime = performance.now() + pauseMs < pending.deadline;
    if (!frame.retryable || !safe || !inTime || pending.attempts >= this.attemptsMax)
      return this.fail(pending, error);
    this.pausing.add(pending);
    setTimeout(() => {
      this.pausing.delete(pending);
      if (pending.settled) return;
      this.waiting.pushFirst(pending);
      this.pump();
    }, pauseMs);
  }

  private watch(pending: PendingRequest, signal: AbortSignal): void {
    const abort = () => this.abandon(pending, aborted(signal));
    signal.addEventListener("abort", abort);
    pending.unwatch = () => signal.removeEventListener("abort", abort);
  }

  /** The error of a request whose time passed. Without a connection it says which address was tried and why it failed. */
  private lateness(pending: PendingRequest): HeadgateError {
    const { timeoutMs } = pending.ask;
    const isWaiting = pending.id === undefined && !this.pausing.has(pending);
    if (isWaiting && !this.isUp)
      return this.noGateway(`no gateway answered within the call's ${timeoutMs} ms`);
    const processed = pending.id === undefined ? "no" : "maybe";
    return new HeadgateError("deadline_exceeded", `no answer within ${timeoutMs} ms`, { processed });
  }

  private whereAndWhy(): UnavailableDetails {
    const { addresses, cause } = this.noGateway();
    return { addresses, cause };
  }

  /** Gives a request up: the gateway is told to cancel it, so that it computes nothing. */
  private abandon(pending: PendingRequest, error: HeadgateError): void {
    if (pending.settled) return;
    if (pending.id === undefined && !this.pausing.has(pending)) return this.failWaiting(pending, error);
    if (pending.id !== undefined) this.way.send(this.way.encode({ type: "cancel", id: pending.id }));
    this.fail(pending, error);
  }

  private failWaiting(pending: PendingRequest, error: HeadgateError): void {
    this.fail(pending, error);
    this.waiting.settledOne();
  }

  private fail(pending: PendingRequest, error: HeadgateError): void {
    if (this.settle(pending)) pending.fail(error);
  }

  /** @returns false when it was settled before */
  private settle(pending: PendingRequest): boolean {
    if (pending.settled) return false;
    pending.settled = true;
    this.deadlines.settled(pending);
    pending.unwatch?.();
    return true;
  }
}
