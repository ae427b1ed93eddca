/**
 * Takes a connection's messages frame by frame, in order, and no longer in one turn of the loop than its budget: thousands
 * of small requests may come in one message. While frames wait the socket is not read, so that no more of them gather.
 */
import type { Message } from "../../../protocol/codec.js";
import type { TurnBudget } from "../../turn-budget.js";

export interface FrameHandlers<Frame> {
  /** @throws ProtocolError: nothing of the message is acted upon */
  readonly parse: (message: Message) => readonly Frame[];
  readonly act: (frame: Frame) => void;
  /** Hears what either threw; nothing more is taken. */
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
    private readonly duties: FrameHandlers<Frame>,
  ) {}

  take(message: Message): void {
    if (this.ended) return;
    this.messages.push(message);
    if (!this.waiting) this.work();
  }

  /** What came is still acted upon, and nothing that comes. */
  end(): void {
    this.ended = true;
  }

  /** What came and was not acted upon is dropped. */
  drop(): void {
    this.ended = true;
    this.messages.length = 0;
    this.frames = [];
  }

  private work(): void {
    try {
      for (;;) {
        const frame = this.frames[this.next++];
        if (frame !== undefined) this.duties.act(frame);
        else if (!this.open()) return;
        if (this.isMore && this.turns.spent) return this.goOnLater();
      }
    } catch (error) {
      this.drop();
      this.duties.failed(error);
    }
  }

  private get isMore(): boolean {
    return this.next < this.frames.length || this.messages.length > 0;
  }

  /** The next message; false when there is none. */
  private open(): boolean {
    const message = this.messages.shift();
    this.frames = message === undefined ? [] : this.duties.parse(message);
    this.next = 0;
    return message !== undefined;
  }

  private goOnLater(): void {
    this.waiting = true;
    this.duties.pause();
    void this.turns.next().then(() => {
      this.waiting = false;
      this.work();
      if (!this.waiting) this.duties.resume();
    });
  }
}
