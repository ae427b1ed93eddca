/**
 * Decides the config of a transformer with its tokenizer: its input is strings, and the outputs with one answer per
 * text are served.
 */
import { dirname } from "node:path";
import type { Tensors } from "../../engine.js";
import { signatureOf } from "../model-config.js";
import { TextSession } from "../text/text-session.js";
import type { GraphTensor, GraphTensors } from "./graph-tensors.js";
import type { ImportDecision, ImportPreferences, TensorConfig } from "./import-decision.js";
import { configOf } from "./new-config.js";

const batchSizeDefault = 32;
const short = "Shares rose.";
const long =
  "The company's shares fell after it warned that profit would be lower than it had said in March.";

/** Whether a graph's input is token ids. */
export function takesTokens({ inputs }: GraphTensors): boolean {
  return inputs.some(({ name }) => name === "input_ids");
}

export async function decideText(
  path: string,
  graph: GraphTensors,
  wishes: ImportPreferences,
): Promise<ImportDecision> {
  const notes = ["input text: strings, made token ids by tokenizer.json"];
  const open = graph.outputs.filter(({ datatype }) => datatype !== null);
  const input = { name: "text", datatype: "BYTES", dims: [] } as const;
  const texts = wishes.inputs ?? { text: { datatype: "BYTES", shape: [2], data: [short, long] } };
  if (texts["text"]?.datatype !== "BYTES")
    throw new Error('golden: a text model has one input, "text", of datatype BYTES');
  const shapes = await shapesOf(path, open);
  const perText = open.filter(({ name }) => !shapes.get(name)?.includes(null));
  const served = perText.length > 0 ? perText : open;
  for (const { name } of open)
    if (!served.some((each) => each.name === name))
      notes.push(`output ${name} has as many rows as the text has tokens, and is left out`);
  const masked = graph.inputs.some(({ name }) => name === "attention_mask");
  const batched = perText.length > 0 && masked;
  if (!batched)
    notes.push(
      masked
        ? "max_batch_size 1: every output has as many rows as the text has tokens; pool it in the graph to have texts computed together"
        : "max_batch_size 1: the graph has no attention_mask, so padding would change answers",
    );
  const size = batched ? (wishes.maxBatchSize ?? batchSizeDefault) : 1;
  if (batched) notes.push(`max_batch_size ${size}: texts in one request at most`);
  const decided = {
    max_batch_size: size,
    input: [input],
    output: served.map((each): TensorConfig => {
      const dims = (shapes.get(each.name) ?? []).map((length) => length ?? -1);
      const description = wishes.descriptions.get(each.name) ?? wishes.descriptions.get("*");
      return {
        name: each.name,
        datatype: each.datatype ?? "FP32",
        dims,
        ...(description && { description }),
      };
    }),
    tokenizer: {},
  };
  const tried =
    size > 1 ? texts : { text: { ...texts["text"], shape: [1], data: texts["text"].data.slice(0, 1) } };
  const session = await TextSession.open(sourceOf(path, decided), 1, "cpu");
  const { outputs } = await session.run(tried as Tensors, null).finally(() => session.close());
  return { ...decided, tried: { inputs: tried as Tensors, outputs }, misdeclared: [], notes };
}

/** Each output's sizes for one text; null where they depend on the text's length. */
async function shapesOf(path: string, outputs: readonly GraphTensor[]) {
  const whole = {
    max_batch_size: 1,
    input: [{ name: "text", datatype: "BYTES", dims: [] } as const],
    output: outputs.map(({ name, datatype, shape }) => ({
      name,
      datatype: datatype ?? ("FP32" as const),
      dims: shape.slice(1).map((size) => size ?? -1),
    })),
    tokenizer: {},
  };
  const session = await TextSession.open(sourceOf(path, whole), 1, "cpu");
  try {
    const [few, many] = [await session.run(texts(short), null), await session.run(texts(long), null)];
    return new Map(
      outputs.map(({ name }) => {
        const [a = [], b = []] = [few.outputs[name]?.shape.slice(1), many.outputs[name]?.shape.slice(1)];
        return [name, a.map((size, axis) => (size === b[axis] ? size : null))] as const;
      }),
    );
  } finally {
    await session.close();
  }
}

const texts = (text: string): Tensors => ({ text: { datatype: "BYTES", shape: [1], data: [text] } });

function sourceOf(modelPath: string, decision: Omit<ImportDecision, "tried" | "misdeclared" | "notes">) {
  const config = configOf("tried", decision);
  return {
    signature: signatureOf(config, "1"),
    folder: dirname(modelPath),
    linkedFolders: [],
    modelPath,
    goldenPath: "",
    settingsDigest: "",
    rows: { maxBatchSize: config.max_batch_size, batching: "proven" } as const,
    bytes: 0,
    providers: null,
    warmRows: [],
    tokenizer: { ...config.tokenizer, maxBatchSize: config.max_batch_size },
  };
}
