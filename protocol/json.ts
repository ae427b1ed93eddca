/**
 * The text form, for people with a console: a message is one frame as JSON, or several, one a line.
 * Subprotocol `headgate.v1.json`. A tensor's `data` is a flat array.
 */
import type { Codec, Decoded } from "./codec.js";
import { ProtocolError } from "./errors.js";
import { limits } from "./limits.js";
import { listNumbers } from "./number-list.js";
import { joined, sizeOf } from "./parts.js";
import { isDatatype, type WireTensor } from "./tensor.js";

const text = new TextDecoder("utf-8", { fatal: true });
const bytes = new TextEncoder();

export const jsonCodec: Codec = {
  form: "json",
  subprotocol: "headgate.v1.json",

  decode(parts) {
    const message = parts instanceof Uint8Array ? parts : joined(parts);
    const decoded: Decoded[] = [];
    const walk = new Walk(message);
    while (walk.at < message.length) {
      const line = walk.line();
      if (line === undefined) continue;
      if (decoded.length === limits.message_frames_max)
        throw new ProtocolError(`more than ${limits.message_frames_max} frames in a message`);
      decoded.push({ value: readFrame(line), bytes: line.byteLength });
    }
    if (decoded.length === 0) throw new ProtocolError("an empty message");
    return decoded;
  },

  encode: (frame) =>
    JSON.stringify(frame, (_, value: unknown) => (isWireTensor(value) ? listed(value) : value)),
  size: (encoded) => (typeof encoded === "string" ? bytes.encode(encoded).byteLength : sizeOf(encoded)),
  join: (frames) => frames.join("\n"),
};

function readFrame(line: Uint8Array): unknown {
  try {
    return JSON.parse(text.decode(line));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw new ProtocolError("not UTF-8");
    throw new ProtocolError(`not JSON (one frame a line): ${error.message}`);
  }
}

/** Walks the lines of a message, and refuses what the parser should not allocate for. */
class Walk {
  at = 0;
  private values = 0;

  constructor(private readonly message: Uint8Array) {}

  /** Passes one line; answers its bytes, or undefined when it is blank. */
  line(): Uint8Array | undefined {
    const { message } = this;
    const start = this.at;
    let blank = true;
    let depth = 0;
    let inString = false;
    for (; this.at < message.length; this.at++) {
      const byte = message[this.at] ?? 0;
      if (byte === 0x0a) break; // a raw newline inside a string is no JSON either
      if (byte > 0x20) blank = false;
      if (inString) {
        if (byte === 0x5c)
          this.at++; // backslash: the next byte is escaped
        else if (byte === 0x22) inString = false;
      } else if (byte === 0x22) inString = true;
      else if (byte === 0x7b || byte === 0x5b) {
        if (++depth > limits.nesting_max) throw new ProtocolError(`nested deeper than ${limits.nesting_max}`);
        this.count();
      } else if (byte === 0x7d || byte === 0x5d) depth--;
      else if (byte === 0x2c || byte === 0x3a) this.count();
    }
    const end = Math.min(this.at++, message.length);
    return blank ? undefined : message.subarray(start, end);
  }

  /** Brackets, commas and colons: as many as there are values, or a few more. */
  private count(): void {
    if (++this.values > limits.message_values_max)
      throw new ProtocolError(`more than ${limits.message_values_max} values in a message`);
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
