/**
 * Writes the answers of one connection: long ones over several turns, and none that is larger than the client
 * accepts.
 */
import type { Codec, EncodedMessage, EncodingPieces } from "../../../protocol/codec.js";
import { HeadgateError } from "../../../protocol/errors.js";
import type { GatewayFrame } from "../../../protocol/frames.js";
import { limits } from "../../../protocol/limits.js";
import { isLong } from "../../../protocol/long-frame.js";
import { SharedAnswer } from "../../../protocol/shared-answer.js";
import type { TurnBudget } from "../../turn-budget.js";
import { errorFrame } from "./error-frame.js";
import type { Outbox } from "./outbox.js";

export class AnswerWriter {
  private clientMessageBytes: number = limits.client_message_bytes_default;
  private ended = false;

  constructor(
    private readonly codec: Codec,
    private readonly outbox: Outbox,
    private readonly turns: TurnBudget,
  ) {}

  /** Sets the largest message that the client accepts, from its hello. */
  bound(clientMessageBytes: number): void {
    this.clientMessageBytes = clientMessageBytes;
    this.outbox.gatherBytesMax = Math.min(limits.gather_bytes_max, clientMessageBytes);
  }

  /** Stops writing. */
  end(): void {
    this.ended = true;
  }

  /** Sends a short frame. */
  send(frame: GatewayFrame): void {
    if (!this.ended) this.outbox.answer(this.codec.encode(frame));
  }

  /**
   * @param written called once the answer is encoded, just before it is sent; also when the connection has ended
   * meanwhile
   */
  answer(id: number, frame: GatewayFrame | SharedAnswer, written: () => void): void {
    const { codec } = this;
    const handOver = (encoded: EncodedMessage) => {
      written();
      this.handOver(id, encoded);
    };
    if (frame instanceof SharedAnswer) return handOver(frame.as(codec, id));
    if (!isLong(frame, codec.form)) return handOver(codec.encode(frame));
    const pieces = codec.encodeInPieces(frame, this.clientMessageBytes);
    void this.turns.all(this.whileWanted(pieces)).then(handOver);
  }

  /**
   * Sends a sample, which a newer one would replace.
   * @returns false when the client accepts no message as large, and is told so: its watch is over
   */
  offer(encoded: EncodedMessage, topic: string): boolean {
    if (this.ended) return true;
    const size = this.codec.size(encoded);
    if (size <= this.clientMessageBytes) {
      this.outbox.offer(encoded);
      return true;
    }
    const tooLarge = new HeadgateError(
      "resource_exhausted",
      `watch ${topic}: a sample is ${size} bytes and this client takes ${this.clientMessageBytes}: ` +
        "the watch is over; raise hello.max_message_bytes and watch again",
      { retryable: false },
    );
    this.send(errorFrame(tooLarge, { topic }));
    return false;
  }

  private *whileWanted(pieces: EncodingPieces): EncodingPieces {
    for (;;) {
      const { done, value } = pieces.next();
      if (done === true) return value;
      if (this.ended) return [];
      yield;
    }
  }

  private handOver(id: number, encoded: EncodedMessage): void {
    if (this.ended) return;
    const size = this.codec.size(encoded);
    if (size <= this.clientMessageBytes) return this.outbox.answer(encoded);
    const isWhole = typeof encoded === "string" || encoded instanceof Uint8Array;
    const publicError = new HeadgateError(
      "resource_exhausted",
      `the answer is ${size} bytes ${isWhole ? "" : "or more "}and this client takes ${this.clientMessageBytes}: ` +
        "ask for fewer outputs, or raise hello.max_message_bytes",
      { retryable: false, processed: "maybe" },
    );
    this.send(errorFrame(publicError, { id }));
  }
}
