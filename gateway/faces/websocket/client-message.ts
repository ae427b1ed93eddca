/** Reads the frames of a client's message. */
import type { Codec, Message, TextBounds } from "../../../protocol/codec.js";
import type { ClientFrame } from "../../../protocol/frames.js";
import { limits } from "../../../protocol/limits.js";
import { parseClientFrame, RequestError } from "../../../protocol/parse-client-frame.js";

/** A frame with its size, or the error of one that is answered and harms no other frame. */
export type ParsedMessage =
  | { readonly frame: ClientFrame; readonly bytes: number }
  | { readonly refused: RequestError };

/**
 * A client's message is parsed as a whole in one turn, so that no frame of it is handled when another one is invalid.
 * The bounds limit that time.
 */
const clientText: TextBounds = { bytesMax: limits.text_bytes_max, valuesMax: limits.text_values_max };

/** @throws ProtocolError when the message, or a frame of it, violates the protocol */
export function parseMessage(message: Message, codec: Codec): ParsedMessage[] {
  return codec.decode(message, clientText).map(({ value, bytes }): ParsedMessage => {
    try {
      return { frame: parseClientFrame(value, codec.form), bytes };
    } catch (error) {
      if (error instanceof RequestError) return { refused: error };
      throw error;
    }
  });
}
