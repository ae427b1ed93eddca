/**
 * Owns every WebSocket from its upgrade to the end of its TCP connection. Each has an error listener, a limit on the
 * bytes it may send, and is counted until it ends.
 */
import type { Socket } from "node:net";
import { nanoid } from "nanoid";
import type { WebSocket } from "ws";
import type { Codec, Message } from "../../../protocol/codec.js";
import { codecOf } from "../../../protocol/codecs.js";
import { type CloseCode, closeCodes, HeadgateError } from "../../../protocol/errors.js";
import { sizeOf } from "../../../protocol/parts.js";
import type { Principal } from "../../auth/principal.js";
import type { DroppedConnectionKind } from "../../observe/socket-metrics.js";
import type { QuotaAccount } from "../../quotas/quota-account.js";
import type { WatchedConnection } from "../../watch/connections/connections-topic.js";
import { type ConnectionRefusal, noPlace, overQuota } from "./connection-refusal.js";
import type { Services } from "./services.js";
import { Session } from "./session.js";
import { TenantPlaces } from "./tenant-places.js";
import { UnauthenticatedPlaces } from "./unauthenticated-places.js";
import { WebSocketTransport } from "./websocket.js";

interface Connection {
  readonly transport: WebSocketTransport;
  /** Undefined when the client offered no known subprotocol. */
  readonly session: Session | undefined;
  /** The account in which it is counted, once its token was accepted and until it has ended. */
  account: QuotaAccount | undefined;
}

/** The tenant of connections without an accepted token, in the metrics. */
const nobody = "(none)";

/**
 * The close codes with which `ws` itself closes a socket, by the code of its error. For all other errors it is 1002.
 */
const faults: Readonly<Record<string, CloseCode>> = {
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: closeCodes.messageTooBig,
  WS_ERR_TOO_MANY_BUFFERED_PARTS: closeCodes.policyViolated,
};

export class Connections {
  private readonly accepted: TenantPlaces<Connection>;
  private readonly unauthenticated: UnauthenticatedPlaces<Connection>;

  constructor(private readonly services: Services) {
    this.accepted = new TenantPlaces(services.config.limits.connections);
    const { unauthenticated_connections, unauthenticated_connections_per_address } = services.config.limits;
    this.unauthenticated = new UnauthenticatedPlaces(
      unauthenticated_connections,
      unauthenticated_connections_per_address ?? undefined,
    );
  }

  get acceptedCount(): number {
    return this.accepted.count;
  }

  get unauthenticatedCount(): number {
    return this.unauthenticated.count;
  }

  /**
   * Why one more connection of this tenant cannot be admitted, or one without a token; undefined when it can.
   * @param address by which connections without a token are counted
   */
  refusal(principal: Principal | undefined, address: string): ConnectionRefusal | undefined {
    if (principal === undefined) return this.refusalOfNewcomer(address);
    try {
      this.services.quotas.of(principal.tenant).requireRoomFor("connections", 1);
    } catch (error) {
      if (error instanceof HeadgateError) return overQuota(error.message);
      throw error;
    }
    return this.accepted.hasRoom(principal) ? undefined : noPlace("too many connections");
  }

  private refusalOfNewcomer(address: string): ConnectionRefusal | undefined {
    const { unauthenticated: places, services } = this;
    if (!places.hasRoomFor(address)) {
      const setting = "unauthenticated_connections_per_address";
      services.metrics.quotas.refused(nobody, setting);
      return overQuota(
        `this address has ${places.groupMax} connections that have brought no token (limits.${setting})`,
      );
    }
    if (places.hasRoom(services.clock.now())) return undefined;
    return noPlace("too many connections without a token");
  }

  /** The number of requests without an answer, over all connections. */
  get inFlight(): number {
    let sum = 0;
    for (const { session } of this.accepted) sum += session?.inFlight ?? 0;
    return sum;
  }

  /**
   * @param principal of the client, when the upgrade carried a valid token or no token is needed; otherwise undefined
   * @param address by which it is counted until its token was accepted
   */
  add(socket: WebSocket, raw: Socket, principal: Principal | undefined, address: string): void {
    const transport = new WebSocketTransport(socket, raw);
    const codec = codecOf(socket.protocol);
    const session =
      codec &&
      new Session(nanoid(), this.services, codec, transport, principal, {
        keep: () => this.keep(connection),
        promote: (by) => this.promote(connection, by),
      });
    const connection: Connection = { transport, session, account: undefined };
    socket.binaryType = "fragments"; // a large tensor that arrives as one fragment then stays in its own memory
    socket.on("error", (error) => this.broken(connection, error));
    socket.on("close", () => this.left(connection));
    if (session !== undefined && principal !== undefined) this.accept(connection, principal);
    else this.admit(connection, address);
    if (codec === undefined || session === undefined) return this.refuse(transport);
    socket.on("message", (data: Buffer | Buffer[], isBinary) => this.take(session, codec, data, isBinary));
  }

