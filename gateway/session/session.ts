/**
 * One connection, from hello to close. Three fates of an error live here: a request error is answered
 * and the session lives; a protocol error closes it with its code; anything else stops the process.
 */
import type { Codec } from "../../protocol/codec.js";
import { type CloseCode, closeCodes, HeadgateError, ProtocolError } from "../../protocol/errors.js";
import type { ClientFrame, GatewayFrame, Hello, Infer } from "../../protocol/frames.js";
import { limits } from "../../protocol/limits.js";
import { parseClientFrame, RequestError } from "../../protocol/parse-client-frame.js";
import type { SharedFrame } from "../../protocol/shared-frame.js";
import { describe } from "../describe.js";
import type { Answered, Running } from "../inference.js";
import type { Principal } from "../keys.js";
import { Subscription } from "../regimes/subscription.js";
import { Credits } from "./credits.js";
import { errorFrame } from "./error-frame.js";
import { Heartbeat } from "./heartbeat.js";
import type { House } from "./house.js";
import { Outbox } from "./outbox.js";
import type { Transport } from "./transport.js";
import { welcome } from "./welcome.js";

type Parsed = { readonly frame: ClientFrame; readonly bytes: number } | { readonly refused: RequestError };

export class Session {
  private greeted = false;
  private ended = false;
  private draining = false;
  private readonly outbox: Outbox;
  private readonly credits: Credits;
  private readonly heartbeat: Heartbeat;
  private readonly bornAt: number;
  private readonly running = new Map<number, Running | undefined>();
  private readonly subscriptions = new Map<string, Subscription>();
  private clientMessageBytes: number = limits.client_message_bytes_default;

  /** @param principal who it acts for, when the upgrade carried a valid token or none is needed */
  constructor(
    readonly id: string,
    private readonly house: House,
    private readonly codec: Codec,
    private readonly transport: Transport,
    private principal: Principal | undefined,
  ) {
    const { config, clock } = house;
    this.bornAt = clock.now();
    this.outbox = new Outbox(transport, codec, config.limits.outbox_bytes, () => this.tooSlow());
    this.credits = new Credits(config.limits.requests_in_flight, config.limits.bytes_in_flight);
    this.heartbeat = new Heartbeat(config.heartbeat.ping_ms, config.heartbeat.pong_ms, this.bornAt);
  }

  get authenticated(): boolean {
    return this.principal !== undefined;
  }

  /** Requests that have no answer yet. */
  get inFlight(): number {
    return this.running.size;
  }

  /** A whole message. Nothing of it is acted upon when any frame in it breaks the protocol. */
  receive(message: Uint8Array): void {
    if (this.ended) return;
    try {
      for (const parsed of this.parse(message)) this.act(parsed);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.close(error.closeCode, error.message);
    }
  }

  /** Called every second or so: hello in time, token still valid, peer alive. */
  tick(now: number, wall: number): void {
    if (this.ended) return;
    const { heartbeat } = this.house.config;
    if (!this.greeted && now - this.bornAt >= heartbeat.hello_ms)
      return this.close(closeCodes.helloTimeout, `no hello within ${heartbeat.hello_ms} ms`);
    if (this.principal !== undefined && this.principal.expiresAt <= wall)
      return this.close(closeCodes.tokenExpired, "the token expired");
    const beat = this.heartbeat.beat(now, this.transport);
    if (beat === "ping") this.transport.ping();
    if (beat === "dead") this.close(closeCodes.noPong, "no pong");
  }

  /** Tells the client to leave; what it has in flight is still answered. */
  drain(): void {
    this.draining = true;
    const { deadline_ms, retry_min_ms, retry_max_ms } = this.house.config.drain;
    if (this.greeted) this.send({ type: "drain", deadline_ms, retry_min_ms, retry_max_ms });
  }

  close(code: CloseCode, reason: string): void {
    if (this.ended) return;
    this.outbox.flush();
    this.end();
    this.house.metrics.closed(code);
    this.house.log.debug({ connection: this.id, code, reason }, "connection closed by the gateway");
    this.transport.close(code, shorten(reason));
  }

  /** The socket is gone: nobody waits for its requests any more. */
  gone(): void {
    this.end();
  }

  private end(): void {
    if (this.ended) return;
    this.ended = true;
    for (const running of this.running.values()) running?.cancel();
    for (const subscription of this.subscriptions.values()) this.drop(subscription);
    this.subscriptions.clear();
    this.outbox.abandon();
  }

  private parse(message: Uint8Array): Parsed[] {
    return this.codec.decode(message).map(({ value, bytes }): Parsed => {
      try {
        return { frame: parseClientFrame(value, this.codec.form), bytes };
      } catch (error) {
        if (error instanceof RequestError) return { refused: error };
        throw error;
      }
    });
  }

