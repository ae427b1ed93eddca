/**
 * Limits the bytes that a socket may send before its token was accepted and after the close frame was sent. They are
 * counted before `ws` stores any of them. Beyond the limit the socket is not read any more until it ends.
 */
import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";

export class ByteIntake {
  private received = 0;
  private counting = false;

  constructor(
    private readonly socket: WebSocket,
    private readonly raw: Duplex,
  ) {}

  /** Sets the number of bytes that may still arrive; `exceeded` is called for each chunk beyond it. */
  bound(bytesMax: number, exceeded: () => void): void {
    if (this.counting) return;
    this.counting = true;
    this.received = 0;
    this.count = (chunk) => {
      this.received += chunk.byteLength;
      if (this.received <= bytesMax) return;
      exceeded();
      this.socket.pause(); // pauses this stream and not the raw socket, which `ws` would resume
    };
    this.raw.prependListener("data", this.count);
  }

  free(): void {
    if (!this.counting) return;
    this.counting = false;
    this.raw.off("data", this.count);
  }

  private count: (chunk: Buffer) => void = () => {};
}
