/** The client: one socket for everything, for days. */
import { HeadgateError } from "../../protocol/errors.js";
import type {
  AckFrame,
  ClientFrame,
  GatewayFrame,
  ResultFrame,
  WelcomeFrame,
} from "../../protocol/frames.js";
import { limits } from "../../protocol/limits.js";
import { defaultBackoff } from "./backoff.js";
import { Link } from "./link.js";
import type { ConnectOptions, GateEvent, InferOptions, InferResult, Tensors } from "./options.js";
import { inferFrame, resultOf } from "./request-frames.js";
import { ClientRequests } from "./requests.js";
import { SessionState } from "./session-state.js";
import type { Platform, SocketClosure } from "./socket.js";
import type { Stream, StreamOptions } from "./stream.js";
import type { StateOptions, StreamState } from "./stream-state.js";
import type { SubscribeOptions, Subscription } from "./subscription.js";

const defaults = {
  timeoutMs: 30_000,
  connectTimeoutMs: 10_000,
  attemptTimeoutMs: 10_000,
  maxMessageBytes: 32 * 1024 * 1024,
  fallbackAfterMs: 1_000,
};

export class Gate {
  private readonly link: Link;
  private readonly requests: ClientRequests;
  private readonly session: SessionState;
  private impatience: ReturnType<typeof setTimeout> | undefined;
  private isConnected = false;
  private isClosed = false;
  private failure: HeadgateError | undefined;
  private lastFailure = "";
  private waitingForChange = new Set<() => void>();

  constructor(
    private readonly urls: readonly string[],
    private readonly options: ConnectOptions,
    platform: Platform,
  ) {
    const { token = platform.setting("HEADGATE_TOKEN") } = options;
    this.link = new Link(
      {
        urls,
        token: token === undefined ? undefined : async () => (typeof token === "string" ? token : token()),
        client: options.client,
        encoding: options.encoding ?? "msgpack",
        maxMessageBytes: options.maxMessageBytes ?? defaults.maxMessageBytes,
        backoff: options.backoff ?? defaultBackoff,
        attemptTimeoutMs: options.attemptTimeoutMs ?? defaults.attemptTimeoutMs,
        platform,
      },
      {
        up: (welcome, url) => this.up(welcome, url),
        down: (closed, url) => this.down(closed, url),
        frame: (frame) => this.take(frame),
        caughtUp: () => this.session.isCaughtUp,
        waiting: (inMs, attempt) => this.report({ kind: "reconnecting", inMs, attempt }),
        failed: (error) => this.fail(error),
      },
    );
    this.requests = new ClientRequests(this.link, options.attemptsMax);
    this.session = new SessionState({
      connected: () => this.isConnected,
      ack: (frame, first) => this.ack(frame, first),
      askOnce: (frame) => this.requests.ask({ frame, repeatable: false, timeoutMs: Infinity, first: true }),
      restarted: (stream) => this.report({ kind: "stream_restarted", stream }),
      lost: (stream, ackedTs, lastTs) => this.lost(stream, ackedTs, lastTs),
      observeFailed: (stream, error) => this.report({ kind: "observe_failed", stream, error }),
    });
    this.armImpatience();
    this.link.start();
  }

  get connected(): boolean {
    return this.isConnected;
  }

  /** Settles once connected, or once the fallback has to do. @throws HeadgateError when no gateway can be had in time */
  async opened(): Promise<this> {
    const until = Date.now() + (this.options.connectTimeoutMs ?? defaults.connectTimeoutMs);
    while (!this.isConnected) {
      if (this.failure !== undefined) throw this.failure;
      const remaining = until - Date.now();
      if (remaining <= 0 && this.options.fallback !== undefined) return this;
      if (remaining <= 0) {
        const why = this.lastFailure || "nobody answered; is it running, is the address right?";
        const error = new HeadgateError(
          "unavailable",
          `no gateway answered in time at ${this.urls.join(", ")}: ${why}`,
        );
        await this.end(error);
        throw error;
      }
      await this.change(remaining);
    }
    return this;
  }

