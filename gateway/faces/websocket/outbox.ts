/**
 * What waits to be sent to one connection. Frames that are ready in one turn leave together, in
 * messages of up to 64 KiB. Pushed frames (events) that a slow reader leaves behind are bounded.
 */
import type { Codec, EncodedMessage } from "../../../protocol/codec.js";
import { limits } from "../../../protocol/limits.js";
import type { FlushScheduler } from "./flush-scheduler.js";
import type { Transport } from "./transport.js";

export interface OutboxLimits {
  /** Bytes of pushed frames that may wait to leave. */
  readonly pushedBytesMax: number;
  /** Bytes that may wait when one more answer comes: far more, for answers were asked for. */
  readonly answeredBytesMax: number;
}

export class Outbox {
  /** Small frames are gathered up to this, and never past what the client takes. */
  gatherBytesMax: number = limits.gather_bytes_max;
  private ready: EncodedMessage[] = [];
  private readyBytes = 0;
  private readyPushed = 0;
  private flushing = false;
  /** Among those that wait to be flushed when there is time. */
  private departing = false;
  /** Bytes of pushed frames that have not left for the network. */
  private pushedBytes = 0;
  private waitingForDrain: (() => void)[] = [];

  constructor(
    private readonly transport: Transport,
    private readonly codec: Codec,
    private readonly max: OutboxLimits,
    private readonly overflow: () => void,
    private readonly departures: FlushScheduler,
  ) {}

  /** Whether anything has not left yet. */
  get busy(): boolean {
    return this.readyBytes > 0 || this.transport.bufferedBytes > 0;
  }

  get bytes(): number {
    return this.readyBytes + this.transport.bufferedBytes;
  }

  /** Half full: a replay waits here, so that a burst of history is not taken for a slow reader. */
  get crowded(): boolean {
    return this.pushedBytes > this.max.pushedBytesMax / 2;
  }

  /** An answer to something the client asked; who asks on and never reads is a slow consumer too. */
  answer(encoded: EncodedMessage): void {
    if (this.bytes > this.max.answeredBytesMax) return this.overflow();
    this.add(encoded, this.codec.size(encoded));
    if (this.flushing || this.ready.length === 0) return;
    this.flushing = true;
    queueMicrotask(() => this.flush());
  }

  /** Something the client subscribed to; past the bound the connection is a slow consumer. */
  push(encoded: EncodedMessage): void {
    const size = this.codec.size(encoded);
    if (this.pushedBytes > 0 && this.pushedBytes + size > this.max.pushedBytesMax) return this.overflow();
    this.pushedBytes += size;
    this.readyPushed += size;
    this.add(encoded, size);
    if (this.flushing || this.departing || this.ready.length === 0) return;
    this.departing = true;
    this.departures.add(() => {
      this.departing = false;
      this.flush();
    });
  }

  /** Settles when all that was pushed has left. */
  drained(): Promise<void> {
    if (this.pushedBytes === 0) return Promise.resolve();
    return new Promise((resolve) => this.waitingForDrain.push(resolve));
  }

  /** Sends what is ready now. */
  flush(): void {
    this.flushing = false;
    if (this.ready.length === 0) return;
    const message = this.codec.join(this.ready);
    const pushed = this.readyPushed;
    this.ready = [];
    this.readyBytes = 0;
    this.readyPushed = 0;
    this.transport.send(message, () => this.left(pushed));
  }

  /** Nothing will leave any more: whoever waits is let go. */
  abandon(): void {
    this.ready = [];
    this.readyBytes = 0;
    this.pushedBytes = 0;
    this.letGo();
  }

  private add(encoded: EncodedMessage, size: number): void {
    if (this.readyBytes > 0 && this.readyBytes + size > this.gatherBytesMax) this.flush();
    this.ready.push(encoded);
    this.readyBytes += size;
    if (this.ready.length === limits.message_frames_max) this.flush();
  }

  private left(pushed: number): void {
    this.pushedBytes = Math.max(0, this.pushedBytes - pushed);
    if (this.pushedBytes === 0) this.letGo();
  }

  private letGo(): void {
    const waiting = this.waitingForDrain;
    this.waitingForDrain = [];
    for (const resolve of waiting) resolve();
  }
}
