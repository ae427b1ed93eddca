/** Frames that are ready in one turn of the event loop are sent together: one message, one system call. */
import type { Codec, EncodedMessage } from "../../protocol/codec.js";
import { limits } from "../../protocol/limits.js";
import type { Socket } from "./socket.js";

export class SendBuffer {
  private bytesMax: number = limits.gather_bytes_max;
  private ready: EncodedMessage[] = [];
  private bytes = 0;

  constructor(
    private readonly socket: Socket,
    private readonly codec: Codec,
  ) {}

  /** Frames are never combined to more than the gateway accepts: it would close the connection under all of them. */
  bound(messageBytesMax: number): void {
    this.bytesMax = Math.min(limits.gather_bytes_max, messageBytesMax);
  }

  add(encoded: EncodedMessage, size: number): void {
    const { separatorBytes } = this.codec;
    if (this.bytes > 0 && this.bytes + separatorBytes + size > this.bytesMax) this.flush();
    if (this.ready.length === 0) queueMicrotask(() => this.flush());
    this.bytes += (this.ready.length > 0 ? separatorBytes : 0) + size;
    this.ready.push(encoded);
    // The parts of a large frame are the caller's own memory, who may change it once this returns.
    if (this.ready.length === limits.message_frames_max || Array.isArray(encoded)) this.flush();
  }

  flush(): void {
    if (this.ready.length === 0) return;
    const message = this.codec.join(this.ready);
    this.ready = [];
    this.bytes = 0;
    this.socket.send(message);
  }
}
