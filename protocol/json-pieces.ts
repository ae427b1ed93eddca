/**
 * Writes a frame as JSON in pieces: each number of a tensor takes 400 ns to write, and a result may have 16 million.
 */
import { toBase64 } from "./base64.js";
import type { EncodingPieces } from "./codec.js";
import { isFields } from "./fields.js";
import { listNumbers } from "./number-list.js";
import { datatypeBytes, isDatatype, type WireTensor } from "./tensor.js";

/** The number of tensor elements that are written in one piece, which takes less than a millisecond. */
const elementsPerPiece = 2_048;
/** Text of up to this many bytes is collected before it becomes a part of the message. */
const partBytes = 262_144;

const text = new TextEncoder();

/** Stops when the frame is larger than `bytesMax`. */
export function* jsonPieces(frame: object, bytesMax: number): EncodingPieces {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  let gathered = "";
  const cut = () => {
    const part = text.encode(gathered);
    parts.push(part);
    bytes += part.length;
    gathered = "";
  };
  for (const piece of fragments(frame)) {
    gathered += piece;
    if (gathered.length >= partBytes) cut();
    if (bytes > bytesMax) break;
    yield;
  }
  if (gathered !== "") cut();
  return parts;
}

type TextFragments = Generator<string, void, undefined>;

/** Maps that may contain tensors are written field by field, everything else at once. */
function* fragments(value: unknown): TextFragments {
  if (isTensor(value)) return yield* tensor(value);
  if (value instanceof Uint8Array) return yield `"${toBase64(value)}"`;
  if (!isFields(value)) return yield JSON.stringify(value);
  let before = "{";
  for (const name in value) {
    if (value[name] === undefined) continue;
    yield `${before}${JSON.stringify(name)}:`;
    yield* fragments(value[name]);
    before = ",";
  }
  yield before === "{" ? "{}" : "}";
}

function* tensor({ datatype, shape, data }: WireTensor): TextFragments {
  yield `{"datatype":"${datatype}","shape":${JSON.stringify(shape)},"data":[`;
  const size = data instanceof Uint8Array ? datatypeBytes[datatype] : 1;
  const count = data.length / size;
  for (let at = 0; at < count; at += elementsPerPiece) {
    const end = Math.min(at + elementsPerPiece, count);
    const part = { datatype, shape, data: slice(data, at * size, end * size) };
    yield `${at === 0 ? "" : ","}${JSON.stringify(listNumbers(part)).slice(1, -1)}`;
  }
  yield "]}";
}

function slice(data: WireTensor["data"], from: number, to: number): WireTensor["data"] {
  return data instanceof Uint8Array ? data.subarray(from, to) : data.slice(from, to);
}

export function isTensor(value: unknown): value is WireTensor {
  return (
    typeof value === "object" &&
    value !== null &&
    "datatype" in value &&
    isDatatype(value.datatype) &&
    "data" in value &&
    (value.data instanceof Uint8Array || Array.isArray(value.data))
  );
}
