/** An HTTPS server whose connections are limited, counted and reported from before their handshake. */
import type { ServerOptions } from "node:http";
import { createServer, type Server } from "node:https";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { Logger } from "pino";
import { limits } from "../../protocol/limits.js";
import type { Clock } from "../clock.js";
import type { LogLimit } from "../observe/log-limit.js";
import type { TlsMetrics } from "../observe/tls-metrics.js";
import { type HandshakeFailureReason, handshakeFailureReason } from "./handshake-failure.js";
import { Handshakes } from "./handshakes.js";
import type { ServerTls } from "./server-tls.js";

export interface SecureServerServices {
  readonly clock: Pick<Clock, "after">;
  readonly log: Pick<Logger, "info" | "warn">;
  readonly logLimit: LogLimit;
  readonly metrics: { readonly tls: TlsMetrics };
}

/** What an operator may be able to mend. The other failures are those of scanners, health checks and lost networks. */
const telling: ReadonlySet<HandshakeFailureReason> = new Set([
  "plain_http",
  "protocol_version",
  "no_common_cipher",
  "client_certificate_missing",
  "client_certificate_refused",
  "refused_by_client",
]);

export class SecureServer {
  readonly server: Server;
  private readonly handshakes: Handshakes;
  private readonly raws = new WeakMap<Socket, Socket>();

  constructor(
    tls: ServerTls,
    options: ServerOptions & { readonly asksForCertificate: boolean },
    private readonly services: SecureServerServices,
  ) {
    this.handshakes = new Handshakes(services.clock, limits.header_ms);
    this.server = createServer({ ...options, ...tls.options(options.asksForCertificate) });
    tls.keepRenewed(this.server);
    this.server.on("connection", (raw: Socket) => this.handshakes.begin(raw));
    this.server.on("secureConnection", (secure: TLSSocket) => this.established(secure));
    this.server.on("tlsClientError", (error: Error, secure: TLSSocket) => this.failed(error, secure));
  }

  /** The TCP connection below a TLS socket. */
  rawOf(secure: Socket): Socket | undefined {
    return this.raws.get(secure);
  }

  private established(secure: TLSSocket): void {
    secure.on("error", () => {}); // prevents an uncaught exception once the HTTP server has let go of the socket
    const raw = this.handshakes.finish(secure);
    if (raw === undefined) return void secure.destroy();
    this.raws.set(secure, raw);
  }

  private failed(error: Error & { readonly code?: string }, secure: TLSSocket): void {
    secure.destroy();
    const { log, logLimit, metrics } = this.services;
    const { authorizationError: fault } = secure;
    const certificateFault = fault ? String(fault) : undefined;
    const reason = handshakeFailureReason({ code: error.code, certificateFault });
    metrics.tls.handshakeFailed(reason);
    const level = telling.has(reason) ? "warn" : "info";
    logLimit.report(`tls handshake ${reason}`, (count) =>
      log[level]({ reason, detail: certificateFault ?? error.code, count }, "a TLS handshake failed"),
    );
  }
}
