/**
 * One response of server-sent events: the frames of a subscription, in the wire's JSON form, each with the cursor
 * from which a reader continues after it.
 *
 * Source: the HTML standard, "Server-sent events".
 */
import { jsonCodec } from "../../../../protocol/json.js";
import type { SharedFrame } from "../../../../protocol/shared-frame.js";
import type { SubscriptionListener } from "../../../events/subscription-listener.js";
import type { CursorTracker } from "./cursor.js";

const utf8 = new TextEncoder();

export interface EventStreamOptions {
  readonly cursors: CursorTracker;
  /** Bytes that may wait for a slow reader before the response ends. */
  readonly bytesMax: number;
  /** The first milliseconds that a reader waits before it comes back. */
  readonly retryMs: number;
  /** Called once, when the response has ended for any reason. */
  readonly ended: () => void;
  /**
   * Ends the connection of a reader that is too slow. Without a connection the body fails; with one, the adapter would
   * write each such failure to the standard error, as often as a client likes.
   */
  readonly disconnect?: (() => void) | undefined;
}

export class EventStream implements SubscriptionListener {
  readonly body: ReadableStream<Uint8Array>;
  private waiting: Uint8Array[] = [];
  private waitingBytes = 0;
  private hasEnded = false;
  private controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  /** Settles the reader's request for more, which waits while there is nothing to send. */
  private more: (() => void) | undefined;
  private readonly drains: (() => void)[] = [];

  constructor(private readonly options: EventStreamOptions) {
    // Without a queue of the stream's own, what waits here is what the reader has not taken.
    this.body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.controller = controller;
        },
        pull: () => this.pull(),
        cancel: () => this.finish(),
      },
      { highWaterMark: 0 },
    );
    this.write(`retry: ${options.retryMs}\n\n`);
  }

  get crowded(): boolean {
    return this.waitingBytes > this.options.bytesMax / 2;
  }

  get busy(): boolean {
    return this.waitingBytes > 0;
  }

  push(shared: SharedFrame): void {
    const { frame } = shared;
    const text = shared.as(jsonCodec);
    const json = typeof text === "string" ? text : Buffer.concat([text].flat()).toString("utf8");
    const cursor =
      frame.type === "event" || frame.type === "snapshot" ? this.options.cursors.after(frame) : undefined;
    this.write(`${cursor === undefined ? "" : `id: ${cursor}\n`}event: ${frame.type}\ndata: ${json}\n\n`);
  }

  /** A comment shows proxies and readers that the response is alive. */
  keepAlive(): void {
    if (!this.busy) this.write(":\n\n");
  }

  drained(): Promise<void> {
    if (!this.busy || this.hasEnded) return Promise.resolve();
    return new Promise((resolve) => this.drains.push(resolve));
  }

  failed(): void {
    this.end("the event log cannot be read now; come back later");
  }

  /** Ends the response after what waits; the reader comes back with its cursor. */
  end(reason: string): void {
    if (this.hasEnded) return;
    this.write(`event: end\ndata: ${JSON.stringify({ reason })}\n\n`);
    this.finish();
    this.more?.();
    if (this.waiting.length === 0) this.closeBody();
  }

  private write(text: string): void {
    if (this.hasEnded) return;
    const bytes = utf8.encode(text);
    if (this.waitingBytes + bytes.length > this.options.bytesMax) {
      this.finish();
      this.waiting = [];
      return this.cutOff();
    }
    this.waiting.push(bytes);
    this.waitingBytes += bytes.length;
    this.more?.();
  }

  private cutOff(): void {
    const { disconnect } = this.options;
    if (disconnect !== undefined) return disconnect();
    this.controller?.error(new Error("the reader is too slow"));
  }

  private async pull(): Promise<void> {
    if (this.waiting.length === 0 && !this.hasEnded)
      await new Promise<void>((resolve) => {
        this.more = resolve;
      });
    this.more = undefined;
    const chunk = Buffer.concat(this.waiting);
    this.waiting = [];
    this.waitingBytes = 0;
    if (chunk.length > 0) this.controller?.enqueue(chunk);
    for (const drain of this.drains.splice(0)) drain();
    if (this.hasEnded) this.closeBody();
  }

  private closeBody(): void {
    try {
      this.controller?.close();
    } catch {} // it was closed or cancelled already
  }

  private finish(): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    for (const drain of this.drains.splice(0)) drain();
    this.options.ended();
  }
}
