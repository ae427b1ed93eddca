/** A codec converts frames to messages and messages to frames. There is one for each subprotocol. */
import type { ClientFrame, GatewayFrame } from "./frames.js";
import type { WireForm } from "./parse-tensor.js";

/**
 * A frame that is ready to be sent, or several frames joined to a message. Large tensors are separate parts that
 * still lie in the memory of their owner: it must not be changed afterwards, or the sender copies it.
 */
export type EncodedMessage = Uint8Array | string | readonly Uint8Array[];

/** A message as received: whole, or in the fragments in which it was transferred. */
export type Message = Uint8Array | readonly Uint8Array[];

/**
 * Writes a frame in pieces of at most a millisecond, with a `yield` between two pieces. The result is the message's
 * parts.
 */
export type EncodingPieces = Generator<undefined, readonly Uint8Array[], undefined>;

/**
 * Limits for the text in a message: the whole of a JSON message, or the strings of a binary one. Text takes ten times
 * as long to read as numbers of the same size, and reading it cannot be divided into pieces.
 */
export interface TextBounds {
  readonly bytesMax: number;
  /** The number of values in JSON, or of strings and keys in the binary form. */
  readonly valuesMax: number;
}

export interface TextSize {
  readonly bytes: number;
  readonly values: number;
}

/** No limits, for a client that reads answers to its own requests. */
export const anyText: TextBounds = { bytesMax: Infinity, valuesMax: Infinity };

export interface Codec {
  readonly form: WireForm;
  readonly subprotocol: string;
  /** Bytes that `join` writes between two frames. They count for the largest message that a receiver accepts. */
  readonly separatorBytes: number;
  /**
   * The frames of a message, decoded but not yet validated, each with its size in bytes.
   * @throws ProtocolError when the message is not a sequence of frames
   */
  decode(message: Message, text?: TextBounds): readonly DecodedFrame[];
  encode(frame: ClientFrame | GatewayFrame): EncodedMessage;
  /** Encodes a long frame piece by piece; stops when it is larger than `bytesMax`. */
  encodeInPieces(frame: GatewayFrame, bytesMax: number): EncodingPieces;
  /** The size of an encoded frame in bytes. */
  size(encoded: EncodedMessage): number;
  /**
   * The text of a frame that counts against the reader's text limits. This takes about as long as encoding the frame.
   */
  textSize(frame: ClientFrame, encoded: EncodedMessage): TextSize;
  join(frames: readonly EncodedMessage[]): EncodedMessage;
}

export interface DecodedFrame {
  readonly value: unknown;
  readonly bytes: number;
}
