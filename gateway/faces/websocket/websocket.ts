/** Implements a session's transport with a WebSocket of the package `ws`. */
import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import type { EncodedMessage } from "../../../protocol/codec.js";
import { codecOf } from "../../../protocol/codecs.js";
import type { CloseCode } from "../../../protocol/errors.js";
import { limits } from "../../../protocol/limits.js";
import { ByteIntake } from "./byte-intake.js";
import { PongQueue } from "./pong-queue.js";
import { SharedMessage } from "./shared-message.js";
import type { Transport } from "./transport.js";

/** Shared by all sockets, because the same message is often sent to several sockets in a row. */
const sharedMessage = new SharedMessage();

export class WebSocketTransport implements Transport {
  private readonly intake: ByteIntake;
  private ending: NodeJS.Timeout | undefined;

  constructor(
    private readonly socket: WebSocket,
    private readonly raw: Duplex & { readonly bytesRead?: number; readonly bytesWritten?: number },
  ) {
    this.intake = new ByteIntake(socket, raw);
    const pongs = new PongQueue((payload, left) => {
      if (socket.readyState === socket.OPEN) socket.pong(payload, false, left);
    });
    socket.on("ping", (payload: Buffer) => pongs.answer(payload));
    socket.on("close", () => clearTimeout(this.ending));
  }

  get bufferedBytes(): number {
    return this.socket.bufferedAmount;
  }

  get receivedBytes(): number {
    return this.raw.bytesRead ?? 0;
  }

  get sentBytes(): number {
    return this.raw.bytesWritten ?? 0;
  }

  send(message: EncodedMessage, sent: () => void): void {
    if (this.socket.readyState !== this.socket.OPEN) return sent();
    const shared = message instanceof Uint8Array ? sharedMessage.framed(message) : undefined;
    if (shared !== undefined) return void this.raw.write(shared, () => sent());
    if (!Array.isArray(message))
      return this.socket.send(message, { binary: typeof message !== "string" }, sent);
    const binary = codecOf(this.socket.protocol)?.form !== "json";
    this.raw.cork(); // so that all parts are written in one system call
    message.forEach((part, i) => {
      const fin = i === message.length - 1;
      this.socket.send(part, { binary, fin }, fin ? sent : undefined);
    });
    this.raw.uncork();
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  ping(): void {
    if (this.socket.readyState === this.socket.OPEN) this.socket.ping();
  }

  /** Limits an unauthenticated socket to 64 KiB in all. */
  boundIntake(exceeded: () => void): void {
    this.intake.bound(limits.unauthenticated_bytes_max, exceeded);
  }

  freeIntake(): void {
    this.intake.free();
  }

  /**
   * Sends a close frame with the reason, and ends the socket when the peer has answered or after a second. The bytes
   * that may arrive meanwhile are limited.
   */
  close(code: CloseCode, reason: string): void {
    this.socket.close(code, reason);
    this.end();
  }

  /** Ends a socket that `ws` is closing. */
  end(): void {
    this.intake.bound(limits.closing_bytes_max, () => {});
    this.ending ??= setTimeout(() => this.socket.terminate(), limits.closing_ms);
  }

  /** Ends the socket at once, without waiting for the peer. */
  destroy(): void {
    this.raw.destroy();
  }

  /** Ends the socket once the close frame is sent. */
  destroyAfterClose(): void {
    this.raw.end(() => this.raw.destroy());
  }
}
