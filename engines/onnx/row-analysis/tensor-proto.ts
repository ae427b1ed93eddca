/** Parses the numbers of a short TensorProto, and its shape. Source: onnx.proto. Pure. */
import { eachField, type ProtobufField } from "../import/protobuf.js";
import { sizeOf } from "./sizes.js";
import { elementsMax, fixed, type Value } from "./values.js";

const proto = {
  dims: 1,
  dataType: 2,
  floats: 4,
  int32s: 5,
  int64s: 7,
  name: 8,
  raw: 9,
  doubles: 10,
  externalData: 13,
} as const;
const types = { float: 1, uint8: 2, int8: 3, int32: 6, int64: 7, bool: 9, double: 11 } as const;

export interface NamedTensor {
  readonly name: string;
  readonly value: Value;
}

export function tensorOf(message: Uint8Array): NamedTensor {
  const dims: number[] = [];
  const data: ProtobufField[] = [];
  let name = "";
  let type = 0;
  let external = false;
  eachField(message, (field) => {
    if (field.number === proto.dims) dims.push(...integersOf(field));
    else if (field.number === proto.dataType) type = field.value;
    else if (field.number === proto.name) name = new TextDecoder().decode(field.bytes);
    else if (field.number === proto.externalData) external = true;
    else if (data.length <= elementsMax) data.push(field); // as many numbers as a kept list has at most
    return true;
  });
  const count = dims.reduce((product, size) => product * size, 1);
  const few = !external && dims.length <= 1 && count <= elementsMax;
  const numbers = few ? numbersIn(data, type, count) : undefined;
  return {
    name,
    value: {
      dependence: fixed,
      shape: dims.map(sizeOf),
      ...(numbers !== undefined && { elements: numbers.map(sizeOf) }),
    },
  };
}

function numbersIn(data: readonly ProtobufField[], type: number, count: number): number[] | undefined {
  const found = data.flatMap((field) => {
    if (field.number === proto.raw) return rawNumbers(field.bytes, type);
    if (field.number === proto.int32s || field.number === proto.int64s) return integersOf(field);
    if (field.number === proto.floats) return floatsOf(field, 4);
    if (field.number === proto.doubles) return floatsOf(field, 8);
    return [];
  });
  return found.length === count ? found : undefined;
}

function rawNumbers(bytes: Uint8Array, type: number): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read = (width: number, at: (offset: number) => number) =>
    Array.from({ length: Math.floor(bytes.length / width) }, (_, i) => at(i * width));
  if (type === types.int64) return read(8, (at) => Number(view.getBigInt64(at, true)));
  if (type === types.int32) return read(4, (at) => view.getInt32(at, true));
  if (type === types.float) return read(4, (at) => view.getFloat32(at, true));
  if (type === types.double) return read(8, (at) => view.getFloat64(at, true));
  if (type === types.bool || type === types.uint8) return read(1, (at) => view.getUint8(at));
  return type === types.int8 ? read(1, (at) => view.getInt8(at)) : [];
}

/** The integers of a field: one, or many packed ones. Negative integers take ten bytes. */
export function integersOf({ whole, bytes }: ProtobufField): number[] {
  const found: number[] = [];
  let value = 0n;
  let shift = 0n;
  for (const byte of bytes.length > 0 ? bytes : afterTag(whole)) {
    value |= BigInt(byte & 127) << shift;
    shift += 7n;
    if (byte >= 128) continue;
    found.push(Number(BigInt.asIntN(64, value)));
    value = 0n;
    shift = 0n;
  }
  return found;
}

/** The floats of a field, of `width` bytes each: one, or many packed ones. */
export function floatsOf({ whole, bytes }: ProtobufField, width: 4 | 8): number[] {
  const list = bytes.length > 0 ? bytes : whole.subarray(whole.length - width);
  const view = new DataView(list.buffer, list.byteOffset, list.byteLength);
  return Array.from({ length: Math.floor(list.length / width) }, (_, i) =>
    width === 4 ? view.getFloat32(i * 4, true) : view.getFloat64(i * 8, true),
  );
}

function afterTag(whole: Uint8Array): Uint8Array {
  let at = 0;
  while ((whole[at] ?? 0) >= 128) at++;
  return whole.subarray(at + 1);
}