  /**
   * Asks a model or a fit.
   * @param inputs by name; the signature is in `describe`
   * @throws HeadgateError with gRPC's `code`
   */
  infer(model: string, inputs: Tensors, options: InferOptions = {}): Promise<InferResult> {
    const { fallback } = this.options;
    const answer = this.requests
      .ask({
        frame: (id, remainingMs) => inferFrame(id, model, inputs, options, remainingMs),
        repeatable: options.key !== undefined,
        timeoutMs: this.timeoutOf(options.timeoutMs),
        impatient: fallback !== undefined,
        signal: options.signal,
      })
      .then(resultFrom);
    if (fallback === undefined) return answer;
    return answer.catch((error: unknown) => {
      if (!(error instanceof HeadgateError) || !isNoAnswer(error)) throw error;
      return this.fallBack(model, inputs, options, error);
    });
  }

  /** The models and detectors that can be asked for, with their signatures, and what was measured of the kernels. */
  async describe(model?: string): Promise<Description> {
    const { models, detectors, kernels } = await this.ack((id) => ({
      type: "describe",
      id,
      ...(model !== undefined && { model }),
    }));
    return {
      models: models as Described[],
      detectors: detectors as Described[],
      kernels: (kernels ?? null) as KernelsMeasured | null,
    };
  }

  /** Binds a detector to a stream, or joins it; the same again is no change. */
  openStream(name: string, options: StreamOptions): Promise<Stream> {
    return this.session.openStream(name, options);
  }

  /**
   * Where a stream of anybody's stands, as `Stream.state` tells of one's own.
   * @throws HeadgateError not_found, or failed_precondition when there is no smoothed path yet
   */
  streamState(name: string, query: StateOptions = {}): Promise<StreamState> {
    return this.session.state(name, query);
  }

  /** Regime changes of `regime.<stream>`, or of all streams with `regime.*`; across reconnections each once, in order. */
  subscribe(topic: string, options: SubscribeOptions = {}): Subscription {
    return this.session.subscribe(topic, options);
  }

  /** Ends the connection; what is unanswered fails with `cancelled`. */
  close(): Promise<void> {
    return this.end(new HeadgateError("cancelled", "the client was closed"));
  }

