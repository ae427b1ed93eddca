/** A client of the bare echo server, which sends each message back unchanged. */
import WebSocket from "ws";
import type { EncodedMessage } from "../../protocol/codec.js";
import { joined } from "../../protocol/parts.js";

/** The parts of an encoded binary message, joined into one byte array. */
export function bytesOf(encoded: EncodedMessage): Uint8Array {
  if (typeof encoded === "string") throw new TypeError("a text frame has no bytes to send");
  return encoded instanceof Uint8Array ? encoded : joined(encoded);
}

export class EchoClient {
  private readonly waiting: ((message: Buffer) => void)[] = [];

  private constructor(private readonly socket: WebSocket) {
    socket.on("message", (message: Buffer) => this.waiting.shift()?.(message));
  }

  static async open(port: number): Promise<EchoClient> {
    const socket = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
    await new Promise<void>((resolve, reject) => socket.once("open", resolve).once("error", reject));
    return new EchoClient(socket);
  }

  ask(message: Uint8Array): Promise<Buffer> {
    return new Promise((resolve) => {
      this.waiting.push(resolve);
      this.socket.send(message);
    });
  }

  close(): void {
    this.socket.terminate();
  }
}
