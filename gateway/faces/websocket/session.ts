/**
 * One connection, from hello to close. Three fates of an error live here: a request error is answered
 * and the session lives; a protocol error closes it with its code; anything else stops the process.
 */
import type { Codec, Encoded, EncodingPieces, Message, TextBounds } from "../../../protocol/codec.js";
import { type CloseCode, closeCodes, HeadgateError, ProtocolError } from "../../../protocol/errors.js";
import type { ClientFrame, GatewayFrame, Hello, Observe } from "../../../protocol/frames.js";
import { limits } from "../../../protocol/limits.js";
import { isLong } from "../../../protocol/long-frame.js";
import { parseClientFrame, RequestError } from "../../../protocol/parse-client-frame.js";
import { SharedAnswer } from "../../../protocol/shared-answer.js";
import type { SharedFrame } from "../../../protocol/shared-frame.js";
import type { Principal } from "../../auth/keys.js";
import type { Listener } from "../../events/listener.js";
import type { Running } from "../../requests/inference.js";
import { Credits } from "./credits.js";
import { aboutOf, errorFrame, toldOf } from "./error-frame.js";
import { Intake } from "./frame-intake.js";
import { type Caller, type Connection, perform, type Requesting } from "./handlers.js";
import { Heartbeat } from "./heartbeat.js";
import type { House } from "./house.js";
import { Outbox } from "./outbox.js";
import { Subscriptions } from "./subscriptions.js";
import type { Transport } from "./transport.js";
import { welcome } from "./welcome.js";

/** All of a client's message is read in one turn, so that nothing of it is done when a part is bad. */
const clientText: TextBounds = { bytesMax: limits.text_bytes_max, valuesMax: limits.text_values_max };

type Parsed = { readonly frame: ClientFrame; readonly bytes: number } | { readonly refused: RequestError };

export class Session implements Connection {
  /** Who it works for; there is none before its hello was accepted. */
  private caller: Caller | undefined;
  private draining = false;
  private readonly outbox: Outbox;
  private readonly intake: Intake<Parsed>;
  private readonly credits: Credits;
  private readonly heartbeat: Heartbeat;
  private readonly bornAt: number;
  /** Made at the first request, as `listening` at the first subscription: ten thousand idle sockets need neither. */
  private requests: Map<number, Running | undefined> | undefined;
  private listening: Subscriptions | undefined;
  private hasEnded = false;
  private clientMessageBytes: number = limits.client_message_bytes_default;

  /**
   * @param principal who it acts for, when the upgrade carried a valid token or none is needed
   * @param enter called when its hello was accepted; false: there is no place for it
   */
  constructor(
    readonly id: string,
    private readonly house: House,
    private readonly codec: Codec,
    private readonly transport: Transport,
    private readonly principal: Principal | undefined,
    private readonly enter: (principal: Principal) => boolean = () => true,
  ) {
    const { config, clock } = house;
    this.bornAt = clock.awake();
    const waiting = {
      pushedBytesMax: config.limits.outbox_bytes,
      answeredBytesMax: config.limits.bytes_in_flight,
    };
    this.outbox = new Outbox(transport, codec, waiting, () => this.tooSlow());
    this.intake = new Intake<Parsed>(house.intake, {
      parse: (message) => this.parse(message),
      act: (parsed) => this.act(parsed),
      failed: (error) => this.broken(error),
      pause: () => transport.pause(),
      resume: () => transport.resume(),
    });
    this.credits = new Credits(config.limits.requests_in_flight, config.limits.bytes_in_flight);
    this.heartbeat = new Heartbeat(config.heartbeat.ping_ms, config.heartbeat.pong_ms, this.bornAt);
  }

  /** Nothing that comes is acted upon any more. */
  get ended(): boolean {
    return this.hasEnded;
  }

  /** Requests that have no answer yet. */
  get inFlight(): number {
    return this.requests?.size ?? 0;
  }

  get subscriptions(): Subscriptions {
    this.listening ??= new Subscriptions(this.house, this.listener());
    return this.listening;
  }

  running(id: number, request: Running): void {
    this.requests?.set(id, request);
  }

  /** A whole message. Nothing of it is acted upon when any frame in it breaks the protocol. */
  receive(message: Message): void {
    if (!this.ended) this.intake.take(message);
  }

