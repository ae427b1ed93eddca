/** A codec turns messages into frames and frames into messages; one for each subprotocol. */
import type { ClientFrame, GatewayFrame } from "./frames.js";
import type { WireForm } from "./parse-tensor.js";

/**
 * A frame ready to be sent, or several joined into a message. Large tensors are parts of their own, still in
 * the memory they came in: their sender copies them, or nobody changes them.
 */
export type EncodedMessage = Uint8Array | string | readonly Uint8Array[];

/** A message as it came: whole, or in the parts it travelled in. */
export type Message = Uint8Array | readonly Uint8Array[];

/** Writing in pieces of a millisecond at most: `yield` stands between two of them. Answers the message's parts. */
export type EncodingPieces = Generator<undefined, readonly Uint8Array[], undefined>;

/**
 * What of a message may be text: all of a JSON message, and the strings of a binary one. It takes a reader ten times
 * as long as numbers do, and cannot be read in pieces.
 */
export interface TextBounds {
  readonly bytesMax: number;
  /** Values in JSON, strings and keys in the binary form. */
  readonly valuesMax: number;
}

export interface TextSize {
  readonly bytes: number;
  readonly values: number;
}

/** For who reads what it asked for itself. */
export const anyText: TextBounds = { bytesMax: Infinity, valuesMax: Infinity };

export interface Codec {
  readonly form: WireForm;
  readonly subprotocol: string;
  /**
   * A message's frames, decoded but not yet parsed, each with its size in bytes.
   * @throws ProtocolError when the message is not a sequence of frames
   */
  decode(message: Message, text?: TextBounds): readonly DecodedFrame[];
  encode(frame: ClientFrame | GatewayFrame): EncodedMessage;
  /** The same piece by piece, for a frame that is long; stops once it is of more than so many bytes. */
  encodeInPieces(frame: GatewayFrame, bytesMax: number): EncodingPieces;
  /** Bytes of an encoded frame. */
  size(encoded: EncodedMessage): number;
  /** What of a frame counts against the reader's bounds of text. Takes about as long as encoding it did. */
  textSize(frame: ClientFrame, encoded: EncodedMessage): TextSize;
  join(frames: readonly EncodedMessage[]): EncodedMessage;
}

export interface DecodedFrame {
  readonly value: unknown;
  readonly bytes: number;
}