  /** Whom the open connections act for. */
  *principals(): Generator<Principal, void, undefined> {
    for (const { session } of this.accepted) if (session?.actsFor !== undefined) yield session.actsFor;
  }

  /** The open connections, for whoever watches them. */
  *watched(): Generator<WatchedConnection, void, undefined> {
    for (const { session } of this.accepted) if (session?.watched !== undefined) yield session.watched;
  }

  drain(): void {
    for (const { session } of this.all()) session?.drain();
  }

  tick(now: number, wall: number): void {
    for (const { session } of this.all()) session?.tick(now, wall);
  }

  close(code: CloseCode, reason: string): void {
    for (const { session } of this.all()) session?.close(code, reason);
  }

  destroy(): void {
    for (const { transport } of this.all()) transport.destroy();
  }

  private all(): Connection[] {
    return [...this.accepted, ...this.unauthenticated];
  }

  private keep(connection: Connection): () => void {
    this.unauthenticated.keep(connection);
    return () => this.unauthenticated.endKeeping(connection, this.services.clock.now());
  }

  /**
   * Moves a connection whose hello had a valid token to the authenticated ones, or says why it cannot be admitted.
   */
  private promote(connection: Connection, principal: Principal): ConnectionRefusal | undefined {
    if (!this.unauthenticated.has(connection)) return undefined; // the token was already accepted at the upgrade
    const refusal = this.refusal(principal, "");
    if (refusal !== undefined) return refusal;
    this.unauthenticated.leave(connection);
    this.accept(connection, principal);
    connection.transport.freeIntake();
    return undefined;
  }

  private accept(connection: Connection, principal: Principal): void {
    const admission = this.accepted.admit(connection, principal);
    // The upgrade was checked for room just before.
    if (admission.kind === "full") return connection.transport.destroy();
    connection.account = this.services.quotas.of(principal.tenant);
    connection.account.hold("connections", 1);
    const { displaced } = admission;
    if (displaced === undefined) return;
    const { log, logLimit } = this.services;
    logLimit.report("connection displaced", (count) =>
      log.warn(
        { count, limit: "limits.connections" },
        "all places are taken: the tenant with most connections for its weight gave places up to others",
      ),
    );
    this.displace(displaced, "accepted", "the gateway is full, and another tenant has fewer connections");
  }

  private admit(connection: Connection, address: string): void {
    const { transport, session } = connection;
    transport.boundIntake(() => session?.close(closeCodes.badToken, "64 KiB and no accepted token"));
    const admission = this.unauthenticated.admit(connection, this.services.clock.now(), address);
    if (admission.kind === "full") return transport.destroy(); // the upgrade was checked for room just before
    const { displaced } = admission;
    if (displaced !== undefined)
      this.displace(displaced, "unauthenticated", "too many sockets without a token; this one had its time");
  }

  private displace(connection: Connection, kind: DroppedConnectionKind, reason: string): void {
    const { session, transport } = connection;
    uncount(connection);
    this.services.metrics.sockets.dropped(kind);
    session?.close(closeCodes.overloaded, reason);
    transport.destroyAfterClose();
  }

  private refuse(transport: WebSocketTransport): void {
    this.services.metrics.closed(closeCodes.noSubprotocol);
    transport.close(closeCodes.noSubprotocol, "offer headgate.v1.msgpack or headgate.v1.json");
  }

  private left(connection: Connection): void {
    this.accepted.leave(connection);
    this.unauthenticated.leave(connection);
    uncount(connection);
    connection.session?.gone();
  }

  /**
   * Handles an error of a socket: a frame that violates RFC 6455 or a limit, for which `ws` has already sent the
   * close frame, or a network failure, after which the close event follows.
   */
  private broken(connection: Connection, error: Error & { readonly code?: string }): void {
    const { log, logLimit, metrics, config } = this.services;
    const { transport, session } = connection;
    transport.end();
    if (!error.code?.startsWith("WS_ERR_"))
      return log.debug({ connection: session?.id, err: error }, "socket error");
    const code = faults[error.code] ?? closeCodes.protocolError;
    if (session === undefined || session.ended) return;
    session.gone();
    metrics.closed(code);
    logLimit.report(`broken ${code}`, (count) =>
      log.warn(
        { connection: session.id, code, reason: error.message, limit: config.limits.message_bytes, count },
        "a connection broke RFC 6455 or limits.message_bytes (1009) and was closed",
      ),
    );
  }

  private take(session: Session, codec: Codec, data: Message, isBinary: boolean): void {
    this.services.metrics.received(sizeOf(data));
    if (isBinary === (codec.form === "binary")) return session.receive(data);
    session.close(
      closeCodes.malformed,
      `${codec.subprotocol} carries ${codec.form === "binary" ? "binary" : "text"} messages`,
    );
  }
}

function uncount(connection: Connection): void {
  connection.account?.release("connections", 1);
  connection.account = undefined;
}
