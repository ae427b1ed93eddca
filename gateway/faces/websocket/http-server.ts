/**
 * The HTTP server with its bounds: connections that are no WebSocket have a number of places and times of their own,
 * from their first byte (or before it) to their end.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { limits } from "../../../protocol/limits.js";
import type { Services } from "./services.js";
import { UnauthenticatedPlaces } from "./unauthenticated-places.js";

/** Milliseconds for a whole request, and without a byte either way. */
const requestMs = 15_000;
const idleMs = 30_000;

/** Where HAProxy and others check in HTTP/1.0, without a Host, which Hono refuses. */
const hostlessPaths: ReadonlySet<string> = new Set(["/v2/health/live", "/v2/health/ready"]);

/** Requests on one connection that wait for their answers. */
const pipelinedMax = 16;

/** What answers plain HTTP requests. */
export interface Routes {
  fetch(request: Request): Response | Promise<Response>;
}

export type HttpServices = Pick<Services, "clock" | "log" | "logLimit" | "metrics">;

export class HttpServer {
  readonly server: Server;
  private readonly sockets: UnauthenticatedPlaces<Socket>;
  /** Requests of each connection that have no answer: a client may send many at once. */
  private readonly unanswered = new WeakMap<Socket, number>();

  constructor(
    private readonly house: HttpServices,
    routes: Routes,
    connectionsMax: number,
  ) {
    this.sockets = new UnauthenticatedPlaces(connectionsMax);
    this.server = createServer({
      headersTimeout: limits.header_ms,
      requestTimeout: requestMs,
      connectionsCheckingInterval: 1_000,
      maxHeaderSize: limits.header_bytes_max,
    });
    this.server.setTimeout(idleMs); // an answer that is not read
    const listener = getRequestListener(routes.fetch);
    const hostless = getRequestListener(routes.fetch, { hostname: "localhost" });
    this.server.on("request", (request, response) => {
      if (!this.begin(request, response)) return;
      if (request.headers.host !== undefined) return void listener(request, response);
      if (hostlessPaths.has(request.url ?? "")) return void hostless(request, response);
      response.writeHead(400, { connection: "close" }).end("a Host is needed, but for health checks\n");
    });
    this.server.on("connection", (socket: Socket) => this.arrived(socket));
    // For example EMFILE at accept: the process is out of descriptors, and lives.
    this.server.on("error", (error) => this.failed(error));
  }

  get connections(): number {
    return this.sockets.count;
  }

  /** Settles once it listens; answers where. */
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

  /** Whether requests came before this one and are not answered: their answers would go into the WebSocket. */
  owesAnswers(socket: Socket): boolean {
    return (this.unanswered.get(socket) ?? 0) > 0;
  }

  /** It became a WebSocket, which has a place elsewhere. */
  upgraded(socket: Socket): void {
    this.sockets.leave(socket);
  }

  /**
   * Takes nobody in any more; settles when all have left, WebSockets too. Whoever has not within `graceMs` is made to:
   * a request cut short is never whole, and a peer that is gone never answers.
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
    socket.on("error", () => {}); // there is one always; who needs to know has one too
    const admission = this.sockets.admit(socket, this.house.clock.now());
    if (admission.kind === "full") {
      this.dropped();
      return void socket.destroy();
    }
    socket.once("close", () => this.sockets.leave(socket));
    if (admission.displaced === undefined) return;
    this.dropped();
    admission.displaced.destroy();
  }

  /** False: this connection asks more than is answered. */
  private begin(request: IncomingMessage, response: ServerResponse): boolean {
    const { socket } = request;
    if (socket.destroyed) return false;
    const unanswered = (this.unanswered.get(socket) ?? 0) + 1;
    if (unanswered > pipelinedMax) {
      socket.destroy();
      return false;
    }
    this.unanswered.set(socket, unanswered);
    this.sockets.renew(socket, this.house.clock.now());
    response.once("close", () => this.unanswered.set(socket, (this.unanswered.get(socket) ?? 1) - 1));
    return true;
  }

  private dropped(): void {
    const { log, logLimit, metrics } = this.house;
    metrics.sockets.dropped("http");
    logLimit.report("http dropped", (count) =>
      log.warn(
        { count, limit: "limits.http_connections" },
        "TCP connections that asked for nothing were dropped to make room for others",
      ),
    );
  }

  private failed(error: Error): void {
    const { log, logLimit } = this.house;
    logLimit.report("accept failed", (count) =>
      log.error({ err: error, count }, "a connection could not be accepted; is `ulimit -n` too low?"),
    );
  }
}
