/** Determines the shapes of inputs whose rank the graph does not declare, from config.json or golden inputs. Pure. */
import type { Tensors } from "../../engine.js";
import type { ModelConfig } from "../model-config.js";
import type { GraphTensor, GraphTensors } from "./graph-tensors.js";

export interface ShapeSources {
  /** The model's name; `path` is its folder's path as it is shown. */
  readonly name: string;
  readonly folder: string;
  readonly config?: ModelConfig | undefined;
  /** The inputs of the given golden answer. */
  readonly inputs?: Tensors | undefined;
}

/** @throws naming the input whose shape is in none of the sources, and what to write */
export function withKnownRanks(graph: GraphTensors, sources: ShapeSources): GraphTensors {
  const inputs = graph.inputs.map((input): GraphTensor => {
    if (input.hasRank) return input;
    const shape = configured(input.name, sources.config) ?? given(input.name, sources.inputs);
    if (shape === undefined) throw new Error(whatToWrite(input, graph, sources));
    return { ...input, shape, symbols: shape.map(() => null), hasRank: true };
  });
  return { ...graph, inputs };
}

function configured(name: string, config: ModelConfig | undefined): (number | null)[] | undefined {
  const dims = config?.input.find((each) => each.name === name)?.dims;
  if (config === undefined || dims === undefined) return undefined;
  return [...(config.max_batch_size > 0 ? [null] : []), ...dims.map((size) => (size === -1 ? null : size))];
}

function given(name: string, inputs: Tensors | undefined): null[] | undefined {
  return inputs?.[name]?.shape.map(() => null);
}

function whatToWrite({ name, datatype }: GraphTensor, graph: GraphTensors, sources: ShapeSources): string {
  const tensors = (list: readonly GraphTensor[]) =>
    list
      .filter((each) => each.datatype !== null)
      .map((each) => ({
        name: each.name,
        datatype: each.datatype,
        dims: each.shape.length > 0 ? each.shape.map((size) => size ?? -1) : [-1, -1],
      }));
  const config = {
    name: sources.name,
    platform: "onnxruntime_onnx",
    max_batch_size: 0,
    input: tensors(graph.inputs),
    output: tensors(graph.outputs),
  };
  return `input ${name} (${datatype}) is of unknown rank: the graph does not say how many dimensions it has. Either export it with a shape; or give --golden FILE, whose inputs show it; or write ${sources.folder}/config.json with the sizes in dims, -1 for any, and add it again: ${JSON.stringify(config)}`;
}
