/**
 * Reads the data that an agent gives as tensors: numbers, strings, nested or flat lists. Shape and datatype are
 * inferred where they are not given, from the nesting and from the signature of the model.
 */
import { invalidArgument } from "../../../protocol/errors.js";
import { type Fields, has, isFields, shown } from "../../../protocol/fields.js";
import { limits } from "../../../protocol/limits.js";
import { parseTensor } from "../../../protocol/parse-tensor.js";
import { type InferInput, type InferInputs, parseReference } from "../../../protocol/reference.js";
import type { WireTensor } from "../../../protocol/tensor.js";
import type { TensorDescription } from "../../requests/describe.js";
import { flatData } from "../http/nested-data.js";

/** @throws HeadgateError invalid_argument that names the input */
export function readTensors(
  given: Readonly<Record<string, unknown>>,
  signature: readonly TensorDescription[],
): InferInputs {
  const names = Object.keys(given);
  if (names.length > limits.tensors_max)
    throw invalidArgument("inputs", `at most ${limits.tensors_max}, got ${names.length}`);
  const tensors: Record<string, InferInput> = {};
  for (const name of names) {
    const known = signature.find((each) => each.name === name);
    if (known === undefined)
      throw invalidArgument(
        "inputs",
        `there is no input ${shown(name)}; there are ${signature.map((each) => each.name).join(", ")}`,
      );
    const value = given[name];
    tensors[name] =
      isFields(value) && (has(value, "ref") || has(value, "stream"))
        ? parseReference(value, `inputs.${name}`)
        : readTensor(value, known.datatypes, `inputs.${name}`);
  }
  return tensors;
}

function readTensor(value: unknown, datatypes: readonly string[], field: string): WireTensor {
  const fields: Fields = isFields(value) ? value : { data: value };
  const { data, shape, datatype } = fields;
  if (!has(fields, "data"))
    throw invalidArgument(`${field}.data`, "missing; give a number, a list, or a list of rows");
  if (datatype === "FP16") throw invalidArgument(`${field}.datatype`, "FP16 is not read from JSON: use FP32");
  const inferred = Array.isArray(data) ? shapeOf(data, field) : [];
  const sizes = shape ?? inferred;
  const isNested = Array.isArray(data) && Array.isArray(sizes);
  const elements = isNested ? flatData(data, sizes, `${field}.data`) : [data].flat();
  const wanted = datatype ?? fitting(datatypes, elements);
  return parseTensor({ datatype: wanted, shape: sizes, data: elements }, field, "json");
}

/** The sizes of nested lists, which are those of the first list at each depth. */
function shapeOf(data: readonly unknown[], field: string): number[] {
  const shape: number[] = [];
  for (let first: unknown = data; Array.isArray(first); first = first[0]) shape.push(first.length);
  if (shape.length > limits.tensor_rank_max)
    throw invalidArgument(`${field}.data`, `is nested deeper than ${limits.tensor_rank_max} lists`);
  return shape;
}

/** The names of numbers that JSON has no number for. */
const numberNames: ReadonlySet<unknown> = new Set(["NaN", "Infinity", "-Infinity"]);

/** The first of the datatypes that the elements can have. */
function fitting(datatypes: readonly string[], elements: readonly unknown[]): string | undefined {
  const isText = typeof elements[0] === "string" && !numberNames.has(elements[0]);
  return datatypes.find((datatype) => (datatype === "BYTES") === isText) ?? datatypes[0];
}
