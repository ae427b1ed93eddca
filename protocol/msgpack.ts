/** The binary form: MessagePack maps, concatenated. Subprotocol `headgate.v1.msgpack`. */
import { Packr, Unpackr } from "msgpackr";
import type { Codec, Decoded, Encoded } from "./codec.js";
import { ProtocolError } from "./errors.js";
import { frameEnds } from "./message-scan.js";

// Records are msgpackr's own extension, which other languages do not read; undefined fields stay out.
// Other languages write a time in ms or a small id as 64 bits: "auto" gives a number where one holds it.
const options = {
  useRecords: false,
  mapsAsObjects: true,
  variableMapSize: true,
  skipValues: [undefined],
  int64AsType: "auto" as "number", // its types do not know what its README says
};
const packr = new Packr(options);
const unpackr = new Unpackr(options);

export const msgpackCodec: Codec = {
  form: "binary",
  subprotocol: "headgate.v1.msgpack",

  decode(message) {
    const decoded: Decoded[] = [];
    let start = 0;
    for (const end of frameEnds(message)) {
      decoded.push({ value: unpack(message, start, end), bytes: end - start });
      start = end;
    }
    return decoded;
  },

  encode: (frame) => packr.pack(frame),
  size: (encoded) => encoded.length,
  join: (frames) => concatenate(frames),
};

function unpack(message: Uint8Array, start: number, end: number): unknown {
  try {
    return unpackr.unpack(message, { start, end });
  } catch (error) {
    throw new ProtocolError(`not MessagePack: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function concatenate(frames: readonly Encoded[]): Uint8Array {
  if (frames.length === 1 && frames[0] instanceof Uint8Array) return frames[0];
  const message = new Uint8Array(frames.reduce((sum, frame) => sum + frame.length, 0));
  let at = 0;
  for (const frame of frames) {
    if (frame instanceof Uint8Array) message.set(frame, at);
    at += frame.length;
  }
  return message;
}
