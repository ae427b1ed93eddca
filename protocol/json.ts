/**
 * The text form, which people can read and type: a message contains one frame as JSON, or several with one on each
 * line. Subprotocol `headgate.v1.json`. A tensor's `data` is a flat array.
 */
import { toBase64 } from "./base64.js";
import { anyText, type Codec, type DecodedFrame, type EncodedMessage, type TextBounds } from "./codec.js";
import { ProtocolError } from "./errors.js";
import { jsonFault } from "./json-fault.js";
import { isTensor, jsonPieces } from "./json-pieces.js";
import { limits } from "./limits.js";
import { listNumbers } from "./number-list.js";
import { joined, sizeOf } from "./parts.js";
import type { WireTensor } from "./tensor.js";
import { jsonTextSize } from "./text-size.js";

const text = new TextDecoder("utf-8", { fatal: true });
const bytes = new TextEncoder();

export const jsonCodec: Codec = {
  form: "json",
  subprotocol: "headgate.v1.json",
  separatorBytes: 1,

  decode(parts, bounds = anyText) {
    const size = sizeOf(parts);
    if (size > bounds.bytesMax)
      throw new ProtocolError(
        `${size} bytes of JSON in a message, at most ${bounds.bytesMax}: send it in the binary form`,
      );
    const message = parts instanceof Uint8Array ? parts : joined(parts);
    const decoded: DecodedFrame[] = [];
    const reader = new LineReader(message, bounds);
    while (reader.at < message.length) {
      const line = reader.line();
      if (line === undefined) continue;
      if (decoded.length === limits.message_frames_max)
        throw new ProtocolError(`more than ${limits.message_frames_max} frames in a message`);
      decoded.push({ value: readFrame(line), bytes: line.byteLength });
    }
    if (decoded.length === 0) throw new ProtocolError("an empty message");
    return decoded;
  },

  encode: jsonText,
  size: (encoded) => (typeof encoded === "string" ? bytes.encode(encoded).byteLength : sizeOf(encoded)),
  textSize: (_, encoded) => jsonTextSize(encoded),
  encodeInPieces: jsonPieces,

  join(frames) {
    if (!frames.some(isLong)) return frames.join("\n");
    const newline = bytes.encode("\n");
    return frames.flatMap((frame, i) => [...(i === 0 ? [] : [newline]), ...partsOf(frame)]);
  },
};

/** A value as JSON, in which each tensor's `data` is a flat array, and other bytes are base64. */
export function jsonText(content: object): string {
  return JSON.stringify(content, (_, value: unknown) => {
    if (value instanceof Uint8Array) return toBase64(value);
    return isTensor(value) ? listed(value) : value;
  });
}

function isLong(frame: EncodedMessage): boolean {
  return typeof frame !== "string";
}

function partsOf(frame: EncodedMessage): readonly Uint8Array[] {
  if (typeof frame === "string") return [bytes.encode(frame)];
  return frame instanceof Uint8Array ? [frame] : frame;
}

function readFrame(line: Uint8Array): unknown {
  try {
    return JSON.parse(text.decode(line));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw new ProtocolError("not UTF-8");
    throw new ProtocolError(`not JSON (one frame a line): ${jsonFault(error)}`);
  }
}

/** Splits a message into lines, and refuses lines for which the JSON parser would allocate too much memory. */
class LineReader {
  at = 0;
  private values = 0;
  private readonly valuesMax: number;

  constructor(
    private readonly message: Uint8Array,
    bounds: TextBounds,
  ) {
    this.valuesMax = Math.min(limits.message_values_max, bounds.valuesMax);
  }

  /** Reads one line; answers its bytes, or undefined when the line is blank. */
  line(): Uint8Array | undefined {
    const { message } = this;
    const start = this.at;
    let blank = true;
    let depth = 0;
    let inString = false;
    for (; this.at < message.length; this.at++) {
      const byte = message[this.at] ?? 0;
      if (byte === 0x0a) break; // a raw newline is not allowed inside a JSON string either
      if (byte > 0x20) blank = false;
      if (inString) {
        if (byte === 0x5c)
          this.at++; // a backslash escapes the next byte
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

  /**
   * Counts opening brackets, commas and colons: their number is at least the number of values, and only a little
   * larger.
   */
  private count(): void {
    if (++this.values > this.valuesMax)
      throw new ProtocolError(`more than ${this.valuesMax} values in a message`);
  }
}

function listed(tensor: WireTensor): unknown {
  return { datatype: tensor.datatype, shape: tensor.shape, data: listNumbers(tensor) };
}
