/** A WebSocket as a session sees it. One of the two files that know `ws`. */
import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import type { Encoded } from "../../protocol/codec.js";
import type { CloseCode } from "../../protocol/errors.js";
import type { Transport } from "../session/transport.js";
import { SharedMessage } from "./shared-message.js";

/** Of all sockets: what one was sent, the next is often sent too. */
const sharedMessage = new SharedMessage();

/** Milliseconds a peer has to answer a close before its socket is ended. */
const closeGraceMs = 1_000;

export class WebSocketTransport implements Transport {
  constructor(
    private readonly socket: WebSocket,
    private readonly raw: Duplex & { readonly bytesRead?: number },
  ) {}

  get bufferedBytes(): number {
    return this.socket.bufferedAmount;
  }

  get receivedBytes(): number {
    return this.raw.bytesRead ?? 0;
  }

  send(message: Encoded, sent: () => void): void {
    if (this.socket.readyState !== this.socket.OPEN) return sent();
    const shared = message instanceof Uint8Array ? sharedMessage.framed(message) : undefined;
    if (shared !== undefined) return void this.raw.write(shared, () => sent());
    if (!Array.isArray(message))
      return this.socket.send(message, { binary: typeof message !== "string" }, sent);
    this.raw.cork(); // one system call for all parts
    message.forEach((part, i) => {
      const fin = i === message.length - 1;
      this.socket.send(part, { binary: true, fin }, fin ? sent : undefined);
    });
    this.raw.uncork();
  }

  ping(): void {
    if (this.socket.readyState === this.socket.OPEN) this.socket.ping();
  }

  close(code: CloseCode, reason: string): void {
    this.socket.close(code, reason);
    setTimeout(() => this.socket.terminate(), closeGraceMs).unref();
  }
}
