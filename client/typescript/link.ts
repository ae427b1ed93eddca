/**
 * One connection after another to one of several gateways: it connects, says hello, ends a connection that shows no
 * sign of life, and connects again by itself. It knows nothing of requests.
 */
import type { Codec, EncodedMessage, Message, TextSize } from "../../protocol/codec.js";
import { codecOf } from "../../protocol/codecs.js";
import { closeCodes, type ErrorCode, HeadgateError, ProtocolError } from "../../protocol/errors.js";
import type { ClientFrame, DrainFrame, GatewayFrame, WelcomeFrame } from "../../protocol/frames.js";
import { AnswerReader } from "./answer-reader.js";
import { type Backoff, backoffMs } from "./backoff.js";
import type { TlsOptions } from "./options.js";
import { SendBuffer } from "./send-buffer.js";
import type { Platform, Socket, SocketClosure } from "./socket.js";

export interface LinkSetup {
  readonly urls: readonly string[];
  readonly token: (() => Promise<string | undefined>) | undefined;
  /** Whether a function makes the tokens, which may give another one after the gateway refused one. */
  readonly isTokenMade: () => boolean;
  readonly tls: (() => Promise<TlsOptions | undefined>) | undefined;
  readonly client: string | undefined;
  readonly encoding: "msgpack" | "json";
  readonly maxMessageBytes: number;
  readonly backoff: Backoff;
  /** Milliseconds in which a connection must be welcomed. */
  readonly attemptTimeoutMs: number;
  readonly platform: Platform;
}

export interface LinkEvents {
  readonly up: (welcome: WelcomeFrame, url: string) => void;
  readonly frame: (frame: GatewayFrame) => void;
  readonly down: (closed: SocketClosure, url: string) => void;
  readonly waiting: (inMs: number, attempt: number) => void;
  /** Whether everything that was missed before the connection has come on it. */
  readonly caughtUp: () => boolean;
  /** Is called when no further attempt will be made. */
  readonly failed: (error: HeadgateError) => void;
}

/** Close codes after which trying again is useless, and the error that each means. */
const finalCloses: ReadonlyMap<number, ErrorCode> = new Map([
  [1002, "internal"], // a broken WebSocket frame
  [1007, "internal"], // text that is no UTF-8
  [closeCodes.messageTooBig, "invalid_argument"],
  [closeCodes.malformed, "internal"],
  [closeCodes.badToken, "unauthenticated"],
  [closeCodes.forbidden, "permission_denied"],
  [closeCodes.noSubprotocol, "unimplemented"],
]);
const finalStatuses: ReadonlyMap<number, ErrorCode> = new Map([
  [400, "invalid_argument"],
  [401, "unauthenticated"],
  [403, "permission_denied"],
  [404, "not_found"],
  [426, "invalid_argument"],
]);

const watchMs = 1_000;

