/** Makes a config for a model without a config file, from the tensors that the model's own file declares. Pure. */
import type { Datatype } from "../../../protocol/tensor.js";
import type { DeclaredSize, DeclaredTensor, GraphHeader } from "../graph-header/graph-header.js";

export interface GraphConfig {
  readonly max_batch_size: number;
  readonly input: readonly ConfiguredTensor[];
  readonly output: readonly ConfiguredTensor[];
  /** Sentences that say which tensors were left out of the config, and why. */
  readonly notes: readonly string[];
}

interface ConfiguredTensor {
  readonly name: string;
  readonly datatype: Datatype;
  readonly dims: readonly number[];
}

/** ONNX's numbers of the element types that a request can carry. */
const datatypes: Readonly<Record<number, Datatype>> = {
  1: "FP32",
  2: "UINT8",
  3: "INT8",
  4: "UINT16",
  5: "INT16",
  6: "INT32",
  7: "INT64",
  8: "BYTES",
  9: "BOOL",
  10: "FP16",
  11: "FP64",
  12: "UINT32",
  13: "UINT64",
};

/**
 * The maximum batch size where no config gives one. `models add` measures a better value; small networks can take
 * this one.
 */
const batchSizeDefault = 32;

/**
 * @param maxBatchSize the config's value; undefined: it is derived from the graph's first dimensions
 * @throws naming the tensor that cannot be served
 */
export function graphConfig(header: GraphHeader, maxBatchSize?: number): GraphConfig {
  const notes: string[] = [];
  const outputs = header.outputs.filter((output) => {
    if (isServed(output)) return true;
    notes.push(
      `Output ${output.name} is a ${kindOf(output)} and is left out; "headgate models add" makes tensors of what classifiers answer so.`,
    );
    return false;
  });
  if (outputs.length === 0)
    throw new Error(
      'no output is a tensor: bring it with "headgate models add", or export it with plain outputs',
    );
  for (const input of header.inputs) requireServed(input);
  for (const { name } of header.defaulted)
    notes.push(
      `Input ${name} has a default in the graph, keeps it, and is not asked for; to send it, take its initialiser out of the graph.`,
    );
  const [first] = header.inputs;
  if (first === undefined) throw new Error("the graph takes no input");
  const batched = maxBatchSize ?? (isBatched(header, outputs) ? batchSizeDefault : 0);
  const tensors = (list: readonly DeclaredTensor[]) => list.map((each) => configured(each, batched > 0));
  return { max_batch_size: batched, input: tensors(header.inputs), output: tensors(outputs), notes };
}

/** Whether every first dimension is open, and its name is used for no other dimension. */
function isBatched({ inputs }: GraphHeader, outputs: readonly DeclaredTensor[]): boolean {
  const first = [...inputs, ...outputs].map(({ shape }) => shape?.[0]);
  if (first.some((size) => size === undefined || isFixed(size))) return false;
  const rows = new Set(first.filter((size) => typeof size === "string"));
  return inputs.every(({ shape }) =>
    shape?.slice(1).every((size) => typeof size !== "string" || !rows.has(size)),
  );
}

function configured({ name, elementType, shape }: DeclaredTensor, batched: boolean): ConfiguredTensor {
  const sizes = (shape ?? []).slice(batched ? 1 : 0);
  return {
    name,
    datatype: datatypes[elementType] ?? "FP32",
    dims: sizes.map((size) => (isFixed(size) ? size : -1)),
  };
}

function requireServed(input: DeclaredTensor): void {
  if (!isServed(input))
    throw new Error(`input ${input.name} is a ${kindOf(input)}; only tensors can be sent`);
  if (input.shape === null)
    throw new Error(
      `input ${input.name} is of unknown rank: the graph does not say how many dimensions it has. Write a config.json that does, with the sizes of each input in dims, or export it with shapes`,
    );
}

function isServed({ kind, elementType }: DeclaredTensor): boolean {
  return kind === "tensor" && datatypes[elementType] !== undefined;
}

function kindOf({ kind, elementType }: DeclaredTensor): string {
  return kind === "tensor" ? `tensor of ONNX's element type ${elementType}` : kind;
}

function isFixed(size: DeclaredSize): size is number {
  return typeof size === "number" && size >= 1;
}
