/** The binary form: a sequence of MessagePack maps. Subprotocol `headgate.v1.msgpack`. */
import type { Codec, EncodedMessage } from "./codec.js";
import { readFrames } from "./msgpack-reader.js";
import { MsgpackWriter, type SizedFrame } from "./msgpack-writer.js";
import { joined, sizeOf } from "./parts.js";
import { binaryTextSize } from "./text-size.js";

const writer = new MsgpackWriter();

export const msgpackCodec: Codec = {
  form: "binary",
  subprotocol: "headgate.v1.msgpack",
  separatorBytes: 0,
  decode: readFrames,
  encode: (frame) => writer.frame(frame),
  // A writer of its own, because other frames are written between the pieces.
  encodeInPieces: (frame, bytesMax) => new MsgpackWriter().frameInPieces(frame, bytesMax),
  size: (encoded) => (typeof encoded === "string" ? 0 : sizeOf(encoded)),
  textSize: (frame) => binaryTextSize(frame),

  join(frames) {
    const whole = adjacent(frames);
    if (whole !== undefined) return whole;
    const parts = frames.flatMap((frame) => (typeof frame === "string" ? [] : frame));
    return frames.every((frame) => frame instanceof Uint8Array) ? joined(parts) : parts;
  },
};

/** Encodes a frame that writes itself into the same memory as other frames, so that they need no joining. */
export function encodeSized(frame: SizedFrame): Uint8Array {
  return writer.sizedFrame(frame);
}

/** Frames that lie one after another in memory are already one message. */
function adjacent(frames: readonly EncodedMessage[]): Uint8Array | undefined {
  const [first] = frames;
  if (!(first instanceof Uint8Array)) return undefined;
  if (frames.length === 1) return first; // the same object, by which the sender recognises a message to many sockets
  let end = first.byteOffset;
  for (const frame of frames) {
    if (!(frame instanceof Uint8Array) || frame.buffer !== first.buffer || frame.byteOffset !== end)
      return undefined;
    end += frame.length;
  }
  return new Uint8Array(first.buffer, first.byteOffset, end - first.byteOffset);
}
