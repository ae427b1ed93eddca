/** Validates tensors: datatype, shape and length are checked before memory is allocated. */
import { invalidArgument } from "./errors.js";
import { type Fields, isFields, shown } from "./fields.js";
import { limits } from "./limits.js";
import { packNumbers } from "./number-list.js";
import { datatypeBytes, isDatatype, type WireTensor } from "./tensor.js";

/** In the binary form a tensor's data is bytes, in the JSON form a flat array. */
export type WireForm = "binary" | "json";

export function parseTensor(value: unknown, field: string, form: WireForm): WireTensor {
  if (!isFields(value)) throw invalidArgument(field, `must be a tensor, got ${shown(value)}`);
  const { datatype } = value;
  if (!isDatatype(datatype))
    throw invalidArgument(
      `${field}.datatype`,
      `must be one of ${Object.keys(datatypeBytes).join(", ")}; got ${shown(datatype)}`,
    );
  const shape = parseShape(value, field);
  const count = countOf(shape, field);
  const data = value["data"];
  if (datatype === "BYTES") return { datatype, shape, data: strings(data, count, field) };
  if (form === "json") return { datatype, shape, data: packNumbers(datatype, data, count, field) };
  const packed = bytes(data, count, datatypeBytes[datatype], field);
  if (datatype === "BOOL") requireBooleans(packed, field);
  return { datatype, shape, data: packed };
}

function parseShape(tensor: Fields, field: string): readonly number[] {
  const { shape } = tensor;
  if (!Array.isArray(shape) || shape.length > limits.tensor_rank_max)
    throw invalidArgument(
      `${field}.shape`,
      `must be an array of at most ${limits.tensor_rank_max} sizes, got ${shown(shape)}`,
    );
  for (const size of shape)
    if (typeof size !== "number" || !Number.isInteger(size) || size < 0 || size > limits.tensor_elements_max)
      throw invalidArgument(
        // Checked one by one, because beside a size of 0 any other size would pass the check of the product.
        `${field}.shape`,
        `sizes must be integers from 0 to ${limits.tensor_elements_max}, got ${shown(size)}`,
      );
  return shape;
}

function countOf(shape: readonly number[], field: string): number {
  let count = 1;
  for (const size of shape) count *= size;
  if (!(count <= limits.tensor_elements_max))
    throw invalidArgument(
      `${field}.shape`,
      `[${shape.join(", ")}] holds ${count} elements, the limit is ${limits.tensor_elements_max}`,
    );
  return count;
}

function bytes(data: unknown, count: number, size: number, field: string): Uint8Array {
  if (!(data instanceof Uint8Array))
    throw invalidArgument(`${field}.data`, `must be a bin of ${count * size} bytes, got ${shown(data)}`);
  if (data.byteLength !== count * size)
    throw invalidArgument(
      `${field}.data`,
      `must be ${count * size} bytes (${count} elements of ${size}), got ${data.byteLength}`,
    );
  return data;
}

/** Only 0 and 1 are accepted, because engines in C++ treat a boolean byte of 2 in different ways. */
function requireBooleans(data: Uint8Array, field: string): void {
  let odd = 0; // a loop, because `findIndex` took 110 ms for 16 MiB
  while (odd < data.length && (data[odd] as number) <= 1) odd++;
  if (odd < data.length)
    throw invalidArgument(`${field}.data`, `element ${odd} must be 0 or 1, got ${data[odd]}`);
}

function strings(data: unknown, count: number, field: string): readonly string[] {
  if (!Array.isArray(data) || data.length !== count)
    throw invalidArgument(`${field}.data`, `must be an array of ${count} strings, got ${shown(data)}`);
  const odd = data.findIndex((each) => typeof each !== "string");
  if (odd >= 0)
    throw invalidArgument(`${field}.data`, `element ${odd} must be a string, got ${shown(data[odd])}`);
  return data;
}
