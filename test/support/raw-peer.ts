/**
 * A TCP connection that the test controls, with WebSocket frames made by hand, for bytes that no library would send.
 */
import { once } from "node:events";
import { connect, type Socket } from "node:net";

export interface FrameShape {
  readonly opcode?: number;
  readonly fin?: boolean;
  /** The reserved bits: RSV1 is 4, RSV2 is 2, RSV3 is 1. */
  readonly rsv?: number;
  readonly masked?: boolean;
  /** The length in the frame's header. Default: the payload's length. */
  readonly announced?: number;
}

/** A client's frame. The mask is all zeros, so the payload's bytes are sent unchanged. */
export function rawFrame(payload: Uint8Array, shape: FrameShape = {}): Buffer {
  const { opcode = 2, fin = true, rsv = 0, masked = true, announced = payload.length } = shape;
  const mask = masked ? 0x80 : 0;
  const first = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  const long = Buffer.alloc(8);
  long.writeBigUInt64BE(BigInt(announced));
  const length =
    announced < 126
      ? [mask | announced]
      : announced < 65_536
        ? [mask | 126, ...long.subarray(6)]
        : [mask | 127, ...long];
  return Buffer.concat([Buffer.from([first, ...length]), Buffer.alloc(masked ? 4 : 0), payload]);
}

export function upgradeRequest(headers: readonly string[] = [], path = "/v1"): string {
  return [
    `GET ${path} HTTP/1.1`,
    "Host: localhost",
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: MDEyMzQ1Njc4OTAxMjM0NQ==",
    ...headers,
    "\r\n",
  ].join("\r\n");
}

export const offered = "Sec-WebSocket-Protocol: headgate.v1.msgpack";

export class RawPeer {
  private received = Buffer.alloc(0);
  private ended = false;
  /** Resolves when the other side has ended the connection, by FIN or RST. */
  readonly end: Promise<void>;

  private constructor(readonly socket: Socket) {
    socket.on("data", (chunk) => {
      this.received = Buffer.concat([this.received, chunk]);
    });
    socket.on("error", () => {}); // A reset counts as an end too
    this.end = new Promise((resolve) => {
      const over = () => {
        this.ended = true;
        resolve();
      };
      socket.on("end", over);
      socket.on("close", over);
    });
  }

  /**
   * @param halfOpen whether the connection stays open when the other side closes, as with a client that never closes
   */
  static async open(port: number, first: string | Uint8Array = "", halfOpen = true): Promise<RawPeer> {
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: halfOpen });
    const peer = new RawPeer(socket);
    await once(socket, "connect");
    if (first.length > 0) socket.write(first);
    return peer;
  }

  write(bytes: string | Uint8Array): void {
    if (!this.socket.destroyed) this.socket.write(bytes);
  }

  get text(): string {
    return this.received.toString("latin1");
  }

  /** The status of the HTTP answer, when its first line has arrived. */
  async status(): Promise<number> {
    const found = await this.until(() => /^HTTP\/1\.1 (\d{3}) /.exec(this.text));
    return Number(found[1]);
  }

  /** The close frame's code, when it has arrived; undefined when the connection ended without one. */
  async closeCode(): Promise<number | undefined> {
    const found = await this.until(() => closeCodeIn(this.received) ?? (this.ended ? "none" : undefined));
    return found === "none" ? undefined : found;
  }

  /** The pongs that have arrived. */
  get pongs(): Buffer[] {
    return framesIn(this.received)
      .filter(({ opcode }) => opcode === 10)
      .map(({ payload }) => payload);
  }

  destroy(): void {
    this.socket.destroy();
  }

  reset(): void {
    this.socket.resetAndDestroy();
  }

  async until<T>(look: () => T | null | undefined): Promise<T> {
    for (;;) {
      const found = look();
      if (found !== null && found !== undefined) return found;
      if (this.ended && look() === undefined)
        throw new Error(`the connection ended after: ${this.text.slice(-500)}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

function closeCodeIn(received: Buffer): number | undefined {
  const close = framesIn(received).find(({ opcode }) => opcode === 8);
  return close?.payload.length ? close.payload.readUInt16BE(0) : undefined;
}

/** The complete frames that follow the answer to the upgrade. */
function framesIn(received: Buffer): { readonly opcode: number; readonly payload: Buffer }[] {
  const frames = [];
  let at = received.indexOf("\r\n\r\n") + 4;
  while (at >= 4 && at + 2 <= received.length) {
    const opcode = (received[at] ?? 0) & 15;
    const short = (received[at + 1] ?? 0) & 127;
    const extended = short === 126 ? 2 : short === 127 ? 8 : 0;
    if (at + 2 + extended > received.length) break;
    const length =
      extended === 2
        ? received.readUInt16BE(at + 2)
        : extended === 8
          ? Number(received.readBigUInt64BE(at + 2))
          : short;
    const from = at + 2 + extended;
    if (from + length > received.length) break;
    frames.push({ opcode, payload: received.subarray(from, from + length) });
    at = from + length;
  }
  return frames;
}
