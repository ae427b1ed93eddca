/** The HTTP server and its WebSocket upgrade: sockets in, sessions out. */
import { createServer, type IncomingMessage, type Server, STATUS_CODES } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { getRequestListener } from "@hono/node-server";
import type { Hono } from "hono";
import { nanoid } from "nanoid";
import { type WebSocket, WebSocketServer } from "ws";
import type { Codec, Message } from "../../protocol/codec.js";
import { codecOf } from "../../protocol/codecs.js";
import { closeCodes } from "../../protocol/errors.js";
import { limits } from "../../protocol/limits.js";
import { sizeOf } from "../../protocol/parts.js";
import type { Principal } from "../keys.js";
import type { House } from "../session/house.js";
import { Session } from "../session/session.js";
import { judge, type Phase, type UpgradeRules } from "./upgrade.js";
import { WebSocketTransport } from "./websocket.js";

/** How often sessions look at the clock. */
const tickMs = 500;

export class SocketServer {
  private readonly http: Server;
  private readonly sockets: WebSocketServer;
  private readonly sessions = new Set<Session>();
  private readonly rules: UpgradeRules;
  private ticking: NodeJS.Timeout | undefined;
  private phase: Phase = "starting";

  constructor(
    private readonly house: House,
    routes: Hono,
  ) {
    const { config, keys } = house;
    this.rules = {
      keys,
      allowedOrigins: new Set(config.auth.allowed_origins),
      connectionsMax: config.limits.connections,
    };
    this.http = createServer(getRequestListener(routes.fetch));
    this.sockets = new WebSocketServer({
      noServer: true,
      maxPayload: config.limits.message_bytes,
      perMessageDeflate: false, // it costs gigabytes with many connections
      clientTracking: false, // `sessions` are the same
      skipUTF8Validation: true, // the codec looks, and closes with 4400
      handleProtocols: (offered) => [...offered].find((name) => codecOf(name) !== undefined) ?? false,
    });
    this.http.on("upgrade", (request, socket, head) => this.upgrade(request, socket, head));
  }

  get connections(): number {
    return this.sessions.size;
  }

  /** Requests without an answer, over all connections. */
  get inFlight(): number {
    let sum = 0;
    for (const session of this.sessions) sum += session.inFlight;
    return sum;
  }

  /** Settles once it listens; answers where. */
  async listen(host: string, port: number): Promise<AddressInfo> {
    await new Promise<void>((resolve, reject) => {
      this.http.once("error", reject);
      this.http.listen(port, host, () => resolve());
    });
    this.ticking = setInterval(() => this.tick(), tickMs).unref();
    return this.http.address() as AddressInfo;
  }

  /** Sockets are welcome from now on. */
  serve(): void {
    this.phase = "serving";
  }

  /** New sockets are refused from now on; those here are told to leave. */
  drain(): void {
    this.phase = "draining";
    for (const session of this.sessions) session.drain();
  }

  async close(): Promise<void> {
    clearInterval(this.ticking);
    for (const session of [...this.sessions])
      session.close(closeCodes.goingAway, "the gateway is going away");
    await new Promise<void>((resolve) => {
      this.http.close(() => resolve());
      this.http.closeIdleConnections();
    });
  }

  private tick(): void {
    const now = this.house.clock.now();
    const wall = this.house.clock.wall();
    for (const session of this.sessions) session.tick(now, wall);
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const destroy = () => socket.destroy();
    socket.on("error", destroy);
    const moment = {
      connections: this.sessions.size,
      phase: this.phase,
      wall: this.house.clock.wall(),
    };
    const verdict = judge(request.url ?? "/", request.headers, this.rules, moment);
    if (verdict.kind === "refused") {
      this.house.log.info({ status: verdict.status, reason: verdict.message }, "upgrade refused");
      return refuse(socket, verdict.status, verdict.message);
    }
    this.sockets.handleUpgrade(request, socket, head, (accepted) => {
      socket.off("error", destroy); // from now on `ws` hears it
      this.accept(accepted, socket, verdict.principal);
    });
  }

  private accept(socket: WebSocket, raw: Duplex, principal: Principal | undefined): void {
    const codec = codecOf(socket.protocol);
    if (codec === undefined)
      return socket.close(closeCodes.noSubprotocol, "offer headgate.v1.msgpack or headgate.v1.json");
    const session = new Session(nanoid(), this.house, codec, new WebSocketTransport(socket, raw), principal);
    this.sessions.add(session);
    if (principal === undefined) boundUnauthenticated(raw, session);
    socket.binaryType = "fragments"; // a large tensor that came as a fragment stays in memory of its own
    socket.on("message", (data: Buffer | Buffer[], isBinary) => this.take(session, codec, data, isBinary));
    socket.on("error", (error) => this.broken(session, error));
    socket.on("close", () => {
      this.sessions.delete(session);
      session.gone();
    });
  }

  private broken(session: Session, error: Error & { readonly code?: string }): void {
    const { log, config } = this.house;
    if (error.code !== "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH")
      return log.debug({ connection: session.id, err: error }, "socket error");
    const limit = config.limits.message_bytes;
    log.warn(
      { connection: session.id, limit },
      "a message over limits.message_bytes closed its connection (1009)",
    );
  }

  private take(session: Session, codec: Codec, data: Message, isBinary: boolean): void {
    this.house.metrics.received(sizeOf(data));
    if (isBinary === (codec.form === "binary")) return session.receive(data);
    session.close(
      closeCodes.malformed,
      `${codec.subprotocol} carries ${codec.form === "binary" ? "binary" : "text"} messages`,
    );
  }
}

/** Until a token was accepted a socket may send 64 KiB in all, counted before `ws` keeps any of it. */
function boundUnauthenticated(raw: Duplex, session: Session): void {
  let received = 0;
  const count = (chunk: Buffer) => {
    received += chunk.byteLength;
    if (session.authenticated) raw.off("data", count);
    else if (received > limits.unauthenticated_bytes_max) {
      session.close(closeCodes.badToken, "64 KiB and no accepted token");
      raw.pause(); // the close frame still goes out
    }
  };
  raw.prependListener("data", count);
}

function refuse(socket: Duplex, status: number, message: string): void {
  const retry = status === 503 ? "Retry-After: 1\r\n" : "";
  const body = `${message}\n`;
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${retry}Connection: close\r\n` +
      `Content-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
