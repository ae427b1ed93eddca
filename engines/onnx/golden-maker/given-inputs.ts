/**
 * Reads the inputs for a golden answer from a file: .npy for a model of one input, .npz with an array for each
 * input's name, or JSON.
 */
import { basename } from "node:path";
import { packNumbers } from "../../../protocol/number-list.js";
import { parseTensor } from "../../../protocol/parse-tensor.js";
import { type Datatype, elementCount, fromWire, type Tensor } from "../../../protocol/tensor.js";
import type { Tensors } from "../../engine.js";
import type { TensorSpec } from "../../servable.js";
import { readArchive } from "../archive.js";
import { readPlainBytes, readPlainFile } from "../plain-file.js";
import { type NumpyArray, parseNumpy } from "./numpy-file.js";

/** Limit in bytes: 256 MiB. A golden answer needs only a few rows. */
const bytesMax = 268_435_456;

/** @throws naming the file, and the input that is missing or has another datatype or shape */
export async function givenInputs(path: string, specs: readonly TensorSpec[]): Promise<Tensors> {
  try {
    const found = await tensorsOf(path, specs);
    const names = specs.map(({ name }) => name).join(", ");
    const unknown = [...found.keys()].find((name) => !specs.some((spec) => spec.name === name));
    if (unknown !== undefined) throw new Error(`the model has no input ${unknown}; it takes ${names}`);
    const missing = specs.find(({ name, optional }) => !found.has(name) && !optional);
    if (missing !== undefined)
      throw new Error(`input ${missing.name} is not in it; the model takes ${names}`);
    return Object.fromEntries(found);
  } catch (error) {
    throw new Error(`${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function tensorsOf(path: string, specs: readonly TensorSpec[]): Promise<Map<string, Tensor>> {
  const specOf = (name: string) => specs.find((spec) => spec.name === name);
  if (path.endsWith(".npz")) {
    const files = await readArchive(path, bytesMax);
    return new Map(
      [...files].map(([file, bytes]) => {
        const name = basename(file, ".npy");
        return [name, converted(parseNumpy(bytes), specOf(name))] as const;
      }),
    );
  }
  if (path.endsWith(".npy")) {
    const [only, ...more] = specs;
    if (only === undefined || more.length > 0)
      throw new Error(
        `the model has ${specs.length} inputs: give them by name, np.savez("inputs.npz", name=array)`,
      );
    return new Map([[only.name, converted(parseNumpy(await readPlainBytes(path, bytesMax)), only)]]);
  }
  const json = JSON.parse(await readPlainFile(path, bytesMax)) as { inputs?: unknown };
  const map = typeof json.inputs === "object" && json.inputs !== null ? json.inputs : json;
  return new Map(Object.entries(map).map(([name, value]) => [name, fromJson(name, value, specOf(name))]));
}

/** Converts an array to the input's datatype: Python's floats have 64 bits where a model often takes 32. */
function converted({ datatype, shape, data }: NumpyArray, spec: TensorSpec | undefined): Tensor {
  if (!(data instanceof Uint8Array)) return { datatype: "BYTES", shape, data: [...data] };
  // The data is copied because a typed array's offset must be a multiple of the element's size.
  const tensor = fromWire({ datatype, shape, data: Uint8Array.from(data) });
  const wanted = spec?.datatypes[0] ?? datatype;
  if (wanted === datatype || wanted === "BYTES" || [wanted, datatype].includes("FP16")) return tensor;
  return packed(wanted, shape, Array.from(tensor.data as ArrayLike<number | bigint>, Number));
}

function fromJson(name: string, value: unknown, spec: TensorSpec | undefined): Tensor {
  if (!Array.isArray(value)) return fromWire(parseTensor(value, name, "json"));
  const shape: number[] = [];
  for (let level: unknown = value; Array.isArray(level); level = level[0]) shape.push(level.length);
  const flat = value.flat(shape.length) as unknown[];
  if (flat.length !== elementCount(shape)) throw new Error(`${name}: its rows have different lengths`);
  const datatype = spec?.datatypes[0] ?? "FP32";
  if (datatype === "BYTES") return { datatype, shape, data: flat.map(String) };
  return packed(datatype, shape, flat);
}

function packed(
  datatype: Exclude<Datatype, "BYTES">,
  shape: readonly number[],
  list: readonly unknown[],
): Tensor {
  return fromWire({ datatype, shape, data: packNumbers(datatype, list, elementCount(shape), "inputs") });
}
