/**
 * The bytes that a socket may send while it is worth nothing yet (no accepted token) or nothing any more (its close
 * frame was sent): counted before `ws` keeps any of them. Beyond the budget it is not read, until its end comes.
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

  /** From now on so many bytes in all; `exceeded` is called at each chunk beyond. */
  bound(bytesMax: number, exceeded: () => void): void {
    if (this.counting) return;
    this.counting = true;
    this.received = 0;
    this.count = (chunk) => {
      this.received += chunk.byteLength;
      if (this.received <= bytesMax) return;
      exceeded();
      this.socket.pause(); // not the raw socket: `ws` would resume that
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
