/**
 * WebSocket connections without the client library. They cost the bench the same on both sides of a row, and they
 * show every frame that was sent.
 */
import type { SecureContext } from "node:tls";
import WebSocket from "ws";
import type { ClientFrame, GatewayFrame } from "../../protocol/frames.js";
import { msgpackCodec } from "../../protocol/msgpack.js";
import { bytesOf } from "./echo.js";

/** What a client of a gateway with TLS trusts, and the certificate that it shows. */
export interface TlsOptions {
  /** Made once for many connections: reading the certificates takes as long as a handshake. */
  readonly secureContext?: SecureContext;
}

export class BareClient {
  private constructor(readonly socket: WebSocket) {
    socket.on("error", () => {}); // Ignored: a close event follows each error
  }

  /** Connects to a bare `ws` server. */
  static open(port: number): Promise<BareClient> {
    return BareClient.opened(new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false }));
  }

  /**
   * Connects to a gateway, by its port on this machine or by its URL, and waits for the `welcome` that answers the
   * hello.
   */
  static async welcomed(at: number | string, token?: string, tls: TlsOptions = {}): Promise<BareClient> {
    const url = typeof at === "number" ? `ws://127.0.0.1:${at}/v1` : at;
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const options = { headers, perMessageDeflate: false, ...tls };
    const client = await BareClient.opened(new WebSocket(url, msgpackCodec.subprotocol, options));
    client.send({ type: "hello" });
    await client.frame(({ type }) => type === "welcome");
    return client;
  }

  private static async opened(socket: WebSocket): Promise<BareClient> {
    await new Promise<void>((resolve, reject) => socket.once("open", resolve).once("error", reject));
    return new BareClient(socket);
  }

  send(...frames: readonly ClientFrame[]): void {
    this.socket.send(bytesOf(msgpackCodec.join(frames.map((frame) => msgpackCodec.encode(frame)))));
  }

  /** Calls `each` with every frame that arrives from now on. */
  hear(each: (frame: GatewayFrame) => void): void {
    this.socket.on("message", (message: Buffer) => {
      for (const { value } of msgpackCodec.decode(message)) each(value as GatewayFrame);
    });
  }

  /** Calls `each` with the frames of every message until the returned function is called. */
  hearMessages(each: (frames: readonly GatewayFrame[]) => void): () => void {
    const take = (message: Buffer) =>
      each(msgpackCodec.decode(message).map(({ value }) => value as GatewayFrame));
    this.socket.on("message", take);
    return () => this.socket.off("message", take);
  }

  /** The next frame, among those that arrive from now on, for which `fits` is true. */
  frame(fits: (frame: GatewayFrame) => boolean): Promise<GatewayFrame> {
    return new Promise((resolve) => {
      const look = (message: Buffer) => {
        for (const { value } of msgpackCodec.decode(message)) {
          const frame = value as GatewayFrame;
          if (!fits(frame)) continue;
          this.socket.off("message", look);
          return resolve(frame);
        }
      };
      this.socket.on("message", look);
    });
  }

  answer(id: number): Promise<GatewayFrame> {
    return this.frame((frame) => "id" in frame && frame.id === id);
  }

  close(): void {
    this.socket.terminate();
  }
}

/** Opens many connections, a limited number at a time, so that the server's listen queue does not overflow. */
export async function openMany<T>(count: number, open: (i: number) => Promise<T>): Promise<T[]> {
  const all: T[] = [];
  for (let from = 0; from < count; from += 200)
    all.push(
      ...(await Promise.all(Array.from({ length: Math.min(200, count - from) }, (_, i) => open(from + i)))),
    );
  return all;
}