  private broken(error: unknown): void {
    if (!(error instanceof ProtocolError)) throw error;
    this.close(error.closeCode, error.message);
  }

  /** Called every second or so: hello in time, token still valid, peer alive. */
  tick(awake: number, wall: number): void {
    if (this.ended) return;
    const { heartbeat } = this.house.config;
    const principal = this.caller?.principal ?? this.principal;
    if (this.caller === undefined && awake - this.bornAt >= heartbeat.hello_ms)
      return this.close(closeCodes.helloTimeout, `no hello within ${heartbeat.hello_ms} ms`);
    if (principal !== undefined && principal.expiresAt <= wall)
      return this.close(closeCodes.tokenExpired, "the token expired");
    const beat = this.heartbeat.beat(awake, this.transport);
    if (beat === "ping") this.transport.ping();
    if (beat === "dead") this.close(closeCodes.noPong, "no pong");
  }

  /** Tells the client to leave; what it has in flight is still answered. */
  drain(): void {
    this.draining = true;
    const { deadline_ms, retry_min_ms, retry_max_ms } = this.house.config.drain;
    if (this.caller !== undefined) this.send({ type: "drain", deadline_ms, retry_min_ms, retry_max_ms });
  }

  close(code: CloseCode, reason: string): void {
    if (this.ended) return;
    this.intake.drop();
    this.outbox.flush();
    this.end();
    this.house.metrics.closed(code);
    this.house.log.debug({ connection: this.id, code, reason }, "connection closed by the gateway");
    this.transport.close(code, shorten(reason));
  }

  /** The socket is gone: nobody waits for its requests any more. What it had observed is taken. */
  gone(): void {
    this.intake.end();
    this.end();
  }

  private end(): void {
    if (this.ended) return;
    this.hasEnded = true;
    for (const running of this.requests?.values() ?? []) running?.cancel();
    this.listening?.endAll();
    this.outbox.abandon();
  }

  private parse(message: Message): Parsed[] {
    return this.codec.decode(message, clientText).map(({ value, bytes }): Parsed => {
      try {
        return { frame: parseClientFrame(value, this.codec.form), bytes };
      } catch (error) {
        if (error instanceof RequestError) return { refused: error };
        throw error;
      }
    });
  }

  private act(parsed: Parsed): void {
    if (this.ended) return this.actForNobody(parsed);
    if (this.caller === undefined) return this.greet(parsed);
    if ("refused" in parsed) return this.send(errorFrame(parsed.refused, parsed.refused));
    const { frame, bytes } = parsed;
    if (frame.type === "hello") throw new ProtocolError("a second hello");
    if (frame.type === "cancel") return this.requests?.get(frame.id)?.cancel();
    if (frame.type === "observe" && frame.id === undefined) return this.observe(frame, bytes, this.caller);
    this.request(frame as Requesting, bytes, this.caller);
  }

  /** The socket went while its last message was being taken: what changes a stream is done, answers are asked by none. */
  private actForNobody(parsed: Parsed): void {
    const { caller } = this;
    if (caller === undefined || "refused" in parsed) return;
    const { frame } = parsed;
    if (frame.type !== "observe" && frame.type !== "open" && frame.type !== "close") return;
    void (async () => perform({ ...frame, id: frame.id ?? 0 }, caller, this.house))().catch(() => undefined);
  }

  private greet(parsed: Parsed): void {
    if ("refused" in parsed || parsed.frame.type !== "hello")
      throw new ProtocolError("the first frame must be hello");
    const hello: Hello = parsed.frame;
    const principal = this.principal ?? this.house.keys.principal(hello.token, this.house.clock.wall());
    if (principal === undefined)
      throw new ProtocolError("hello.token: missing, unknown or expired", closeCodes.badToken);
    if (!this.enter(principal))
      throw new ProtocolError("the gateway is full; come back later", closeCodes.overloaded);
    this.caller = { principal, connection: this };
    this.clientMessageBytes = hello.max_message_bytes ?? this.clientMessageBytes;
    this.outbox.gatherBytesMax = Math.min(limits.gather_bytes_max, this.clientMessageBytes);
    this.send(welcome(this.id, this.house));
    if (this.draining) this.drain();
  }

