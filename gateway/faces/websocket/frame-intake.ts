/**
 * Handles a connection's messages frame by frame, in order, and for a limited time in each turn of the event loop:
 * one message may contain thousands of small requests. While frames wait the socket is paused, so that no more
 * messages accumulate.
 */
import type { Message } from "../../../protocol/codec.js";
import type { TurnBudget } from "../../turn-budget.js";

export interface FrameHandlers<Frame> {
  /** @throws ProtocolError when any frame is invalid; then no frame of the message is handled */
  readonly parse: (message: Message) => readonly Frame[];
  /** The frames after one whose promise is pending wait for it; it may reject as `act` may throw. */
  readonly act: (frame: Frame) => void | Promise<void>;
  /** Called with the error that `parse` or `act` threw; no further frames are handled. */
  readonly failed: (error: unknown) => void;
  readonly pause: () => void;
  readonly resume: () => void;
}

export class FrameIntake<Frame> {
  private frames: readonly Frame[] = [];
  private next = 0;
  private readonly messages: Message[] = [];
  private waiting = false;
  private ended = false;

  constructor(
    private readonly turns: TurnBudget,
    private readonly handlers: FrameHandlers<Frame>,
  ) {}

  take(message: Message): void {
    if (this.ended) return;
    this.messages.push(message);
    if (!this.waiting) this.work();
  }

  /** Ignores later messages; frames that have already arrived are still handled. */
  end(): void {
    this.ended = true;
  }

  /** Ignores later messages, and drops the frames that are not handled yet. */
  drop(): void {
    this.ended = true;
    this.messages.length = 0;
    this.frames = [];
  }

  private work(): void {
    try {
      for (;;) {
        const frame = this.frames[this.next++];
        if (frame === undefined) {
          if (!this.parseNext()) return;
        } else {
          const pending = this.handlers.act(frame);
          if (pending !== undefined) return this.continueAfter(pending);
        }
        if (this.hasMore && this.turns.spent) return this.continueLater();
      }
    } catch (error) {
      this.fail(error);
    }
  }

  private fail(error: unknown): void {
    this.drop();
    this.handlers.failed(error);
  }

  private get hasMore(): boolean {
    return this.next < this.frames.length || this.messages.length > 0;
  }

  /** Parses the next message; false when there is none. */
  private parseNext(): boolean {
    const message = this.messages.shift();
    this.frames = message === undefined ? [] : this.handlers.parse(message);
    this.next = 0;
    return message !== undefined;
  }

  private continueLater(): void {
    this.continueAfter(this.turns.next());
  }

  private continueAfter(pending: Promise<void>): void {
    this.waiting = true;
    this.handlers.pause();
    void pending
      .catch((error: unknown) => this.fail(error))
      .then(() => {
        this.waiting = false;
        this.work();
        if (!this.waiting) this.handlers.resume();
      });
  }
}
