/**
 * The HTTP server with its limits. Connections that are not WebSockets are limited in number and in time, from before
 * their first byte until they end.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { getRequestListener, RequestError } from "@hono/node-server";
import { limits } from "../../../protocol/limits.js";
import { SecureServer } from "../../tls/secure-server.js";
import type { ServerTls } from "../../tls/server-tls.js";
import { shareAnswer } from "./cross-origin.js";
import { declineUpgrade } from "./declined-upgrade.js";
import { followExchange } from "./http-exchange.js";
import { HttpPlaces } from "./http-places.js";
import { addressProblem } from "./request-address.js";
import { defect, type RequestRefusal, refuseRequest, unreadableRequest } from "./request-refusal.js";
import type { Services } from "./services.js";
import { UnsentResponses } from "./unsent-responses.js";

/** Milliseconds that a whole request may take, and milliseconds that a connection may be silent. */
const requestMs = 15_000;
const idleMs = 30_000;

const times = {
  headersTimeout: limits.header_ms,
  requestTimeout: requestMs,
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: limits.header_bytes_max,
};

/**
 * Load balancers such as HAProxy check these paths with HTTP/1.0 and without a Host header, which Hono refuses, or
 * under a Host of their own.
 */
const hostlessPaths: ReadonlySet<string> = new Set(["/v2/health/live", "/v2/health/ready"]);

/** The number of requests on one connection that may wait for their answers. */
const pipelinedMax = 16;

/** The only expectation of RFC 9110. */
const continues = "100-continue";

/** Answers plain HTTP requests. */
export interface Routes {
  fetch(request: Request): Response | Promise<Response>;
  /** Asked first, behind the same rules of Host and Origin; false when it does not answer, and has touched nothing. */
  readonly direct?: (incoming: IncomingMessage, outgoing: ServerResponse) => boolean;
}

export type HttpServices = Pick<Services, "clock" | "log" | "logLimit" | "metrics" | "origins">;

export class HttpServer {
  readonly server: Server;
  /** TCP connections; under TLS they are counted before their handshake. */
  private readonly sockets: HttpPlaces<Socket>;
  /** The TCP connection below a request's socket: another one under TLS, and otherwise the same. */
  private readonly rawOf: (socket: Socket) => Socket;
  private readonly unsent = new UnsentResponses();

  /**
   * @param tls undefined for a port that speaks plain HTTP
   * @param asksForCertificate whether clients are asked for a certificate, where `tls.client_ca` is given
   */
  constructor(
    private readonly services: HttpServices,
    routes: Routes,
    connectionsMax: number,
    tls: ServerTls | undefined,
    asksForCertificate: boolean,
  ) {
    this.sockets = new HttpPlaces(connectionsMax);
    const secure = tls && new SecureServer(tls, { ...times, asksForCertificate }, services);
    this.rawOf = (socket) => secure?.rawOf(socket) ?? socket;
    this.server = secure?.server ?? createServer(times);
    // Node drops what follows the thousandth header: an Origin that is to be refused, or the length of the body. All of
    // them together have at most maxHeaderSize.
    this.server.maxHeadersCount = 0;
    this.server.setTimeout(idleMs); // also ends connections whose client does not read its answer
    const errorHandler = (error: unknown) => this.unreadable(error);
    const listener = getRequestListener(routes.fetch, { errorHandler });
    const hostless = getRequestListener(routes.fetch, { hostname: "localhost", errorHandler });
    this.server.on("request", (request, response) => {
      if (!this.begin(request, response)) return;
      const refusal = this.refusalOf(request);
      if (refusal !== undefined) return refuseRequest(response, refusal);
      if (this.services.origins.isListed(request.headers.origin) && shareAnswer(request, response)) return;
      if (routes.direct?.(request, response)) return;
      void (request.headers.host === undefined ? hostless : listener)(request, response);
    });
    // Node would answer these itself, without a body: they are refused with the other refusals.
    this.server.on("checkExpectation", (request, response) => this.server.emit("request", request, response));
    this.server.on("connection", (socket: Socket) => this.arrived(socket));
    // For example EMFILE at accept: the process has no file descriptors left, and continues.
    this.server.on("error", (error) => this.failed(error));
  }

  get connections(): number {
    return this.sockets.count;
  }

  /** Settles with the address once the server listens. */
  async listen(host: string, port: number): Promise<AddressInfo> {
    await new Promise<void>((resolve, reject) => {
      this.server.once("error", reject);
      this.server.listen(port, host, () => {
        this.server.off("error", reject);
        resolve();
      });
    });
    return this.server.address() as AddressInfo;
  }

  /** Whether earlier requests on this socket are unanswered: their answers would be written into the WebSocket. */
  owesAnswers(socket: Socket): boolean {
    return this.sockets.uses(this.rawOf(socket), "exchange") > 0;
  }

