/** Writes a tree as JSON, on one line, with the keys that it has: also twice. */
import { Entries, RawValue, type WireValue } from "./wire-value.js";

export function jsonText(value: WireValue): string {
  if (value instanceof RawValue) return value.json;
  if (value instanceof Entries)
    return `{${value.list.map(([key, each]) => `${keyText(key)}:${jsonText(each)}`).join(",")}}`;
  if (Array.isArray(value)) return `[${value.map(jsonText).join(",")}]`;
  if (typeof value === "bigint") return String(value);
  if (value instanceof Uint8Array) return JSON.stringify([...value]);
  return JSON.stringify(value);
}

/** A key that is no string stands as it is: it makes the line malformed. */
function keyText(key: WireValue): string {
  return typeof key === "string" ? JSON.stringify(key) : jsonText(key);
}
