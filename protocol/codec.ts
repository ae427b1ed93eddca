/** A codec turns messages into frames and frames into messages; one for each subprotocol. */
import type { ClientFrame, GatewayFrame } from "./frames.js";
import type { Form } from "./parse-tensor.js";

/** A frame ready to be sent; frames of one codec can be joined into a message. */
export type Encoded = Uint8Array | string;

export interface Codec {
  readonly form: Form;
  readonly subprotocol: string;
  /**
   * A message's frames, decoded but not yet parsed, each with its size in bytes.
   * @throws ProtocolError when the message is not a sequence of frames
   */
  decode(message: Uint8Array): readonly Decoded[];
  encode(frame: ClientFrame | GatewayFrame): Encoded;
  /** Bytes of an encoded frame. */
  size(encoded: Encoded): number;
  join(frames: readonly Encoded[]): Encoded;
}

export interface Decoded {
  readonly value: unknown;
  readonly bytes: number;
}
