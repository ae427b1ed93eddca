/**
 * Decides the config of a graph of plain tensors: its datatypes and sizes are read from the graph, and whether it
 * batches is found by trials.
 */
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Tensors } from "../../engine.js";
import type { Batching } from "../../servable.js";
import { signatureOf } from "../model-config.js";
import { OnnxSession } from "../session.js";
import { answersOf, batchingOf } from "./batching.js";
import { nonFiniteInputs } from "./golden-nan.js";
import type { GraphTensor, GraphTensors } from "./graph-tensors.js";
import type { ImportDecision, ImportPreferences, TensorConfig } from "./import-decision.js";
import { madeInputs } from "./made-inputs.js";
import { configOf } from "./new-config.js";

const batchSizeDefault = 256;
/** The size with which open dimensions other than the batch are tried. */
const openSize = 4;

export async function decideTensors(
  path: string,
  graph: GraphTensors,
  wishes: ImportPreferences,
): Promise<ImportDecision> {
  const notes = graph.defaulted.map(defaultNote);
  const outputs = graph.outputs.filter((output) => {
    if (output.datatype === null) notes.push(`output ${output.name} is ${output.type}, and left out`);
    return output.datatype !== null;
  });
  for (const { name, datatype, type } of graph.inputs)
    if (datatype === null) throw new Error(`input ${name} is ${type}; only tensors can be sent`);
  if (outputs.length === 0)
    throw new Error(
      "no output is a tensor; export it with plain outputs (for skl2onnx: options={'zipmap': False})",
    );
  const whole = {
    max_batch_size: 0,
    input: graph.inputs.map((each) => spec(each, each.shape)),
    output: outputs.map((each) => spec(each, each.shape)),
  };
  const session = await OnnxSession.open(sourceOf(path, whole), 1, "cpu");
  try {
    const run = async (inputs: Tensors) => (await session.run(inputs, null)).outputs;
    const inputs = wishes.inputs ?? madeInputs(graph.inputs, 2, openSize);
    const answered = await answer(run, inputs, wishes.inputs !== undefined);
    const wished = wishes.maxBatchSize ?? batchSizeDefault;
    const batching: Batching =
      wished === 0
        ? { together: false, reason: "you said so" }
        : await batchingOf(await readFile(path), { ...graph, outputs }, inputs, run, Math.max(2, wished));
    const batched = batching.together;
    const size = batched ? wished : 0;
    notes.push(
      batching.together
        ? `max_batch_size ${size}: rows answered together are what each is answered alone, ${answersOf(batching)}`
        : `max_batch_size 0, requests run one by one: ${batching.reason}`,
    );
    const misdeclared = outputs.filter(({ shape: [rows] }) => batched && typeof rows === "number");
    for (const { name, shape } of misdeclared)
      notes.push(`output ${name} is declared [${shape}] and has a row for each row asked: declared so now`);
    const sizesOf = (each: GraphTensor) => (batched ? each.shape.slice(1) : each.shape);
    const fixed = graph.inputs.every((each) => !sizesOf(each).includes(null));
    const output = outputs.map((each) => {
      const shape = answered[each.name]?.shape ?? [];
      const seen = batched ? shape.slice(1) : shape;
      const read = each.shape.length === 0 ? seen.map(() => null) : sizesOf(each);
      const dims = read.map((size, axis) => size ?? (fixed ? seen[axis] || null : null));
      return described(spec(each, dims), wishes);
    });
    const nonFinite = nonFiniteInputs(wishes.inputs ?? {});
    for (const name of nonFinite)
      notes.push(`allow_nan is true for input ${name}: its golden rows have NaN or infinity`);
    const input = graph.inputs.map((each) => ({
      ...spec(each, sizesOf(each)),
      ...(nonFinite.has(each.name) && { allow_nan: true as const }),
    }));
    return {
      max_batch_size: size,
      input,
      output,
      tried: { inputs, outputs: answered },
      misdeclared: misdeclared.map(({ name }) => name),
      notes,
    };
  } finally {
    await session.close();
  }
}

/** ONNX Runtime's Node binding cannot set such an input, and silently ignores a value that is given for it. */
export function defaultNote(name: string): string {
  return `input ${name} has a default in the graph, keeps it, and is not asked for; to send it, take its initialiser out of the graph`;
}

async function answer(run: (inputs: Tensors) => Promise<Tensors>, inputs: Tensors, given: boolean) {
  return run(inputs).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(
      given
        ? `it does not run on the golden inputs: ${reason}`
        : `it does not run on made-up inputs: ${reason}. Give some that it takes, with their answers: --golden FILE`,
    );
  });
}

function spec({ name, datatype }: GraphTensor, sizes: readonly (number | null)[]): TensorConfig {
  if (datatype === null) throw new Error(`${name} is no tensor`);
  return { name, datatype, dims: sizes.map((size) => size ?? -1) };
}

function described(tensor: TensorConfig, { descriptions }: ImportPreferences): TensorConfig {
  const description = descriptions.get(tensor.name);
  return description === undefined ? tensor : { ...tensor, description };
}

function sourceOf(modelPath: string, decision: Pick<ImportDecision, "max_batch_size" | "input" | "output">) {
  const signature = signatureOf(configOf("tried", decision), "1");
  const rows = { maxBatchSize: decision.max_batch_size, batching: "proven" } as const;
  const files = {
    folder: dirname(modelPath),
    linkedFolders: [],
    modelPath,
    goldenPath: "",
    settingsDigest: "",
  };
  return { signature, ...files, rows, bytes: 0, providers: null, warmRows: [] };
}
