/** Makes tensors of nested arrays, numbers, strings and typed arrays. */
import { HeadgateError } from "../../protocol/errors.js";
import { type Datatype, elementCount, isDatatype, type Tensor, type Values } from "../../protocol/tensor.js";

/** A value, or arrays of values nested to any depth. */
export type NestedValues = number | bigint | boolean | string | readonly NestedValues[];

type TypedArrayMaker = (values: readonly (number | bigint | boolean)[]) => Values;

const numbers = (values: readonly (number | bigint | boolean)[]) => values.map(Number);
const wide = (values: readonly (number | bigint | boolean)[]) => values.map((each) => BigInt(each));

const makers: Readonly<Record<Exclude<Datatype, "BYTES" | "FP16">, TypedArrayMaker>> = {
  BOOL: (values) => Uint8Array.from(values, (each) => (each ? 1 : 0)),
  UINT8: (values) => Uint8Array.from(numbers(values)),
  UINT16: (values) => Uint16Array.from(numbers(values)),
  UINT32: (values) => Uint32Array.from(numbers(values)),
  UINT64: (values) => BigUint64Array.from(wide(values)),
  INT8: (values) => Int8Array.from(numbers(values)),
  INT16: (values) => Int16Array.from(numbers(values)),
  INT32: (values) => Int32Array.from(numbers(values)),
  INT64: (values) => BigInt64Array.from(wide(values)),
  FP32: (values) => Float32Array.from(numbers(values)),
  FP64: (values) => Float64Array.from(numbers(values)),
};

/**
 * A tensor of nested arrays: its shape is theirs. Numbers become FP32, what learned models take; say
 * "FP64" for fits, or give a Float64Array. Strings become BYTES, booleans BOOL, bigints INT64.
 * @throws HeadgateError invalid_argument when rows differ in length or the datatype does not fit
 */
export function tensor(values: NestedValues, datatype?: Datatype): Tensor;
/** A tensor over a typed array, without a copy; `shape` defaults to one dimension. */
export function tensor(values: Values, shape?: readonly number[], datatype?: Datatype): Tensor;
export function tensor(
  values: NestedValues | Values,
  second?: Datatype | readonly number[],
  third?: Datatype,
): Tensor {
  if (ArrayBuffer.isView(values))
    return overTyped(values, typeof second === "string" ? undefined : second, third);
  return fromNested(values, isDatatype(second) ? second : undefined);
}

function overTyped(
  data: Values,
  shape: readonly number[] = [data.length],
  datatype = datatypeOf(data),
): Tensor {
  if (elementCount(shape) !== data.length)
    throw wrong(
      `a shape of [${shape.join(", ")}] holds ${elementCount(shape)} elements, the array has ${data.length}`,
    );
  return { datatype, shape, data };
}

function datatypeOf(data: Values): Datatype {
  if (data instanceof Float64Array) return "FP64";
  if (data instanceof Float32Array) return "FP32";
  if (data instanceof BigInt64Array) return "INT64";
  if (data instanceof BigUint64Array) return "UINT64";
  if (data instanceof Int32Array) return "INT32";
  if (data instanceof Uint32Array) return "UINT32";
  if (data instanceof Int16Array) return "INT16";
  if (data instanceof Uint16Array) return "UINT16";
  return data instanceof Int8Array ? "INT8" : "UINT8";
}

function fromNested(values: NestedValues, asked: Datatype | undefined): Tensor {
  const shape: number[] = [];
  for (
    let level: NestedValues | undefined = values;
    Array.isArray(level);
    level = level[0] as NestedValues | undefined
  )
    shape.push(level.length);
  const flat: (number | bigint | boolean | string)[] = [];
  flatten(values, shape, 0, flat);
  const datatype = asked ?? guess(flat[0]);
  if (datatype === "BYTES") return { datatype, shape, data: flat.map(String) };
  if (datatype === "FP16") throw wrong("FP16 is given as its raw bits in a Uint16Array");
  if (flat.some((each) => typeof each === "string")) throw wrong(`strings are BYTES, not ${datatype}`);
  return { datatype, shape, data: makers[datatype](flat as (number | bigint | boolean)[]) };
}

function flatten(
  values: NestedValues,
  shape: readonly number[],
  depth: number,
  into: (number | bigint | boolean | string)[],
): void {
  if (!Array.isArray(values)) {
    if (depth !== shape.length) throw wrong("rows differ in depth");
    into.push(values as number | bigint | boolean | string);
    return;
  }
  if (values.length !== shape[depth])
    throw wrong(`rows differ in length: ${values.length} beside ${shape[depth] ?? "a number"}`);
  for (const each of values) flatten(each, shape, depth + 1, into);
}

function guess(first: unknown): Datatype {
  if (typeof first === "string") return "BYTES";
  if (typeof first === "boolean") return "BOOL";
  return typeof first === "bigint" ? "INT64" : "FP32";
}

function wrong(message: string): HeadgateError {
  return new HeadgateError("invalid_argument", `tensor: ${message}`);
}
