/** What a tensor in a model's file announces, and where its numbers are. Only short lists of integers are read. */
import { entryFields, tensorFields } from "./graph-fields.js";
import type { MessageField, MessageFile } from "./message-file.js";

export interface ExternalTensor {
  readonly tensor: string;
  /** The file with its numbers, relative to the model's own folder as the model names it. */
  readonly location: string;
  /** Bytes; null where the model does not say. */
  readonly offset: number | null;
  readonly length: number | null;
  /** The bytes that the tensor's shape announces; null for strings. */
  readonly bytes: number | null;
}

export interface TensorInspection {
  readonly name: string;
  /** The bytes that its shape announces; null for strings, whose lengths the shape does not say. */
  readonly bytes: number | null;
  readonly external: ExternalTensor | null;
  /** The numbers of a short list of INT64, such as a shape that another node is given. */
  readonly integers: readonly number[] | null;
}

/** Bits of an element by ONNX's number of its type. Strings have no fixed size. */
const elementBits: Readonly<Record<number, number>> = {
  ...{ 1: 32, 2: 8, 3: 8, 4: 16, 5: 16, 6: 32, 7: 64, 9: 8, 10: 16, 11: 64, 12: 32, 13: 64, 14: 64 },
  ...{ 15: 128, 16: 16, 17: 8, 18: 8, 19: 8, 20: 8, 21: 4, 22: 4, 23: 4, 24: 8, 25: 2, 26: 2 },
};
const stringType = 8;
const int64Type = 7;
/** Limit on dimensions: no operator takes as many. */
const rankMax = 64;
/** The longest list of integers that is read as a shape. */
const integersMax = 64;

/** @throws when the tensor contradicts itself, naming it */
export function inspectTensor(file: MessageFile, { from, to }: MessageField): TensorInspection {
  const dims: number[] = [];
  const entries: MessageField[] = [];
  const int64s: MessageField[] = [];
  let type = 0;
  let name = "";
  let raw: MessageField | undefined;
  for (const field of file.fields(from, to)) {
    if (field.number === tensorFields.dims) for (const size of file.integers(field)) dims.push(size);
    else if (field.number === tensorFields.elementType) type = field.value;
    else if (field.number === tensorFields.name) name = file.text(field);
    else if (field.number === tensorFields.raw) raw = field;
    else if (field.number === tensorFields.externalData) entries.push(field);
    else if (field.number === tensorFields.int64s && int64s.length <= integersMax) int64s.push(field);
    if (dims.length > rankMax) throw new Error(`tensor ${name} has more than ${rankMax} dimensions`);
    if (entries.length > integersMax) throw new Error(`tensor ${name} names its file more than once`);
  }
  const count = elementsOf(dims, `tensor ${name}`);
  const bytes = type === stringType ? null : bytesOf(type, count, `tensor ${name}`);
  const external = entries.length === 0 ? null : externalOf(file, entries, { tensor: name, bytes });
  const held = raw === undefined || external !== null ? bytes : raw.to - raw.from;
  if (bytes !== null && held !== bytes)
    throw new Error(`tensor ${name} announces ${bytes} bytes and holds ${held}`);
  const isList = type === int64Type && dims.length <= 1 && count <= integersMax && external === null;
  return { name, bytes, external, integers: isList ? integersIn(file, raw, int64s) : null };
}

/** @throws for a negative size, and for more elements than a number can count */
export function elementsOf(dims: readonly number[], what: string): number {
  if (dims.some((size) => size < 0)) throw new Error(`${what} has a negative size`);
  const count = dims.reduce((product, size) => product * size, 1);
  if (count > Number.MAX_SAFE_INTEGER) throw new Error(`${what} announces ${count} elements`);
  return count;
}

export function bytesOf(type: number, count: number, what: string): number {
  const bits = elementBits[type];
  if (bits === undefined) throw new Error(`${what} is of the unknown element type ${type}`);
  return Math.ceil((count * bits) / 8);
}

function externalOf(
  file: MessageFile,
  entries: readonly MessageField[],
  { tensor, bytes }: Pick<ExternalTensor, "tensor" | "bytes">,
): ExternalTensor {
  const given = new Map<string, string>();
  for (const { from, to } of entries) {
    let [key, value] = ["", ""];
    for (const field of file.fields(from, to)) {
      if (field.number === entryFields.key) key = file.text(field);
      else if (field.number === entryFields.value) value = file.text(field);
    }
    if (given.has(key)) throw new Error(`tensor ${tensor} gives its ${key} twice`);
    given.set(key, value);
  }
  const location = given.get("location") ?? "";
  return { tensor, location, offset: numberOf("offset"), length: numberOf("length"), bytes };

  function numberOf(key: string): number | null {
    const text = given.get(key);
    if (text === undefined) return null;
    if (!/^\d{1,15}$/.test(text))
      throw new Error(`tensor ${tensor} has the ${key} ${JSON.stringify(text.slice(0, 40))} in its file`);
    return Number(text);
  }
}

function integersIn(
  file: MessageFile,
  raw: MessageField | undefined,
  int64s: readonly MessageField[],
): number[] | null {
  if (raw === undefined) {
    const found: number[] = [];
    for (const field of int64s)
      for (const value of file.integers(field)) {
        if (found.length === integersMax) return null;
        found.push(value);
      }
    return found;
  }
  const bytes = file.bytes(raw, 8 * integersMax);
  return Array.from({ length: Math.floor(bytes.length / 8) }, (_, i) => Number(bytes.readBigInt64LE(8 * i)));
}