export class Link {
  private readonly codec: Codec;
  private readonly reader: AnswerReader;
  private socket: Socket | undefined;
  private outgoing: SendBuffer | undefined;
  private welcomed = false;
  /** Whether any connection was welcomed so far. */
  private wasEverWelcomed = false;
  private stopped = false;
  /** Attempts in a row that led to no useful connection. */
  private attempt = 0;
  private welcomedAt = 0;
  private address = 0;
  private drain: DrainFrame | undefined;
  private lastSeen = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly setup: LinkSetup,
    private readonly events: LinkEvents,
  ) {
    const codec = codecOf(`headgate.v1.${setup.encoding}`);
    if (codec === undefined)
      throw new HeadgateError("invalid_argument", `encoding: ${setup.encoding} is not known`);
    this.codec = codec;
    this.reader = new AnswerReader(codec);
  }

  /** Whether frames can be sent and new requests are welcome. */
  get open(): boolean {
    return this.welcomed && this.drain === undefined;
  }

  start(): void {
    void this.connect();
  }

  encode(frame: ClientFrame): EncodedMessage {
    return this.codec.encode(frame);
  }

  size(encoded: EncodedMessage): number {
    return this.codec.size(encoded);
  }

  textSize(frame: ClientFrame, encoded: EncodedMessage): TextSize {
    return this.codec.textSize(frame, encoded);
  }

  send(encoded: EncodedMessage): void {
    this.outgoing?.add(encoded, this.codec.size(encoded));
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    this.outgoing?.flush();
    this.socket?.close();
  }

  private async connect(): Promise<void> {
    const { urls, platform, maxMessageBytes } = this.setup;
    const url = urls[this.address % urls.length] as string;
    this.drain = undefined;
    this.welcomed = false;
    try {
      const token = await this.tokenInTime();
      const tls = await this.setup.tls?.();
      if (this.stopped) return;
      const setup = { url, subprotocol: this.codec.subprotocol, token, maxMessageBytes, tls };
      const socket = platform.open(setup, {
        opened: (subprotocol) => this.opened(socket, subprotocol, token),
        message: (data) => this.take(data, url),
        alive: () => this.seen(),
        closed: (closed) => this.closed(closed, url),
      });
      this.socket = socket;
      // A peer that accepts the connection and stays silent would hold it until TCP gives up, after a quarter of an hour.
      this.later(this.setup.attemptTimeoutMs, () => socket.terminate());
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.closed({ code: 1006, reason }, url);
    }
  }

  /** A function of the user's that never settles must not end the attempts. */
  private async tokenInTime(): Promise<string | undefined> {
    const { token, attemptTimeoutMs } = this.setup;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new Error(`the function given as \`token\` gave none within ${attemptTimeoutMs} ms`)),
        attemptTimeoutMs,
      );
    });
    try {
      return await Promise.race([token?.(), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  private opened(socket: Socket, subprotocol: string, token: string | undefined): void {
    if (subprotocol !== this.codec.subprotocol) return socket.close();
    this.seen();
    const { client, maxMessageBytes, platform } = this.setup;
    const hello: ClientFrame = {
      type: "hello",
      ...(token !== undefined && !platform.sendsHeaders && { token }),
      ...(client !== undefined && { client }),
      max_message_bytes: maxMessageBytes,
    };
    this.outgoing = new SendBuffer(socket, this.codec);
    this.send(this.codec.encode(hello));
  }

  private take(data: Message, url: string): void {
    this.seen();
    try {
      this.reader.read(data, (frame) => {
        if (frame.type === "welcome") this.welcomeReceived(frame, url);
        else this.events.frame(frame);
        if (frame.type === "drain") this.drain = frame;
      });
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.socket?.terminate();
    }
  }

  private welcomeReceived(welcome: WelcomeFrame, url: string): void {
    this.welcomed = true;
    this.wasEverWelcomed = true;
    this.welcomedAt = Date.now();
    clearTimeout(this.timer);
    this.outgoing?.bound(welcome.limits["message_bytes"] ?? Infinity);
    this.watch(welcome.ping_ms + welcome.pong_ms, Date.now());
    this.events.up(welcome, url);
  }

  /**
   * Ends the connection after a silence that is longer than the time between pings. When this timer came late, the
   * process was busy and could not read: that is not counted as silence.
   */
  private watch(silenceMs: number, lookedAt: number): void {
    if (!this.setup.platform.seesPings) return;
    this.later(watchMs, () => {
      const now = Date.now();
      const late = now - lookedAt > 2 * watchMs;
      if (late) this.seen();
      if (now - this.lastSeen > silenceMs) return this.socket?.terminate();
      this.watch(silenceMs, now);
    });
  }

  private seen(): void {
    this.lastSeen = Date.now();
  }

  private closed(closed: SocketClosure, url: string): void {
    clearTimeout(this.timer);
    if (this.wasOfUse(closed)) this.attempt = 0;
    this.welcomed = false;
    this.outgoing = undefined;
    this.socket = undefined;
    this.events.down(closed, url);
    if (this.stopped) return;
    const final = finalCloses.get(closed.code) ?? finalStatuses.get(closed.status ?? 0);
    if (final !== undefined && !this.mayGetAnotherToken(final)) {
      this.stopped = true;
      return this.events.failed(
        new HeadgateError(final, `${url}: ${closed.reason || `closed with ${closed.code}`}`),
      );
    }
    this.address++;
    const inMs = this.pauseMs(closed);
    this.events.waiting(inMs, this.attempt);
    this.attempt++;
    this.later(inMs, () => void this.connect());
  }

  /**
   * Whether a refused token is no reason to give up: the function that makes tokens gave good ones before, and may give
   * one again. At the first connection a refusal is told at once.
   */
  private mayGetAnotherToken(final: ErrorCode): boolean {
    return final === "unauthenticated" && this.wasEverWelcomed && this.setup.isTokenMade();
  }

  /**
   * Whether the pauses start small again. A welcome alone is not enough: a client that is closed as too slow, or before
   * it caught up, would otherwise connect again at once for ever.
   */
  private wasOfUse({ code }: SocketClosure): boolean {
    if (!this.welcomed || !this.events.caughtUp()) return false;
    return code !== closeCodes.slowConsumer || Date.now() - this.welcomedAt > this.setup.backoff.mostMs;
  }

  private pauseMs({ retryAfterMs }: SocketClosure): number {
    const { urls, backoff } = this.setup;
    const drain = this.drain;
    if (drain !== undefined && urls.length > 1) return 0; // another gateway takes over at once
    if (drain !== undefined)
      return drain.retry_min_ms + Math.random() * (drain.retry_max_ms - drain.retry_min_ms);
    const round = Math.floor(this.attempt / urls.length); // each address once before the pause grows
    return Math.max(retryAfterMs ?? 0, backoffMs(backoff, round, Math.random()));
  }

  private later(ms: number, callback: () => void): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(callback, ms);
  }
}
