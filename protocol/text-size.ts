/** Counts the text in a message in the same way as its reader, so that a client can stay within the text limits. */
import type { EncodedMessage, TextSize } from "./codec.js";
import { joined } from "./parts.js";

const encoder = new TextEncoder();

/** For a frame in JSON: all of it is text, and its brackets, commas and colons are counted as values. */
export function jsonTextSize(encoded: EncodedMessage): TextSize {
  const bytes = bytesOf(encoded);
  let values = 0;
  let inString = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (inString) {
      if (byte === 0x5c)
        i++; // a backslash escapes the next byte
      else if (byte === 0x22) inString = false;
    } else if (byte === 0x22) inString = true;
    else if (byte === 0x7b || byte === 0x5b || byte === 0x2c || byte === 0x3a) values++;
  }
  return { bytes: bytes.length, values };
}

/** For a frame in the binary form: its strings and keys. Fields that are undefined are not sent and not counted. */
export function binaryTextSize(frame: object): TextSize {
  const size = { bytes: 0, values: 0 };
  addStrings(frame, size);
  return size;
}

function addStrings(value: unknown, size: { bytes: number; values: number }): void {
  if (typeof value === "string") {
    size.values++;
    size.bytes += utf8Length(value);
  } else if (Array.isArray(value)) {
    for (const each of value) if (typeof each !== "number") addStrings(each, size);
  } else if (typeof value === "object" && value !== null && !(value instanceof Uint8Array)) {
    for (const [key, each] of Object.entries(value)) {
      if (each === undefined) continue;
      addStrings(key, size);
      addStrings(each, size);
    }
  }
}

/**
 * The length of a string in UTF-8. Half a surrogate pair is written as U+FFFD, which has three bytes like other
 * characters of this range.
 */
function utf8Length(string: string): number {
  let length = string.length;
  for (let i = 0; i < string.length; i++) {
    const code = string.charCodeAt(i);
    if (code < 0x80) continue;
    length += code < 0x800 ? 1 : 2;
    if (code < 0xd800 || code > 0xdbff) continue;
    const next = string.charCodeAt(i + 1);
    if (next >= 0xdc00 && next <= 0xdfff) i++; // a surrogate pair has four bytes, two for each half
  }
  return length;
}

function bytesOf(encoded: EncodedMessage): Uint8Array {
  if (typeof encoded === "string") return encoder.encode(encoded);
  return encoded instanceof Uint8Array ? encoded : joined(encoded);
}
