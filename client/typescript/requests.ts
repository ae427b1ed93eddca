/**
 * Requests between the user and the connection: each is answered once. They wait for credits and for a connection,
 * carry the time that remains, and are sent again when that is surely safe.
 */
import type { EncodedMessage, TextSize } from "../../protocol/codec.js";
import { HeadgateError } from "../../protocol/errors.js";
import type { ClientFrame, ErrorFrame, GatewayFrame } from "../../protocol/frames.js";
import { idMax } from "../../protocol/limits.js";
import { type Allowance, tooDeep, tooLarge } from "./allowance.js";
import { RequestQueue } from "./request-queue.js";
import { type UnavailableDetails, UnavailableError } from "./unavailable-error.js";

export interface RequestSpec {
  /** The frame to send, made anew for each attempt. */
  readonly frame: (id: number, remainingMs: number) => ClientFrame;
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

/** What sends frames: the link. */
export interface RequestChannel {
  readonly open: boolean;
  encode(frame: ClientFrame): EncodedMessage;
  size(encoded: EncodedMessage): number;
  textSize(frame: ClientFrame, encoded: EncodedMessage): TextSize;
  send(encoded: EncodedMessage): void;
}

interface PendingRequest {
  readonly ask: RequestSpec;
  readonly deadline: number;
  readonly resolve: (frame: GatewayFrame) => void;
  readonly reject: (error: HeadgateError) => void;
  timer: ReturnType<typeof setTimeout> | undefined;
  /** Takes the listener off the signal, which may outlive its requests by days. */
  unwatch: () => void;
  /** Its number on this connection while it is in flight. */
  id: number | undefined;
  bytes: number;
  attempts: number;
  settled: boolean;
}

/** How long to wait past a deadline for the gateway's own error, which says whether the request ran. */
const graceMs = 20;
const retryFirstMs = 20;

export class ClientRequests {
  private readonly waiting = new RequestQueue<PendingRequest>();
  /** Requests that were sent. One that was given up stays until its answer frees the credit. */
  private readonly inFlight = new Map<number, PendingRequest>();
  /** Refused for now, and to be sent again after a pause. */
  private readonly pausing = new Set<PendingRequest>();
  private bytesInFlight = 0;
  /** Nothing is allowed before the first connection. */
  private allowed: Allowance = { credits: 0, bytesInFlight: 0, messageBytes: 0, textBytes: 0, textValues: 0 };
  private lastId = 0;
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

  ask(ask: RequestSpec): Promise<GatewayFrame> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    if (ask.signal?.aborted) return Promise.reject(aborted(ask.signal));
    if (ask.impatient && this.impatient) return Promise.reject(this.noGateway());
    return new Promise((resolve, reject) => {
      const pending: PendingRequest = {
        ask,
        deadline: Date.now() + ask.timeoutMs,
        resolve,
        reject,
        timer: undefined,
        unwatch: () => {},
        id: undefined,
        bytes: 0,
        attempts: 0,
        settled: false,
      };
      this.watch(pending);
      if (ask.first) this.waiting.pushFirst(pending);
      else this.waiting.push(pending);
      this.pump();
    });
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
    const lost = [...this.inFlight.values()].filter((pending) => !pending.settled);
    this.inFlight.clear();
    this.bytesInFlight = 0;
    const again = lost.filter((pending) => pending.ask.repeatable);
    for (const pending of again) pending.id = undefined;
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
  }

  /** Takes a frame with an id. A frame that no request waits for is dropped. */
  answer(frame: GatewayFrame & { readonly id: number }): void {
    const pending = this.inFlight.get(frame.id);
    if (pending === undefined) return;
    this.inFlight.delete(frame.id);
    this.bytesInFlight -= pending.bytes;
    pending.id = undefined;
    if (frame.type !== "error") this.settle(pending, () => pending.resolve(frame));
    else if (!pending.settled) this.failed(pending, frame);
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
    const id = this.nextId();
    const encoded = this.encode(pending, id);
    if (encoded === undefined) return true;
    const { bytes } = encoded;
    if (this.bytesInFlight > 0 && this.bytesInFlight + bytes > this.allowed.bytesInFlight) return false;
    pending.id = id;
    pending.bytes = bytes;
    pending.attempts++;
    this.inFlight.set(id, pending);
    this.bytesInFlight += bytes;
    this.way.send(encoded.frame);
    return true;
  }

  /** Undefined when it cannot be encoded or is too large: then it fails, and those behind it go on. */
  private encode(pending: PendingRequest, id: number): { frame: EncodedMessage; bytes: number } | undefined {
    try {
      const frame = pending.ask.frame(id, Math.max(1, pending.deadline - Date.now()));
      const deep = tooDeep(frame);
      if (deep !== undefined) throw deep;
      const encoded = this.way.encode(frame);
      const bytes = this.way.size(encoded);
      const problem = tooLarge(this.allowed, bytes, () => this.way.textSize(frame, encoded));
      if (problem === undefined) return { frame: encoded, bytes };
      this.fail(pending, problem);
      return undefined;
    } catch (cause) {
      const problem = cause instanceof Error ? cause.message : String(cause);
      const error = new HeadgateError("invalid_argument", `the request: ${problem}`, { cause });
      this.fail(pending, cause instanceof HeadgateError ? cause : error);
      return undefined;
    }
  }

  private failed(pending: PendingRequest, frame: ErrorFrame): void {
    const error = errorOf(frame);
    const safe = frame.processed === "no" || pending.ask.repeatable;
    const pauseMs = frame.retry_after_ms ?? retryFirstMs * 2 ** pending.attempts * Math.random();
    const inTime = Date.now() + pauseMs < pending.deadline;
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

  private watch(pending: PendingRequest): void {
    const { timeoutMs, signal } = pending.ask;
    if (timeoutMs < Infinity)
      pending.timer = setTimeout(() => {
        this.abandon(pending, this.lateness(pending, timeoutMs));
      }, timeoutMs + graceMs);
    if (signal === undefined) return;
    const abort = () => this.abandon(pending, aborted(signal));
    signal.addEventListener("abort", abort);
    pending.unwatch = () => signal.removeEventListener("abort", abort);
  }

  /** The error of a request whose time passed. Without a connection it says which address was tried and why it failed. */
  private lateness(pending: PendingRequest, timeoutMs: number): HeadgateError {
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
    this.settle(pending, () => pending.reject(error));
  }

  private settle(pending: PendingRequest, tell: () => void): void {
    if (pending.settled) return;
    pending.settled = true;
    clearTimeout(pending.timer);
    pending.unwatch();
    tell();
  }

  private nextId(): number {
    do this.lastId = this.lastId === idMax ? 1 : this.lastId + 1;
    while (this.inFlight.has(this.lastId));
    return this.lastId;
  }
}

function errorOf({
  code,
  message,
  retryable,
  processed,
  retry_after_ms: retryAfterMs,
}: ErrorFrame): HeadgateError {
  const details = {
    retryable,
    processed,
    answered: true,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
  return code === "unavailable"
    ? new UnavailableError(message, details)
    : new HeadgateError(code, message, details);
}

function aborted(signal: AbortSignal): HeadgateError {
  return new HeadgateError("cancelled", "the request was aborted", { cause: signal.reason });
}
