/**
 * Tensor elements in JSON: a flat array of numbers. JSON has neither NaN nor 64-bit integers, so "NaN", "Infinity",
 * "-Infinity" and integers beyond 2^53 are written as strings.
 */
import { invalidArgument } from "./errors.js";
import { shown } from "./fields.js";
import { type Datatype, datatypeBytes, fromWire, type WireTensor } from "./tensor.js";

type NumericDatatype = Exclude<Datatype, "BYTES">;
type NumberWriter = (view: DataView, offset: number, value: number) => void;

const integerRanges: Partial<Record<NumericDatatype, readonly [number, number]>> = {
  UINT8: [0, 0xff],
  UINT16: [0, 0xffff],
  UINT32: [0, 0xffff_ffff],
  INT8: [-0x80, 0x7f],
  INT16: [-0x8000, 0x7fff],
  INT32: [-0x8000_0000, 0x7fff_ffff],
  FP16: [0, 0xffff],
};

const writers: Partial<Record<NumericDatatype, NumberWriter>> = {
  UINT8: (view, offset, value) => view.setUint8(offset, value),
  UINT16: (view, offset, value) => view.setUint16(offset, value, true),
  FP16: (view, offset, value) => view.setUint16(offset, value, true),
  UINT32: (view, offset, value) => view.setUint32(offset, value, true),
  INT8: (view, offset, value) => view.setInt8(offset, value),
  INT16: (view, offset, value) => view.setInt16(offset, value, true),
  INT32: (view, offset, value) => view.setInt32(offset, value, true),
  FP32: (view, offset, value) => view.setFloat32(offset, value, true),
  FP64: (view, offset, value) => view.setFloat64(offset, value, true),
};

/** Converts a flat array to little-endian bytes, and validates every element against the datatype. */
export function packNumbers(
  datatype: NumericDatatype,
  list: unknown,
  count: number,
  field: string,
): Uint8Array {
  if (!Array.isArray(list) || list.length !== count)
    throw invalidArgument(`${field}.data`, `must be a flat array of ${count} elements, got ${shown(list)}`);
  const size = datatypeBytes[datatype];
  const bytes = new Uint8Array(count * size);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < count; i++) packOne(view, i * size, datatype, list[i], `${field}.data[${i}]`);
  return bytes;
}

function packOne(
  view: DataView,
  offset: number,
  datatype: NumericDatatype,
  value: unknown,
  field: string,
): void {
  if (datatype === "BOOL") {
    if (typeof value !== "boolean")
      throw invalidArgument(field, `must be true or false, got ${shown(value)}`);
    view.setUint8(offset, value ? 1 : 0);
  } else if (datatype === "INT64" || datatype === "UINT64") {
    view.setBigUint64(offset, BigInt.asUintN(64, wideInteger(datatype, value, field)), true);
  } else {
    writers[datatype]?.(view, offset, narrowNumber(datatype, value, field));
  }
}

function wideInteger(datatype: "INT64" | "UINT64", value: unknown, field: string): bigint {
  const whole =
    typeof value === "number"
      ? Number.isSafeInteger(value)
      : typeof value === "string" && /^-?\d{1,20}$/.test(value);
  const integer = whole ? BigInt(value as number | string) : undefined;
  const wrapped =
    integer === undefined
      ? undefined
      : datatype === "INT64"
        ? BigInt.asIntN(64, integer)
        : BigInt.asUintN(64, integer);
  if (integer === undefined || wrapped !== integer)
    throw invalidArgument(
      field,
      `must be an ${datatype} integer (as a string beyond 2^53), got ${shown(value)}`,
    );
  return integer;
}

const specials: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Infinity,
  "-Infinity": -Infinity,
};

function narrowNumber(datatype: NumericDatatype, value: unknown, field: string): number {
  const range = integerRanges[datatype];
  const number = range === undefined && typeof value === "string" ? specials[value] : value;
  if (typeof number !== "number") throw invalidArgument(field, `must be a number, got ${shown(value)}`);
  if (range !== undefined && (!Number.isInteger(number) || number < range[0] || number > range[1]))
    throw invalidArgument(field, `must be an integer from ${range[0]} to ${range[1]}, got ${shown(value)}`);
  return number;
}

/** Converts a tensor's elements to values that JSON can represent. */
export function listNumbers(tensor: WireTensor): readonly (string | number | boolean)[] {
  const { data } = fromWire(tensor);
  if (!ArrayBuffer.isView(data)) return data;
  if (tensor.datatype === "BOOL") return Array.from(data as Uint8Array, (each) => each !== 0);
  return Array.from<number | bigint, string | number>(
    data as Iterable<number | bigint> & ArrayLike<number | bigint>,
    (each) =>
      typeof each === "bigint"
        ? each >= -9007199254740991n && each <= 9007199254740991n
          ? Number(each)
          : String(each)
        : Number.isFinite(each)
          ? each
          : String(each),
  );
}