  private async end(error: HeadgateError): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    this.failure ??= error;
    clearTimeout(this.impatience);
    this.session.end(undefined, error);
    this.requests.end(error);
    this.link.stop();
    while (this.isConnected) await this.change(1_000);
  }

  private up({ connection, credits, limits: told }: WelcomeFrame, url: string): void {
    clearTimeout(this.impatience);
    this.isConnected = true;
    this.report({ kind: "connected", url, connection });
    this.session.restore();
    this.requests.up({
      credits,
      bytesInFlight: told["bytes_in_flight"] ?? limits.bytes_in_flight_max,
      messageBytes: told["message_bytes"] ?? Infinity,
      textBytes: told["text_bytes"] ?? Infinity,
      textValues: told["text_values"] ?? Infinity,
    });
    this.changed();
  }

  private down({ code, reason }: SocketClosure, url: string): void {
    const was = this.isConnected;
    this.isConnected = false;
    this.lastFailure = reason;
    this.requests.down(reason || `closed with ${code}`);
    if (was && !this.isClosed) this.armImpatience();
    this.report({ kind: "disconnected", url, code, reason });
    this.changed();
  }

  private fail(error: HeadgateError): void {
    this.failure = error;
    this.requests.end(error);
    this.session.end(error, error);
    this.report({ kind: "failed", error });
    this.changed();
  }

  private take(frame: GatewayFrame): void {
    switch (frame.type) {
      case "result":
      case "ack":
        return this.requests.answer(frame);
      case "error":
        return frame.id === undefined ? undefined : this.requests.answer({ ...frame, id: frame.id });
      case "event":
      case "snapshot":
      case "heartbeat":
        return this.session.deliver(frame);
      case "drain":
        return this.report({ kind: "draining", deadlineMs: frame.deadline_ms });
      case "welcome":
        return;
    }
  }

  private async ack(frame: (id: number) => ClientFrame, first = false): Promise<AckFrame> {
    return (await this.requests.ask({
      frame,
      repeatable: true,
      timeoutMs: this.timeoutOf(),
      first,
    })) as AckFrame;
  }

  private timeoutOf(asked = this.options.timeoutMs ?? defaults.timeoutMs): number {
    return Math.min(asked, limits.timeout_ms_max);
  }

  private async fallBack(
    model: string,
    inputs: Tensors,
    options: InferOptions,
    error: HeadgateError,
  ): Promise<InferResult> {
    const { version, parameters = {} } = options;
    const started = Date.now();
    const outputs = await this.options.fallback?.({ model, version, inputs, parameters }, error);
    if (outputs === undefined) throw error;
    this.report({ kind: "fallback", model, error });
    const timing = { queueMs: 0, computeMs: Date.now() - started, batchSize: 1 };
    return {
      model,
      version: version ?? "",
      outputs,
      backend: "fallback",
      precision: "",
      timing,
      cached: false,
      source: "fallback",
    };
  }

  private armImpatience(): void {
    clearTimeout(this.impatience);
    if (this.options.fallback === undefined) return;
    this.impatience = setTimeout(
      () => this.requests.failImpatient(),
      this.options.fallbackAfterMs ?? defaults.fallbackAfterMs,
    );
  }

  /** Told whether or not anybody listens: what was acked once must not be missing in silence. */
  private lost(stream: string, ackedTs: number, lastTs: number | null): void {
    console.warn(
      `headgate: stream ${stream}: observations up to ${ackedTs} were acked, this gateway has them up to ${lastTs}; ` +
        "a stream lives on one gateway. Feed again what it lacks.",
    );
    this.report({ kind: "observations_lost", stream, ackedTs, lastTs });
  }

  private report(event: GateEvent): void {
    this.options.onEvent?.(event);
  }

  private changed(): void {
    for (const wake of this.waitingForChange) wake();
    this.waitingForChange.clear();
  }

  private change(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, withinMs);
      this.waitingForChange.add(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}

export interface Description {
  readonly models: readonly Described[];
  readonly detectors: readonly Described[];
  /** Null until the gateway has measured them. */
  readonly kernels: KernelsMeasured | null;
}

/** What a matrix product of so many multiply-adds costs on each backend of the gateway's machine. */
export interface KernelsMeasured {
  readonly machine: string;
  readonly backends: readonly {
    readonly name: string;
    readonly precision: string;
    readonly mode: string;
    readonly costs: readonly { readonly work: number; readonly ms: number }[];
  }[];
}

/** A servable as `describe` tells it. */
export interface Described {
  readonly name: string;
  readonly version: string | null;
  /** Of a model that was opened: bytes of one instance as they were measured, and of its files. */
  readonly memory?: {
    readonly file_bytes: number;
    readonly opening_bytes: number;
    readonly resident_bytes: number;
    readonly instances: number;
  };
  /** Of a model that was opened: whether rows of several requests are computed together, and what that is worth. */
  readonly batching?:
    | { readonly together: false; readonly reason: string }
    | {
        readonly together: true;
        /** Who says that rows stay apart: the model's graph, or whoever runs the gateway. */
        readonly proof: "graph" | "operator";
        readonly answers: "exact" | "close";
        readonly trials: number;
        /** Of close answers: what a number may differ by, and what it did, of the largest in its row. */
        readonly within?: number;
        readonly worst?: number;
        readonly reason?: string;
      };
  /** Of a model that was opened: what of its folder is not applied, and what else is good to know. A sentence each. */
  readonly notes?: readonly string[];
  readonly [field: string]: unknown;
}

function resultFrom(frame: GatewayFrame): InferResult {
  return resultOf(frame as ResultFrame);
}

/** No gateway answered, as against a gateway that answered no. */
function isNoAnswer({ code }: HeadgateError): boolean {
  return code === "unavailable" || code === "deadline_exceeded" || code === "resource_exhausted";
}