  /** Exactly one answer for each id, whatever happens. */
  private request(frame: Requesting, bytes: number, caller: Caller): void {
    const { id } = frame;
    this.requests ??= new Map();
    const { requests } = this;
    if (requests.has(id)) throw new ProtocolError(`id ${id} is in flight already`);
    try {
      this.refuseWhileDraining();
      this.credits.take(bytes);
    } catch (error) {
      return this.send(this.failure(frame, error));
    }
    requests.set(id, undefined);
    const settled = (answer: GatewayFrame | SharedAnswer) =>
      this.encode(id, answer, (encoded) => {
        requests.delete(id);
        this.credits.give(bytes);
        this.answer(id, encoded);
      });
    try {
      const answer = perform(frame, caller, this.house);
      if (!(answer instanceof Promise)) return settled(answer);
      answer.then(settled, (error: unknown) => settled(this.failure(frame, error)));
    } catch (error) {
      settled(this.failure(frame, error));
    }
  }

  /** An observation without an id: only a failure is answered. */
  private observe(frame: Observe, bytes: number, { principal }: Caller): void {
    const refuse = (error: unknown) => this.send(this.failure(frame, error));
    try {
      this.refuseWhileDraining();
      this.credits.takeBytes(bytes);
    } catch (error) {
      return refuse(error);
    }
    this.house.streams
      .observe(principal.namespace, frame)
      .catch(refuse)
      .finally(() => this.credits.giveBytes(bytes));
  }

  private refuseWhileDraining(): void {
    if (this.draining) throw new HeadgateError("unavailable", "the gateway is draining", { processed: "no" });
  }

  /** The frame for a request that failed; what was not foreseen is logged whole. */
  private failure(frame: Requesting | Observe, error: unknown): GatewayFrame {
    const told = toldOf(error, this.house.publicText);
    if (told.code === "internal" || told.cause === error)
      this.house.log.error(
        { connection: this.id, request: frame.id, type: frame.type, err: error },
        "a request failed",
      );
    return errorFrame(told, aboutOf(frame));
  }

  /** A long answer is written over as many turns as it takes; until then its request is in flight. */
  private encode(id: number, frame: GatewayFrame | SharedAnswer, then: (encoded: Encoded) => void): void {
    const { codec } = this;
    if (frame instanceof SharedAnswer) return then(frame.as(codec, id));
    if (!isLong(frame, codec.form)) return then(codec.encode(frame));
    const pieces = codec.encodeInPieces(frame, this.clientMessageBytes);
    void this.house.turns.all(this.whileOpen(pieces)).then(then);
  }

  private *whileOpen(pieces: EncodingPieces): EncodingPieces {
    for (;;) {
      const { done, value } = pieces.next();
      if (done === true) return value;
      if (this.ended) return [];
      yield;
    }
  }

  private answer(id: number, encoded: Encoded): void {
    if (this.ended) return;
    const size = this.codec.size(encoded);
    if (size <= this.clientMessageBytes) return this.outbox.answer(encoded);
    const told = new HeadgateError(
      "resource_exhausted",
      `the answer is ${size} bytes ${typeof encoded === "string" || encoded instanceof Uint8Array ? "" : "or more "}and this client takes ${this.clientMessageBytes}: ` +
        "ask for fewer outputs, or raise hello.max_message_bytes",
      { retryable: false, processed: "maybe" },
    );
    this.send(errorFrame(told, { id }));
  }

  private send(frame: GatewayFrame): void {
    if (!this.ended) this.outbox.answer(this.codec.encode(frame));
  }

  private listener(): Listener {
    const { outbox, codec } = this;
    return {
      push: (shared: SharedFrame) => {
        if (!this.ended) outbox.push(shared.as(codec));
      },
      drained: () => outbox.drained(),
      failed: (error) => {
        this.house.log.error({ connection: this.id, err: error }, "the event log could not be read");
        this.close(closeCodes.overloaded, "the event log cannot be read now; reconnect and resume later");
      },
      get crowded() {
        return outbox.crowded;
      },
      get busy() {
        return outbox.busy;
      },
    };
  }

  private tooSlow(): void {
    this.close(closeCodes.slowConsumer, "frames wait faster than they are read; reconnect and resume");
  }
}

/** A close reason holds 123 bytes at most. */
function shorten(reason: string): string {
  const bytes = Buffer.from(reason);
  if (bytes.length <= 123) return reason;
  return `${bytes
    .subarray(0, 117)
    .toString("utf8")
    .replace(/\uFFFD$/, "")}...`;
}
