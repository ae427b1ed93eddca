/** What a graph takes and gives, as ONNX Runtime reads it. */
import { InferenceSession } from "onnxruntime-node";
import type { Datatype } from "../../../protocol/tensor.js";
import { readGraphHeader } from "../graph-header/graph-header.js";
import { openingFailure } from "../opening-failure.js";
import { ortTypes } from "../session.js";

export interface GraphTensor {
  readonly name: string;
  /** Null: nothing that can be served, and `type` says what it is. */
  readonly datatype: Datatype | null;
  readonly type: string;
  /** Null for a size left open. Empty where the rank is not known, too. */
  readonly shape: readonly (number | null)[];
  /** The graph's own name for each size left open; null where it gives none. One name stands for one size. */
  readonly symbols: readonly (string | null)[];
  /** Whether the graph says how many dimensions it has. */
  readonly hasRank: boolean;
}

export interface GraphTensors {
  readonly inputs: readonly GraphTensor[];
  /** Inputs that are initialisers as well: they keep the value that the graph gives them. */
  readonly defaulted: readonly string[];
  readonly outputs: readonly GraphTensor[];
}

type TensorMetadata = InferenceSession["inputMetadata"][number];

/** @param shown the path to name in an error @throws when ONNX Runtime cannot open the file, with its reason */
export async function readGraph(path: string, shown: string): Promise<GraphTensors> {
  const session = await InferenceSession.create(path, { logSeverityLevel: 3 }).catch(
    async (cause: unknown) => {
      throw new Error(await openingFailure(path, cause, shown));
    },
  );
  const { inputMetadata, outputMetadata } = session;
  await session.release();
  const header = await readGraphHeader(path);
  const unranked = new Set(header.inputs.filter(({ shape }) => shape === null).map(({ name }) => name));
  return {
    inputs: inputMetadata.map((each) => tensorOf(each, !unranked.has(each.name))),
    defaulted: header.defaulted.map(({ name }) => name),
    outputs: outputMetadata.map((each) => tensorOf(each, true)),
  };
}

function tensorOf(metadata: TensorMetadata, hasRank: boolean): GraphTensor {
  const { name } = metadata;
  if (!metadata.isTensor)
    return {
      name,
      datatype: null,
      type: "a sequence, a map or an optional",
      shape: [],
      symbols: [],
      hasRank: true,
    };
  const { type, shape } = metadata;
  const found = Object.entries(ortTypes).find(([, each]) => each === type);
  return {
    name,
    datatype: (found?.[0] as Datatype | undefined) ?? null,
    type,
    shape: shape.map((size) => (typeof size === "number" && size >= 0 ? size : null)),
    symbols: shape.map((size) => (typeof size === "string" && size !== "" ? size : null)),
    hasRank,
  };
}