  /** Answers a request as if it had not asked for another protocol; false under TLS, where no client asks for HTTP/2 so. */
  decline(request: IncomingMessage, socket: Socket, head: Buffer): boolean {
    if (this.rawOf(socket) !== socket) return false;
    declineUpgrade(this.server, request, socket, head);
    return true;
  }

  /** Removes a socket that became a WebSocket, because those are counted separately. */
  upgraded(socket: Socket): void {
    this.sockets.leave(this.rawOf(socket));
  }

  /**
   * Keeps a connection's place while a stream of this tenant goes on.
   * @returns what gives the place back, once
   * @throws HeadgateError resource_exhausted, retryable, when too many are kept, of all tenants or of this one
   */
  keep(socket: Socket, tenant: string): () => void {
    const { sockets } = this;
    const { clock } = this.services;
    const raw = this.rawOf(socket);
    sockets.beginStream(raw, tenant, clock.now());
    return () => sockets.end(raw, "stream", clock.now());
  }

  /** Keeps the place of a connection that asks to become a WebSocket while its token is verified. */
  keepForUpgrade(socket: Socket): () => void {
    const { sockets } = this;
    const { clock } = this.services;
    const raw = this.rawOf(socket);
    sockets.begin(raw, "answer", clock.now());
    return () => sockets.end(raw, "answer", clock.now());
  }

  /**
   * Accepts no more connections; settles when all have ended, including WebSockets. Connections that remain after
   * `graceMs` are destroyed: an incomplete request would never be completed, and a lost peer never answers.
   */
  async close(graceMs: number, destroyUpgraded: () => void): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeIdleConnections();
    const late = setTimeout(() => {
      for (const socket of [...this.sockets]) socket.destroy();
      destroyUpgraded();
    }, graceMs);
    await closed;
    clearTimeout(late);
  }

  private arrived(socket: Socket): void {
    if (this.sockets.has(socket)) return; // its upgrade was declined
    // Prevents an uncaught exception; code that handles errors adds a listener of its own.
    socket.on("error", () => {});
    const admission = this.sockets.admit(socket, this.services.clock.now());
    if (admission.kind === "full") {
      this.dropped();
      return void socket.destroy();
    }
    socket.once("close", () => this.sockets.leave(socket));
    if (admission.displaced === undefined) return;
    this.dropped();
    admission.displaced.destroy();
  }

  /** Counts a request; false when the connection has more unanswered requests than allowed. */
  private begin(request: IncomingMessage, response: ServerResponse): boolean {
    const { socket } = request;
    if (socket.destroyed) return false;
    const { sockets } = this;
    const { clock } = this.services;
    const raw = this.rawOf(socket);
    if (sockets.uses(raw, "exchange") >= pipelinedMax) {
      socket.destroy();
      return false;
    }
    this.unsent.add(socket, response);
    followExchange(request, response, {
      begin: (use) => sockets.begin(raw, use, clock.now()),
      end: (use) => sockets.end(raw, use, clock.now()),
    });
    return true;
  }

  /** Why a request is refused before its path is looked up; undefined when it is not. */
  private refusalOf(request: IncomingMessage): RequestRefusal | undefined {
    const { headers, url = "" } = request;
    const problem = addressProblem(request);
    if (problem !== undefined) return { status: 400, message: problem };
    if (hostlessPaths.has(url)) return undefined;
    if (headers.host === undefined)
      return { status: 400, message: "Host: is needed by every request but the health checks" };
    const foreign = this.services.origins.problem(headers);
    if (foreign !== undefined) return { status: 403, message: foreign };
    const { expect = continues } = headers;
    if (expect.toLowerCase() === continues) return undefined;
    return { status: 417, message: `Expect: only ${continues} is known` };
  }

  /** Answers what the adapter refuses. Routes answer their own errors, so any other error is a defect. */
  private unreadable(error: unknown): Response {
    if (error instanceof RequestError) return unreadableRequest(error.message);
    const { log, logLimit } = this.services;
    logLimit.report("http request failed", (count) =>
      log.error({ err: error, count }, "an HTTP request could not be handed to its route"),
    );
    return defect();
  }

  private dropped(): void {
    const { log, logLimit, metrics } = this.services;
    metrics.sockets.dropped("http");
    logLimit.report("http dropped", (count) =>
      log.warn(
        { count, limit: "limits.http_connections" },
        "all places of HTTP connections are taken: those whose clients were silent were dropped, or newcomers refused",
      ),
    );
  }

  private failed(error: Error): void {
    const { log, logLimit } = this.services;
    logLimit.report("accept failed", (count) =>
      log.error({ err: error, count }, "a connection could not be accepted; is `ulimit -n` too low?"),
    );
  }
}
