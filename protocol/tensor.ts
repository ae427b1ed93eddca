/**
 * Tensors with the names of the Open Inference Protocol. On the wire a tensor's `data` is its bytes, row-major and
 * little-endian; in the program it is a typed array.
 *
 * Source: Open Inference Protocol v2, section "Tensor Data Types".
 */

/** Bytes of one element. `BYTES` is a list of strings and has no fixed size. */
export const datatypeBytes = {
  BOOL: 1,
  UINT8: 1,
  UINT16: 2,
  UINT32: 4,
  UINT64: 8,
  INT8: 1,
  INT16: 2,
  INT32: 4,
  INT64: 8,
  FP16: 2,
  FP32: 4,
  FP64: 8,
  BYTES: 0,
} as const;

/** The type of a tensor's elements, by the Open Inference Protocol's names. */
export type Datatype = keyof typeof datatypeBytes;

/** Typed arrays by datatype. FP16 is its raw 16 bits, because Node 20 has no Float16Array. */
export type Values =
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Float32Array
  | Float64Array;

/** A tensor in the program: `data` has as many elements as the product of `shape`, row-major. */
export interface Tensor {
  /** The type of its elements. */
  readonly datatype: Datatype;
  /** Its size in each dimension; empty for a single value. */
  readonly shape: readonly number[];
  /** Its elements, row-major; strings where `datatype` is `BYTES`. */
  readonly data: Values | readonly string[];
}

/** A tensor on the wire: `data` is the bytes of the elements, or strings for `BYTES`. */
export interface WireTensor {
  readonly datatype: Datatype;
  readonly shape: readonly number[];
  readonly data: Uint8Array | readonly string[];
}

/** Tensors by name. */
export type WireTensors = Readonly<Record<string, WireTensor>>;

export function isDatatype(name: unknown): name is Datatype {
  return typeof name === "string" && Object.hasOwn(datatypeBytes, name);
}

/** The number of elements of a shape; 1 for the empty shape of a scalar. */
export function elementCount(shape: readonly number[]): number {
  let count = 1;
  for (const size of shape) count *= size;
  return count;
}

/** The elements as bytes, without copying. */
export function toWire(tensor: Tensor): WireTensor {
  const { datatype, shape, data } = tensor;
  if (!ArrayBuffer.isView(data)) return { datatype, shape, data };
  return { datatype, shape, data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
}

/** Tensors by name, as `toWire` makes each. */
export function tensorsToWire(tensors: Readonly<Record<string, Tensor>>): WireTensors {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, toWire(tensor)]));
}

/** Copies the tensors into memory that only the caller uses. */
export function copied(tensors: Readonly<Record<string, WireTensor>>): Record<string, WireTensor> {
  const copies: Record<string, WireTensor> = {};
  for (const [name, tensor] of Object.entries(tensors))
    copies[name] =
      tensor.data instanceof Uint8Array ? { ...tensor, data: Uint8Array.from(tensor.data) } : tensor;
  return copies;
}

/** The bytes as a typed array: a view where the alignment allows it, otherwise a copy. */
export function fromWire(tensor: WireTensor): Tensor {
  const { datatype, shape, data } = tensor;
  if (!(data instanceof Uint8Array)) return { datatype, shape, data };
  return { datatype, shape, data: viewAs(datatype, data) };
}

/**
 * Up to so many bytes a typed array lies in the engine's own heap. A view of it would move it out, which takes as long
 * as all else that is done for a small answer.
 */
const singleBytesMax = 64;

/** Undefined where one is NaN, whose bits are not kept where it is read as a number. */
function eachFloat(bytes: Uint8Array, datatype: "FP32" | "FP64"): Float32Array | Float64Array | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isSingle = datatype === "FP32";
  const values = isSingle ? new Float32Array(bytes.length >> 2) : new Float64Array(bytes.length >> 3);
  for (let i = 0; i < values.length; i++) {
    const value = isSingle ? view.getFloat32(i << 2, true) : view.getFloat64(i << 3, true);
    if (Number.isNaN(value)) return undefined;
    values[i] = value;
  }
  return values;
}

function viewAs(datatype: Datatype, bytes: Uint8Array): Values {
  const size = datatypeBytes[datatype];
  const isFloat = datatype === "FP32" || datatype === "FP64";
  const floats =
    isFloat && bytes.length <= singleBytesMax && bytes.byteOffset % size !== 0
      ? eachFloat(bytes, datatype)
      : undefined;
  if (floats !== undefined) return floats;
  const aligned = size <= 1 || bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes);
  const buffer = aligned.buffer;
  const offset = aligned.byteOffset;
  const length = size === 0 ? 0 : aligned.byteLength / size;
  switch (datatype) {
    case "BOOL":
    case "UINT8":
      return new Uint8Array(buffer, offset, length);
    case "INT8":
      return new Int8Array(buffer, offset, length);
    case "FP16":
    case "UINT16":
      return new Uint16Array(buffer, offset, length);
    case "INT16":
      return new Int16Array(buffer, offset, length);
    case "UINT32":
      return new Uint32Array(buffer, offset, length);
    case "INT32":
      return new Int32Array(buffer, offset, length);
    case "UINT64":
      return new BigUint64Array(buffer, offset, length);
    case "INT64":
      return new BigInt64Array(buffer, offset, length);
    case "FP32":
      return new Float32Array(buffer, offset, length);
    case "FP64":
      return new Float64Array(buffer, offset, length);
    case "BYTES":
      throw new TypeError("BYTES has no typed array");
  }
}
