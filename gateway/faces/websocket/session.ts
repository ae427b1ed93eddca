/**
 * One connection, from hello to close. Errors end in one of three ways: a request error is answered and the session
 * continues, a protocol error closes the session with its code, and any other error stops the process.
 */
import type { Codec, Message } from "../../../protocol/codec.js";
import { type CloseCode, closeCodes, ProtocolError } from "../../../protocol/errors.js";
import type { HelloFrame } from "../../../protocol/frames.js";
import { limits } from "../../../protocol/limits.js";
import type { Principal } from "../../auth/principal.js";
import { TokenReview } from "../../auth/token-review.js";
import type { WatchedConnection } from "../../watch/connections/connections-topic.js";
import { AnswerWriter } from "./answer-writer.js";
import type { Caller } from "./caller.js";
import { type ParsedMessage, parseMessage } from "./client-message.js";
import { shortenReason } from "./close-reason.js";
import { ConnectionFeeds } from "./connection-feeds.js";
import { refusalError } from "./connection-refusal.js";
import { ConnectionRequests } from "./connection-requests.js";
import { FrameIntake } from "./frame-intake.js";
import { helloOf, principalOf } from "./greeting.js";
import { Heartbeat } from "./heartbeat.js";
import { Outbox } from "./outbox.js";
import type { Services } from "./services.js";
import type { SessionPlace } from "./session-place.js";
import type { Transport } from "./transport.js";
import { welcome } from "./welcome.js";

export class Session {
  /** The client; undefined until its hello was accepted. */
  private caller: Caller | undefined;
  /** The client's requests; undefined until its hello was accepted. */
  private requests: ConnectionRequests | undefined;
  private readonly outbox: Outbox;
  private readonly intake: FrameIntake<ParsedMessage>;
  private readonly writer: AnswerWriter;
  private readonly heartbeat: Heartbeat;
  private readonly tokenReview: TokenReview;
  private readonly bornAt: number;
  /** Created with the first subscription or watch, because ten thousand idle sockets need none. */
  private feeding: ConnectionFeeds | undefined;
  private hasEnded = false;
  /** Messages that came so far. */
  private messages = 0;
  /** The client's name for itself, and when it was welcomed, in milliseconds since the epoch. */
  private greeted: { readonly client: string | undefined; readonly since: number } | undefined;

  /**
   * @param principal of the client, when the upgrade carried a valid token or no token is needed; otherwise undefined
   */
  constructor(
    readonly id: string,
    private readonly services: Services,
    private readonly codec: Codec,
    private readonly transport: Transport,
    private principal: Principal | undefined,
    private readonly place: SessionPlace,
  ) {
    const { config, clock } = services;
    this.bornAt = clock.awake();
    const { outbox_bytes: pushedBytesMax, bytes_in_flight: answeredBytesMax } = config.limits;
    const waiting = { pushedBytesMax, answeredBytesMax };
    this.outbox = new Outbox(transport, codec, waiting, () => this.tooSlow(), services.flushes);
    this.writer = new AnswerWriter(codec, this.outbox, services.turns);
    this.intake = new FrameIntake<ParsedMessage>(services.intake, {
      parse: (message) => parseMessage(message, codec),
      act: (parsed) => this.act(parsed),
      failed: (error) => this.broken(error),
      pause: () => transport.pause(),
      resume: () => transport.resume(),
    });
    this.tokenReview = new TokenReview(services.authenticators, config.auth.expiry_grace_ms);
    this.heartbeat = new Heartbeat(config.heartbeat.ping_ms, config.heartbeat.pong_ms, this.bornAt);
  }

  /** Whom the connection acts for, once its hello was accepted. */
  get actsFor(): Principal | undefined {
    return this.caller?.principal;
  }

  /** True once no further frames are handled. */
  get ended(): boolean {
    return this.hasEnded;
  }

  /** The number of requests whose answer is not written yet. */
  get inFlight(): number {
    return this.requests?.inFlight ?? 0;
  }

  /** What it is and does, for whoever watches the connections; undefined until its hello was accepted. */
  get watched(): WatchedConnection | undefined {
    const { caller, greeted } = this;
    if (caller === undefined || greeted === undefined || this.hasEnded) return undefined;
    const { tenant, subject } = caller.principal;
    return {
      tenant,
      inFlight: this.inFlight,
      figures: () => ({
        id: this.id,
        client: greeted.client ?? null,
        tenant,
        principal: subject,
        since: greeted.since,
        in_flight: this.inFlight,
        ...(this.feeding?.counts ?? { subscriptions: 0, watches: 0 }),
        bytes_sent: this.transport.sentBytes,
        bytes_waiting: this.outbox.bytes,
        messages: this.messages,
        transport: this.codec.subprotocol,
      }),
    };
  }

  /** Handles a whole message. No frame of it is handled when any frame violates the protocol. */
  receive(message: Message): void {
    if (this.ended) return;
    this.messages++;
    this.intake.take(message);
  }

  private broken(error: unknown): void {
    if (!(error instanceof ProtocolError)) throw error;
    this.close(error.closeCode, error.message);
  }