  private act(parsed: Parsed): void {
    if (this.ended) return;
    if (!this.greeted) return this.greet(parsed);
    if ("refused" in parsed) return this.send(errorFrame(parsed.refused, parsed.refused));
    const { frame, bytes } = parsed;
    if (frame.type === "hello") throw new ProtocolError("a second hello");
    if (frame.type === "cancel") return this.running.get(frame.id)?.cancel();
    if (frame.type === "observe" && frame.id === undefined) return this.observe(frame, bytes);
    this.request(frame as Requesting, bytes);
  }

  private greet(parsed: Parsed): void {
    if ("refused" in parsed || parsed.frame.type !== "hello")
      throw new ProtocolError("the first frame must be hello");
    const hello: Hello = parsed.frame;
    this.principal ??= this.house.keys.principal(hello.token, this.house.clock.wall());
    if (this.principal === undefined)
      throw new ProtocolError("hello.token: missing, unknown or expired", closeCodes.badToken);
    this.greeted = true;
    this.clientMessageBytes = hello.max_message_bytes ?? this.clientMessageBytes;
    this.outbox.gatherBytesMax = Math.min(limits.gather_bytes_max, this.clientMessageBytes);
    this.send(welcome(this.id, this.house));
    if (this.draining) this.drain();
  }

  /** Exactly one answer for each id, whatever happens. */
  private request(frame: Requesting, bytes: number): void {
    const { id } = frame;
    if (this.running.has(id)) throw new ProtocolError(`id ${id} is in flight already`);
    try {
      if (this.draining)
        throw new HeadgateError("unavailable", "the gateway is draining", { processed: "no" });
      this.credits.take(bytes);
    } catch (error) {
      return this.refuse(frame, error);
    }
    this.running.set(id, undefined);
    const settled = (answer: GatewayFrame) => {
      this.running.delete(id);
      this.credits.give(bytes);
      this.answer(id, answer);
    };
    try {
      const answer = this.perform(frame);
      if (!(answer instanceof Promise)) return settled(answer);
      answer.then(settled, (error: unknown) => settled(this.failure(frame, error)));
    } catch (error) {
      settled(this.failure(frame, error));
    }
  }

  private perform(frame: Requesting): GatewayFrame | Promise<GatewayFrame> {
    const { house } = this;
    const { namespace } = this.caller();
    switch (frame.type) {
      case "infer":
        return this.infer(frame);
      case "describe":
        return { type: "ack", id: frame.id, ...describe(house.catalog, house.detectors, frame.model) };
      case "open":
        return this.open(frame);
      case "observe":
        return house.streams.observe(namespace, frame).then((taken) => ({
          type: "ack",
          id: frame.id,
          stream: frame.stream,
          duplicate: taken.accepted === 0,
          ...taken,
        }));
      case "close":
        house.streams.close(namespace, frame.stream);
        return { type: "ack", id: frame.id, stream: frame.stream };
      case "subscribe":
        return this.subscribe(frame);
      case "unsubscribe":
        return this.unsubscribe(frame);
      case "refresh":
        return this.refresh(frame);
    }
  }

  private infer(frame: Infer): Promise<GatewayFrame> {
    const running = this.house.inference.start(frame, this.caller());
    this.running.set(frame.id, running);
    const startedAt = this.house.clock.now();
    return running.answer.then(
      (answered) => {
        this.house.metrics.answered(
          running.servable,
          this.house.clock.now() - startedAt,
          answered.timing.queue_ms,
        );
        return resultFrame(frame.id, answered, running.cached);
      },
      (error: unknown) => {
        this.house.metrics.refused(running.servable, error);
        throw error;
      },
    );
  }

  /** Answered once what was observed before is taken: a feed goes on from `last_ts`. */
  private async open(frame: Extract<ClientFrame, { type: "open" }>): Promise<GatewayFrame> {
    const { id, stream: name, detector } = frame;
    const { created, stream } = this.house.streams.open(this.caller().namespace, frame);
    await stream.idle();
    const { observations, lastTime: last_ts } = stream;
    return { type: "ack", id, stream: name, detector, created, last_ts, observations };
  }

  /** An observation without an id: only a failure is answered. */
  private observe(frame: Extract<ClientFrame, { type: "observe" }>, bytes: number): void {
    const refuse = (error: unknown) => this.refuse(frame, error);
    try {
      if (this.draining)
        throw new HeadgateError("unavailable", "the gateway is draining", { processed: "no" });
      this.credits.takeBytes(bytes);
    } catch (error) {
      return refuse(error);
    }
    this.house.streams
      .observe(this.caller().namespace, frame)
      .catch(refuse)
      .finally(() => this.credits.giveBytes(bytes));
  }

