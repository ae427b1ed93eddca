/** Bytes as base64, the form that they have in JSON. It needs nothing that a browser lacks. */
import { invalidArgument } from "./errors.js";
import { shown } from "./fields.js";

/** `String.fromCharCode` takes its characters as arguments, and an engine limits their number. */
const bytesPerPiece = 24_576; // divisible by 3, so that the texts of the pieces can be joined

export function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += bytesPerPiece)
    text += btoa(String.fromCharCode(...bytes.subarray(at, at + bytesPerPiece)));
  return text;
}

const form = /^[A-Za-z0-9+/]*={0,2}$/;

/** @throws HeadgateError invalid_argument that names the field */
export function fromBase64(value: unknown, field: string): Uint8Array {
  if (typeof value !== "string" || value.length % 4 !== 0 || !form.test(value))
    throw invalidArgument(
      field,
      `must be base64 with its padding, got ${typeof value === "string" ? `a string of ${value.length} characters that is not` : shown(value)}`,
    );
  const text = atob(value);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
