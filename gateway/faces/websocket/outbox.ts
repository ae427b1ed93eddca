/**
 * The frames that wait to be sent to one connection. Frames that are ready in the same turn are sent together, in
 * messages of up to 64 KiB. The bytes of pushed frames (events) that a slow reader has not received are limited.
 */
import type { Codec, EncodedMessage } from "../../../protocol/codec.js";
import { limits } from "../../../protocol/limits.js";
import type { FlushScheduler } from "./flush-scheduler.js";
import type { Transport } from "./transport.js";

export interface OutboxLimits {
  /** The limit in bytes for pushed frames that are not sent yet. */
  readonly pushedBytesMax: number;
  /**
   * The limit in bytes for all waiting frames when an answer is added: much higher, because the client requested the
   * answers.
   */
  readonly answeredBytesMax: number;
}

export class Outbox {
  /** Small frames are combined up to this size, which never exceeds the largest message that the client accepts. */
  gatherBytesMax: number = limits.gather_bytes_max;
  private ready: EncodedMessage[] = [];
  private readyBytes = 0;
  private readyPushed = 0;
  private flushing = false;
  /** True while this outbox is in the queue of the flush scheduler. */
  private departing = false;
  /** Bytes of pushed frames that are not sent to the network yet. */
  private pushedBytes = 0;
  private waitingForDrain: (() => void)[] = [];

  constructor(
    private readonly transport: Transport,
    private readonly codec: Codec,
    private readonly max: OutboxLimits,
    private readonly overflow: () => void,
    private readonly departures: FlushScheduler,
  ) {}

  /** Whether any bytes are not sent yet. */
  get busy(): boolean {
    return this.readyBytes > 0 || this.transport.bufferedBytes > 0;
  }

  get bytes(): number {
    return this.readyBytes + this.transport.bufferedBytes;
  }

  /**
   * True when the limit for pushed frames is half used. A replay pauses then, so that a burst of history does not
   * look like a slow reader.
   */
  get crowded(): boolean {
    return this.pushedBytes > this.max.pushedBytesMax / 2;
  }

  /**
   * Adds an answer to a request. A client that sends requests and does not read the answers is a slow consumer, too.
   */
  answer(encoded: EncodedMessage): void {
    if (this.bytes > this.max.answeredBytesMax) return this.overflow();
    this.add(encoded, this.codec.size(encoded));
    if (this.flushing || this.ready.length === 0) return;
    this.flushing = true;
    queueMicrotask(() => this.flush());
  }

  /** Adds a frame of a subscription. A connection that exceeds the limit is a slow consumer. */
  push(encoded: EncodedMessage): void {
    const size = this.codec.size(encoded);
    if (this.pushedBytes > 0 && this.pushedBytes + size > this.max.pushedBytesMax) return this.overflow();
    this.pushedBytes += size;
    this.readyPushed += size;
    this.add(encoded, size);
    this.flushWithOthers();
  }

  /** Whether little enough waits that a frame may be added that a newer one would replace. */
  get clear(): boolean {
    return this.bytes <= limits.sample_backlog_bytes_max;
  }

  /**
   * Adds a frame that a newer one would replace. Its bytes do not count as pushed: a reader that is too slow for such
   * frames gets fewer of them, and keeps its connection.
   */
  offer(encoded: EncodedMessage): void {
    this.add(encoded, this.codec.size(encoded));
    this.flushWithOthers();
  }

  /** Settles when all pushed frames are sent. */
  drained(): Promise<void> {
    if (this.pushedBytes === 0) return Promise.resolve();
    return new Promise((resolve) => this.waitingForDrain.push(resolve));
  }

  /** Sends all frames that are ready. */
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

  /** Drops all frames after the socket has ended, and settles every wait for them. */
  abandon(): void {
    this.ready = [];
    this.readyBytes = 0;
    this.pushedBytes = 0;
    this.letGo();
  }

  private add(encoded: EncodedMessage, size: number): void {
    const { separatorBytes } = this.codec;
    if (this.readyBytes > 0 && this.readyBytes + separatorBytes + size > this.gatherBytesMax) this.flush();
    this.readyBytes += (this.ready.length > 0 ? separatorBytes : 0) + size;
    this.ready.push(encoded);
    if (this.ready.length === limits.message_frames_max) this.flush();
  }

  private flushWithOthers(): void {
    if (this.flushing || this.departing || this.ready.length === 0) return;
    this.departing = true;
    this.departures.add(() => {
      this.departing = false;
      this.flush();
    });
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
