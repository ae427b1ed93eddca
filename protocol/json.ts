/**
 * The text form, for people with a console: a message is one frame as JSON, or several, one a line.
 * Subprotocol `headgate.v1.json`. A tensor's `data` is a flat array.
 */
import type { Codec } from "./codec.js";
import { ProtocolError } from "./errors.js";
import { limits } from "./limits.js";
import { listNumbers } from "./number-list.js";
import { isDatatype, type WireTensor } from "./tensor.js";

const text = new TextDecoder("utf-8", { fatal: true });
const bytes = new TextEncoder();

export const jsonCodec: Codec = {
  form: "json",
  subprotocol: "headgate.v1.json",

  decode(message) {
    const frames = readLines(message);
    if (frames.length === 0) throw new ProtocolError("an empty message");
    if (frames.length > limits.message_frames_max)
      throw new ProtocolError(`more than ${limits.message_frames_max} frames in a message`);
    return frames.map((frame) => ({ value: readFrame(frame), bytes: frame.length }));
  },

  encode: (frame) =>
    JSON.stringify(frame, (_, value: unknown) => (isWireTensor(value) ? listed(value) : value)),
  size: (encoded) => (typeof encoded === "string" ? bytes.encode(encoded).byteLength : encoded.byteLength),
  join: (frames) => frames.join("\n"),
};

function readLines(message: Uint8Array): string[] {
  try {
    return text
      .decode(message)
      .split("\n")
      .filter((line) => line.trim() !== "");
  } catch {
    throw new ProtocolError("not UTF-8");
  }
}

function readFrame(frame: string): unknown {
  requireShallow(frame);
  try {
    return JSON.parse(frame);
  } catch (error) {
    throw new ProtocolError(`not JSON (one frame a line): ${error instanceof Error ? error.message : ""}`);
  }
}

/** Brackets open at once, outside strings: checked before the parser allocates for them. */
function requireShallow(frame: string): void {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < frame.length; i++) {
    const unit = frame.charCodeAt(i);
    if (inString) {
      if (unit === 0x5c)
        i++; // backslash: the next unit is escaped
      else if (unit === 0x22) inString = false;
    } else if (unit === 0x22) inString = true;
    else if (unit === 0x7b || unit === 0x5b) {
      if (++depth > limits.nesting_max) throw new ProtocolError(`nested deeper than ${limits.nesting_max}`);
    } else if (unit === 0x7d || unit === 0x5d) depth--;
  }
}

function isWireTensor(value: unknown): value is WireTensor {
  return (
    typeof value === "object" &&
    value !== null &&
    "datatype" in value &&
    isDatatype(value.datatype) &&
    "data" in value &&
    value.data instanceof Uint8Array
  );
}

function listed(tensor: WireTensor): unknown {
  return { datatype: tensor.datatype, shape: tensor.shape, data: listNumbers(tensor) };
}
