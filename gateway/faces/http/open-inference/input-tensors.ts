/**
 * Reads the tensors of an Open Inference request: `data` in JSON, flat or nested, or bytes behind the JSON, in the
 * order of the inputs that announce a `binary_data_size`.
 *
 * Source: Open Inference Protocol v2, "Inference Request"; Triton, "Binary Tensor Data Extension".
 */
import { invalidArgument } from "../../../../protocol/errors.js";
import {
  type Fields,
  has,
  isFields,
  readFields,
  readInteger,
  readString,
  shown,
} from "../../../../protocol/fields.js";
import { limits } from "../../../../protocol/limits.js";
import { parseTensor } from "../../../../protocol/parse-tensor.js";
import {
  type InferInput,
  type InferInputs,
  parseReference,
  type TensorReference,
} from "../../../../protocol/reference.js";
import type { WireTensor } from "../../../../protocol/tensor.js";
import { flatData } from "../nested-data.js";

const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * @param binary the bytes behind the JSON; all of them must belong to an input
 * @throws HeadgateError invalid_argument
 */
export function readInputs(list: unknown, binary: Uint8Array): InferInputs {
  if (!Array.isArray(list))
    throw invalidArgument("inputs", `must be an array of tensors, got ${shown(list)}`);
  if (list.length > limits.tensors_max)
    throw invalidArgument("inputs", `at most ${limits.tensors_max} tensors, got ${list.length}`);
  const tensors: Record<string, InferInput> = {};
  let at = 0;
  for (const [i, value] of list.entries()) {
    if (!isFields(value)) throw invalidArgument(`inputs[${i}]`, `must be a tensor, got ${shown(value)}`);
    const name = readString(value, "name", limits.name_length_max, `inputs[${i}].name`);
    if (name === "__proto__")
      throw invalidArgument(`inputs[${i}].name`, "__proto__ is no name: choose another");
    if (Object.hasOwn(tensors, name)) throw invalidArgument(`inputs[${i}].name`, `${name} is given twice`);
    const reference = referenceOf(value, `inputs.${name}`);
    const size = reference === undefined ? binarySize(value, `inputs.${name}`) : undefined;
    if (reference !== undefined) tensors[name] = reference;
    else if (size === undefined) tensors[name] = fromJson(value, `inputs.${name}`);
    else {
      if (at + size > binary.length)
        throw invalidArgument(
          `inputs.${name}.parameters.binary_data_size`,
          `${size} bytes, and ${binary.length - at} are left of the body`,
        );
      tensors[name] = fromBytes(value, binary.subarray(at, at + size), `inputs.${name}`);
      at += size;
    }
  }
  if (at !== binary.length)
    throw invalidArgument("inputs", `${binary.length - at} bytes of the body belong to no input`);
  return tensors;
}

/**
 * An input whose parameters name a dataset or a stream is a reference to its rows, with the fields of a reference as its
 * parameters. It has no data; a shape is the shape that the rows get.
 */
function referenceOf(tensor: Fields, field: string): TensorReference | undefined {
  if (!has(tensor, "parameters")) return undefined;
  const parameters = readFields(tensor, "parameters");
  if (!has(parameters, "ref") && !has(parameters, "stream")) return undefined;
  const path = `${field}.parameters`;
  for (const name of ["binary_data_size", "shared_memory_region"])
    if (has(parameters, name))
      throw invalidArgument(
        `${path}.${name}`,
        "must be absent beside ref or stream: a reference has no data",
      );
  if (has(tensor, "data"))
    throw invalidArgument(`${field}.data`, "must be absent beside ref or stream: a reference has no data");
  const { shape } = tensor;
  return parseReference({ ...(has(tensor, "shape") && { shape }), ...parameters }, path);
}

function binarySize(tensor: Fields, field: string): number | undefined {
  if (!has(tensor, "parameters")) return undefined;
  const parameters = readFields(tensor, "parameters");
  if (!has(parameters, "binary_data_size")) return undefined;
  const path = `${field}.parameters.binary_data_size`;
  return readInteger(parameters, "binary_data_size", 0, Number.MAX_SAFE_INTEGER, path);
}

function fromJson(tensor: Fields, field: string): WireTensor {
  const { datatype, shape, data } = tensor;
  if (datatype === "FP16") throw invalidArgument(`${field}.datatype`, "FP16 is sent in binary only");
  return parseTensor({ datatype, shape, data: flat(data, shape, field) }, field, "json");
}

function flat(data: unknown, shape: unknown, field: string): unknown {
  if (!Array.isArray(data)) throw invalidArgument(`${field}.data`, `must be an array, got ${shown(data)}`);
  return Array.isArray(shape) ? flatData(data, shape, `${field}.data`) : data;
}

function fromBytes(tensor: Fields, bytes: Uint8Array, field: string): WireTensor {
  const { datatype, shape } = tensor;
  if (has(tensor, "data")) throw invalidArgument(`${field}.data`, "must be absent beside binary_data_size");
  if (datatype !== "BYTES") return parseTensor({ datatype, shape, data: bytes }, field, "binary");
  return parseTensor({ datatype, shape, data: stringsIn(bytes, field) }, field, "json");
}

/** Each string is its length in bytes, as a 32-bit integer, and its bytes in UTF-8. */
function stringsIn(bytes: Uint8Array, field: string): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const strings: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (at + 4 > bytes.length) throw invalidArgument(field, "the last length of a string is cut off");
    const length = view.getUint32(at, true);
    at += 4;
    if (at + length > bytes.length)
      throw invalidArgument(
        field,
        `string ${strings.length} has ${length} bytes, and ${bytes.length - at} are left`,
      );
    if (strings.length === limits.text_values_max)
      throw invalidArgument(field, `more than ${limits.text_values_max} strings`);
    strings.push(stringOf(bytes.subarray(at, at + length), field, strings.length));
    at += length;
  }
  return strings;
}

function stringOf(bytes: Uint8Array, field: string, index: number): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw invalidArgument(field, `string ${index} is not UTF-8`);
  }
}
