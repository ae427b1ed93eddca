/** Finds frames that take a long time to encode: those with many tensor elements that must be written one by one. */

import { isFields } from "./fields.js";
import { isTensor } from "./json-pieces.js";
import type { WireForm } from "./parse-tensor.js";
import { datatypeBytes } from "./tensor.js";

/** Up to this many elements a frame is encoded at once, which takes a millisecond or two. */
const shortMax = 4_096;

/**
 * Whether the frame should be encoded in pieces. In the binary form numbers are copied as they are, and only strings
 * are written one by one.
 */
export function isLong(frame: object, form: WireForm): boolean {
  return elements(frame, form) > shortMax;
}

function elements(value: unknown, form: WireForm): number {
  if (isTensor(value)) {
    if (!(value.data instanceof Uint8Array)) return value.data.length;
    return form === "json" ? value.data.length / datatypeBytes[value.datatype] : 0;
  }
  if (!isFields(value)) return 0;
  let sum = 0;
  for (const name in value) sum += elements(value[name], form);
  return sum;
}
