/** Frames that are ready in one turn of the event loop are sent together: one message, one system call. */
import type { Codec, EncodedMessage } from "../../protocol/codec.js";
import { limits } from "../../protocol/limits.js";
import type { Socket } from "./socket.js";

export class SendBuffer {
  private ready: EncodedMessage[] = [];
  private bytes = 0;

  constructor(
    private readonly socket: Socket,
    private readonly codec: Codec,
  ) {}

  add(encoded: EncodedMessage, size: number): void {
    if (this.bytes > 0 && this.bytes + size > limits.gather_bytes_max) this.flush();
    if (this.ready.length === 0) queueMicrotask(() => this.flush());
    this.ready.push(encoded);
    this.bytes += size;
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
