/** The gateway's port: plain HTTP, and upgrades to WebSockets, each of which gets a session. */
import type { IncomingMessage } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { WebSocketServer } from "ws";
import { codecOf } from "../../../protocol/codecs.js";
import { closeCodes } from "../../../protocol/errors.js";
import { limits } from "../../../protocol/limits.js";
import type { Authentication } from "../../auth/authenticator.js";
import type { Principal } from "../../auth/principal.js";
import { presentedCertificate } from "../../tls/client-certificate.js";
import type { ServerTls } from "../../tls/server-tls.js";
import type { WatchedConnection } from "../../watch/connections/connections-topic.js";
import { ClientAddresses } from "./client-addresses.js";
import { Connections } from "./connections.js";
import { asksForWebSocket } from "./declined-upgrade.js";
import { HttpServer, type Routes } from "./http-server.js";
import { refuse } from "./refusal.js";
import { addressProblem } from "./request-address.js";
import type { Services } from "./services.js";
import { decide, examine, type ServerPhase, type UpgradeClaim, type UpgradeRules } from "./upgrade.js";

/** Milliseconds between two checks of the sessions' timeouts. */
const tickMs = 500;

export class SocketServer {
  private readonly http: HttpServer;
  private readonly upgrader: WebSocketServer;
  private readonly connections: Connections;
  private readonly rules: UpgradeRules;
  private readonly addresses: ClientAddresses;
  private ticking: NodeJS.Timeout | undefined;
  private phase: ServerPhase = "starting";

  constructor(
    private readonly services: Services,
    routes: Routes,
    tls: ServerTls | undefined,
  ) {
    const { config, origins } = services;
    this.rules = { origins };
    this.addresses = new ClientAddresses(config.limits.trusted_proxies);
    this.connections = new Connections(services);
    this.http = new HttpServer(services, routes, config.limits.http_connections, tls, true);
    this.upgrader = new WebSocketServer({
      noServer: true,
      maxPayload: config.limits.message_bytes,
      maxFragments: limits.message_fragments_max,
      perMessageDeflate: false, // compression needs gigabytes of memory with many connections
      clientTracking: false, // `connections` has the same list
      skipUTF8Validation: true, // the codec checks UTF-8, and closes with 4400
      autoPong: false, // pongs are sent by pong-queue.ts
      handleProtocols: (offered) => [...offered].find((name) => codecOf(name) !== undefined) ?? false,
    });
    this.http.server.on("upgrade", (request: IncomingMessage, socket: Socket, head: Buffer) =>
      this.upgrade(request, socket, head),
    );
  }

  get acceptedCount(): number {
    return this.connections.acceptedCount;
  }

  get unauthenticatedCount(): number {
    return this.connections.unauthenticatedCount;
  }

  /**
   * Keeps the place of a connection while a stream of this tenant goes on.
   * @throws HeadgateError resource_exhausted, retryable, when too many are kept, of all tenants or of this one
   */
  keep(socket: Socket, tenant: string): () => void {
    return this.http.keep(socket, tenant);
  }

  get httpCount(): number {
    return this.http.connections;
  }

  /** Whom the open connections act for. */
  principals(): Iterable<Principal> {
    return this.connections.principals();
  }

  /** The open connections, for whoever watches them. */
  watched(): Iterable<WatchedConnection> {
    return this.connections.watched();
  }

  /** The number of requests without an answer, over all connections. */
  get inFlight(): number {
    return this.connections.inFlight;
  }

  /** Settles with the address once the server listens. */
  async listen(host: string, port: number): Promise<AddressInfo> {
    const address = await this.http.listen(host, port);
    this.ticking = setInterval(() => this.tick(), tickMs).unref();
    return address;
  }

  /** Accepts WebSockets from now on. */
  serve(): void {
    this.phase = "serving";
  }

  /** Refuses new WebSockets from now on, and asks the connected clients to disconnect. */
  drain(): void {
    this.phase = "draining";
    this.connections.drain();
  }

  /** Settles when every socket has ended, even if clients do not answer: after a little over a second at most. */
  async close(): Promise<void> {
    clearInterval(this.ticking);
    this.connections.close(closeCodes.goingAway, "the gateway is going away");
    await this.http.close(limits.closing_ms, () => this.connections.destroy());
  }

  private tick(): void {
    this.connections.tick(this.services.clock.awake(), this.services.clock.wall());
    this.services.logLimit.flush();
  }

  private upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    if (this.http.owesAnswers(socket)) return void socket.destroy();
    if (!asksForWebSocket(request) && this.http.decline(request, socket, head)) return;
    const problem = addressProblem(request);
    if (problem !== undefined) return this.refuse(socket, 400, problem);
    const claim = examine(request.url ?? "/", request.headers, this.rules, this.phase);
    if (claim.kind === "refused") return this.refuse(socket, claim.status, claim.message);
    const authentication = this.services.authenticators.authenticate({
      token: claim.token,
      certificate: presentedCertificate(socket),
    });
    const finish = (authenticated: Authentication) =>
      this.finishUpgrade(request, socket, head, claim, authenticated);
    if (!(authentication instanceof Promise)) return finish(authentication);
    const endKeeping = this.http.keepForUpgrade(socket);
    void authentication.then((authenticated) => {
      endKeeping();
      finish(authenticated);
    });
  }

  /** The socket may have ended, and the gateway begun to drain, while the token was verified. */
  private finishUpgrade(
    request: IncomingMessage,
    socket: Socket,
    head: Buffer,
    claim: UpgradeClaim,
    authentication: Authentication,
  ): void {
    if (socket.destroyed) return;
    if (this.phase !== "serving") return this.refuse(socket, 503, this.phase);
    const address = this.addresses.groupOf(socket.remoteAddress, forwardedFor(request));
    const decision = decide(claim, authentication, (principal) =>
      this.connections.refusal(principal, address),
    );
    if (decision.kind === "refused") return this.refuse(socket, decision.status, decision.message);
    this.upgrader.handleUpgrade(request, socket, head, (accepted) => {
      this.http.upgraded(socket);
      this.connections.add(accepted, socket, decision.principal, address);
    });
  }

  private refuse(socket: Socket, status: number, message: string): void {
    const { log, logLimit, metrics } = this.services;
    metrics.sockets.refused(status);
    logLimit.report(`upgrade refused ${status}`, (count) =>
      log.info({ status, reason: message, count }, "upgrade refused"),
    );
    refuse(socket, status, message);
  }
}

function forwardedFor({ headers }: IncomingMessage): string | undefined {
  const given = headers["x-forwarded-for"];
  return Array.isArray(given) ? given.join(",") : given;
}