  /**
   * Called about every second: checks that the hello arrived in time, the token is still valid and the peer is alive.
   */
  tick(awake: number, wall: number): void {
    if (this.ended) return;
    const { heartbeat } = this.services.config;
    if (this.caller === undefined && awake - this.bornAt >= heartbeat.hello_ms)
      return this.close(closeCodes.helloTimeout, `no hello within ${heartbeat.hello_ms} ms`);
    this.reviewToken(wall);
    if (this.hasEnded) return;
    const beat = this.heartbeat.beat(awake, this.transport);
    if (beat === "ping") this.transport.ping();
    if (beat === "dead") this.close(closeCodes.noPong, "no pong");
  }

  /** Takes over what changed about the client's credential; closes the connection when that no longer carries it. */
  private reviewToken(wall: number): void {
    const principal = this.caller?.principal ?? this.principal;
    if (principal === undefined) return;
    const verdict = this.tokenReview.of(principal, (changed) => this.feeding?.require(changed), wall);
    if (verdict.kind === "over") return this.close(closeCodes.tokenExpired, verdict.reason);
    if (this.caller === undefined) this.principal = verdict.principal;
    else this.caller.principal = verdict.principal;
  }

  /** Asks the client to disconnect; its requests in flight are still answered. */
  drain(): void {
    const { deadline_ms, retry_min_ms, retry_max_ms } = this.services.config.drain;
    if (this.caller !== undefined)
      this.writer.send({ type: "drain", deadline_ms, retry_min_ms, retry_max_ms });
  }

  close(code: CloseCode, reason: string): void {
    if (this.ended) return;
    this.intake.drop();
    this.outbox.flush();
    this.end();
    this.services.metrics.closed(code);
    this.services.log.debug({ connection: this.id, code, reason }, "connection closed by the gateway");
    this.transport.close(code, shortenReason(reason));
  }

  /**
   * Called when the socket has closed: its requests are cancelled, and its observations that have arrived are still
   * stored.
   */
  gone(): void {
    this.intake.end();
    this.end();
  }

  private end(): void {
    if (this.ended) return;
    this.hasEnded = true;
    this.requests?.leave();
    this.feeding?.endAll();
    this.writer.end();
    this.outbox.abandon();
  }

  private act(parsed: ParsedMessage): void | Promise<void> {
    const { requests } = this;
    if (this.ended) return "refused" in parsed ? undefined : requests?.takeWithoutAnswer(parsed.frame);
    if (requests === undefined) return this.greet(parsed);
    if ("refused" in parsed) return requests.refuse(parsed.refused);
    const { frame, bytes } = parsed;
    if (frame.type === "hello") throw new ProtocolError("a second hello");
    requests.take(frame, bytes);
  }

  private greet(first: ParsedMessage): void | Promise<void> {
    const hello = helloOf(first);
    const principal = this.principal ?? principalOf(hello, this.services.authenticators);
    if (!(principal instanceof Promise)) return this.welcome(hello, principal);
    const endKeeping = this.place.keep();
    return principal.finally(endKeeping).then((found) => this.welcome(hello, found));
  }

  private welcome(hello: HelloFrame, principal: Principal): void {
    // The client may have left while its token was verified. What it sent to be stored is still stored.
    if (this.hasEnded) return this.takeUp(principal).leave();
    const refusal = this.place.promote(principal);
    if (refusal !== undefined) throw refusalError(refusal);
    this.writer.bound(hello.max_message_bytes ?? limits.client_message_bytes_default);
    this.takeUp(principal);
    this.greeted = { client: hello.client, since: this.services.clock.wall() };
    this.writer.send(welcome(this.id, principal, this.services));
    const { subject, tenant, namespace } = principal;
    this.services.log.debug({ connection: this.id, subject, tenant, namespace }, "connection opened");
    if (this.services.requests.lifecycle.draining) this.drain();
  }

  private takeUp(principal: Principal): ConnectionRequests {
    const caller: Caller = { principal, connection: this.id, left: false };
    this.caller = caller;
    const feeds = () => {
      this.feeding ??= this.feedsOf(caller);
      return this.feeding;
    };
    this.requests = new ConnectionRequests(this.services, caller, this.writer, feeds);
    return this.requests;
  }

  private feedsOf(caller: Caller): ConnectionFeeds {
    const { outbox, codec } = this;
    return new ConnectionFeeds(this.services, {
      caller,
      outbox,
      codec,
      offer: (encoded, topic) => this.writer.offer(encoded, topic),
      ended: () => this.hasEnded,
      unreadable: (error) => this.logUnreadable(error),
    });
  }

  private logUnreadable(error: unknown): void {
    this.services.log.error({ connection: this.id, err: error }, "the event log could not be read");
    this.close(closeCodes.overloaded, "the event log cannot be read now; reconnect and resume later");
  }

  private tooSlow(): void {
    this.close(closeCodes.slowConsumer, "frames wait faster than they are read; reconnect and resume");
  }
}
