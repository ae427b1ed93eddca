/** A codec turns messages into frames and frames into messages; one for each subprotocol. */
import type { ClientFrame, GatewayFrame } from "./frames.js";
import type { Form } from "./parse-tensor.js";

/**
 * A frame ready to be sent, or several joined into a message. Large tensors are parts of their own, still in
 * the memory they came in: their sender copies them, or nobody changes them.
 */
export type Encoded = Uint8Array | string | readonly Uint8Array[];

/** A message as it came: whole, or in the parts it travelled in. */
export type Message = Uint8Array | readonly Uint8Array[];

export interface Codec {
  readonly form: Form;
  readonly subprotocol: string;
  /**
   * A message's frames, decoded but not yet parsed, each with its size in bytes.
   * @throws ProtocolError when the message is not a sequence of frames
   */
  decode(message: Message): readonly Decoded[];
  encode(frame: ClientFrame | GatewayFrame): Encoded;
  /** Bytes of an encoded frame. */
  size(encoded: Encoded): number;
  join(frames: readonly Encoded[]): Encoded;
}

export interface Decoded {
  readonly value: unknown;
  readonly bytes: number;
}
