/** A bare `ws` client, which shows what a client in another language would receive. */
import type { ConnectionOptions } from "node:tls";
import WebSocket from "ws";
import type { ClientFrame, GatewayFrame } from "../../protocol/frames.js";
import { codec, framesOf, messageOf } from "./transport.js";

export interface SocketOptions {
  readonly subprotocol?: string;
  readonly headers?: Record<string, string>;
  /** Sends a hello at once. Default true. */
  readonly hello?: boolean;
  /** The authority to trust and the client's own certificate, for a `wss` address. */
  readonly tls?: ConnectionOptions;
}

export class BareSocket {
  readonly frames: GatewayFrame[] = [];
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  private readonly codec;
  private readonly waiting = new Set<() => void>();
  private ended = false;

  private constructor(
    readonly socket: WebSocket,
    subprotocol: string,
  ) {
    this.codec = codec(subprotocol);
    socket.on("message", (data: Buffer) => {
      this.frames.push(...framesOf(this.codec, data));
      this.wake();
    });
    socket.on("error", () => {}); // A close event follows each error
    this.closed = new Promise((resolve) =>
      socket.on("close", (code, reason) => {
        this.ended = true;
        this.wake();
        resolve({ code, reason: reason.toString() });
      }),
    );
  }

  static async open(url: string, options: SocketOptions = {}): Promise<BareSocket> {
    const { subprotocol = "headgate.v1.msgpack", headers = {}, hello = true, tls = {} } = options;
    const socket = new WebSocket(url, subprotocol, { headers, perMessageDeflate: false, ...tls });
    const bare = new BareSocket(socket, subprotocol);
    await new Promise<void>((resolve, reject) => {
      socket.once("open", () => resolve());
      socket.once("error", reject);
    });
    if (hello) bare.send({ type: "hello" });
    return bare;
  }

  /** Sends the frames as one message. */
  send(...frames: ClientFrame[]): void {
    const message = messageOf(this.codec, frames);
    this.socket.send(message, { binary: this.codec.form === "binary" });
  }

  raw(message: Uint8Array | string): void {
    this.socket.send(message);
  }

  /**
   * The first frame that fits, among those that arrived already or arrive later.
   * @throws Error when the socket closes before one arrived
   */
  async next<F extends GatewayFrame>(fits: (frame: GatewayFrame) => frame is F): Promise<F>;
  async next(fits: (frame: GatewayFrame) => boolean): Promise<GatewayFrame>;
  async next(fits: (frame: GatewayFrame) => boolean): Promise<GatewayFrame> {
    for (;;) {
      const found = this.frames.find(fits);
      if (found !== undefined) return found;
      if (this.ended) throw new Error(`the socket closed; it brought ${JSON.stringify(this.frames)}`);
      await new Promise<void>((resolve) => this.waiting.add(resolve));
    }
  }

  /** The answer to the request with this id. */
  answer(id: number): Promise<GatewayFrame> {
    return this.next((frame) => "id" in frame && frame.id === id);
  }

  close(): Promise<{ readonly code: number; readonly reason: string }> {
    this.socket.close(1000);
    return this.closed;
  }

  private wake(): void {
    for (const resolve of this.waiting) resolve();
    this.waiting.clear();
  }
}

/** The HTTP status with which an upgrade is refused, and the headers. */
export function refusedUpgrade(
  url: string,
  headers: Record<string, string> = {},
  tls: ConnectionOptions = {},
): Promise<{
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly authenticate: string | undefined;
}> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, "headgate.v1.msgpack", { headers, ...tls });
    socket.on("open", () => reject(new Error("the upgrade was accepted")));
    socket.on("error", () => {});
    socket.on("unexpected-response", (request, response) => {
      const { "retry-after": retryAfter, "www-authenticate": authenticate } = response.headers;
      resolve({ status: response.statusCode ?? 0, retryAfter, authenticate });
      request.destroy();
    });
  });
}
