/** Which frames take long to write: those whose tensors have many elements to be written one by one. */

import { isFields } from "./fields.js";
import { isTensor } from "./json-pieces.js";
import type { WireForm } from "./parse-tensor.js";
import { datatypeBytes } from "./tensor.js";

/** Elements that are written at once, in a millisecond or two. */
const shortMax = 4_096;

/** Whether it is better written in pieces. In the binary form numbers are written as they lie, strings one by one. */
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