  private subscribe(frame: Extract<ClientFrame, { type: "subscribe" }>): GatewayFrame {
    const { house, subscriptions, outbox } = this;
    const { namespace } = this.caller();
    if (subscriptions.has(frame.topic))
      throw new HeadgateError(
        "failed_precondition",
        `topic: ${frame.topic} is subscribed on this connection already`,
      );
    if (subscriptions.size >= house.config.limits.subscriptions)
      throw new HeadgateError("resource_exhausted", `topic: ${subscriptions.size} subscriptions, the limit`, {
        retryable: false,
      });
    const listener = {
      push: (shared: SharedFrame) => this.push(shared),
      drained: () => outbox.drained(),
      get crowded() {
        return outbox.crowded;
      },
      get busy() {
        return outbox.busy;
      },
    };
    const subscription = new Subscription(
      namespace,
      frame,
      listener,
      house.hub.log,
      (topic) => house.streams.state(namespace, topic.slice("regime.".length)),
      () => [...new Set([...house.hub.log.topics(namespace), ...house.streams.topics(namespace)])],
    );
    subscriptions.set(frame.topic, subscription);
    house.hub.add(subscription);
    queueMicrotask(() => void subscription.start()); // after the ack
    return { type: "ack", id: frame.id, topic: frame.topic };
  }

  private unsubscribe(frame: Extract<ClientFrame, { type: "unsubscribe" }>): GatewayFrame {
    const subscription = this.subscriptions.get(frame.topic);
    if (subscription === undefined)
      throw new HeadgateError("not_found", `topic: ${frame.topic} is not subscribed`);
    this.subscriptions.delete(frame.topic);
    this.drop(subscription);
    return { type: "ack", id: frame.id, topic: frame.topic };
  }

  private drop(subscription: Subscription): void {
    subscription.end();
    this.house.hub.remove(subscription);
  }

  private refresh(frame: Extract<ClientFrame, { type: "refresh" }>): GatewayFrame {
    const renewed = this.house.keys.principal(frame.token, this.house.clock.wall());
    if (renewed === undefined)
      throw new HeadgateError("unauthenticated", "token: unknown or expired; the old one holds on");
    if (renewed.namespace !== this.caller().namespace || renewed.tenant !== this.caller().tenant)
      throw new HeadgateError("permission_denied", "token: it belongs to another tenant or namespace");
    this.principal = renewed;
    return { type: "ack", id: frame.id };
  }

  private caller(): Principal {
    if (this.principal === undefined) throw new Error("a request before the session was authenticated");
    return this.principal;
  }

  /** The error frame for a request; what was not foreseen is logged whole and told in short. */
  private failure(
    frame: Requesting | Extract<ClientFrame, { type: "observe" }>,
    error: unknown,
  ): GatewayFrame {
    const known = error instanceof HeadgateError;
    const told = known
      ? error
      : new HeadgateError("internal", "the gateway failed; its log says more", {
          processed: "maybe",
          cause: error,
        });
    if (!known || error.code === "internal")
      this.house.log.error(
        { connection: this.id, request: frame.id, type: frame.type, err: error },
        "a request failed",
      );
    const observed =
      frame.type === "observe"
        ? { stream: frame.stream, ts: typeof frame.ts === "number" ? frame.ts : frame.ts[0] }
        : {};
    return errorFrame(told, { id: frame.id, ...observed });
  }

  private refuse(frame: Requesting | Extract<ClientFrame, { type: "observe" }>, error: unknown): void {
    this.send(this.failure(frame, error));
  }

  private answer(id: number, frame: GatewayFrame): void {
    if (this.ended) return;
    const encoded = this.codec.encode(frame);
    if (this.codec.size(encoded) <= this.clientMessageBytes) return this.outbox.answer(encoded);
    const told = new HeadgateError(
      "resource_exhausted",
      `the answer is ${this.codec.size(encoded)} bytes and this client takes ${this.clientMessageBytes}: ` +
        "ask for fewer outputs, or raise hello.max_message_bytes",
      { retryable: false, processed: "maybe" },
    );
    this.send(errorFrame(told, { id }));
  }

  private send(frame: GatewayFrame): void {
    if (!this.ended) this.outbox.answer(this.codec.encode(frame));
  }

  private push(shared: SharedFrame): void {
    if (!this.ended) this.outbox.push(shared.as(this.codec));
  }

  private tooSlow(): void {
    this.close(closeCodes.slowConsumer, "events wait faster than they are read; reconnect and resume");
  }
}

type Requesting = Exclude<ClientFrame, { type: "hello" | "cancel" }> & { readonly id: number };

function resultFrame(id: number, answered: Answered, cached: boolean): GatewayFrame {
  const { model, version, outputs, backend, precision, timing } = answered;
  return {
    type: "result",
    id,
    model,
    version,
    outputs,
    backend,
    precision,
    timing,
    ...(cached && { cached }),
  };
}

/** A close reason holds 123 bytes at most. */
function shorten(reason: string): string {
  const bytes = Buffer.from(reason);
  return bytes.length <= 123
    ? reason
    : `${bytes
        .subarray(0, 117)
        .toString("utf8")
        .replace(/\uFFFD$/, "")}...`;
}
