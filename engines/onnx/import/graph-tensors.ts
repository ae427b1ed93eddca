/** A graph's inputs and outputs, as ONNX Runtime reports them. */
import { InferenceSession } from "onnxruntime-node";
import type { Datatype } from "../../../protocol/tensor.js";
import { readGraphHeader } from "../graph-header/graph-header.js";
import { openingFailure } from "../opening-failure.js";
import { ortTypes } from "../ort-tensors.js";

export interface GraphTensor {
  readonly name: string;
  /** Null for a type that cannot be served; `type` then names it. */
  readonly datatype: Datatype | null;
  readonly type: string;
  /** Null for an open size. The list is also empty where the rank is not known. */
  readonly shape: readonly (number | null)[];
  /** The graph's own name for each open size; null where it has none. One name stands for one size. */
  readonly symbols: readonly (string | null)[];
  /** Whether the graph declares the number of dimensions. */
  readonly hasRank: boolean;
}

export interface GraphTensors {
  readonly inputs: readonly GraphTensor[];
  /** Inputs that are initialisers as well: they keep their default from the graph. */
  readonly defaulted: readonly string[];
  readonly outputs: readonly GraphTensor[];
}

type TensorMetadata = InferenceSession["inputMetadata"][number];

/**
 * @param shown the path to name in an error
 * @throws when ONNX Runtime cannot open the file, with its reason
 */
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
