/** What a graph takes and gives, as ONNX Runtime reads it. */
import { InferenceSession } from "onnxruntime-node";
import type { Datatype } from "../../../protocol/tensor.js";
import { ortTypes } from "../session.js";

export interface GraphTensor {
  readonly name: string;
  /** Null: nothing that can be served, and `type` says what it is. */
  readonly datatype: Datatype | null;
  readonly type: string;
  /** Null for a size left open. */
  readonly shape: readonly (number | null)[];
}

export interface GraphTensors {
  readonly inputs: readonly GraphTensor[];
  readonly outputs: readonly GraphTensor[];
}

type TensorMetadata = InferenceSession["inputMetadata"][number];

/** @param shown the path to name in an error @throws when ONNX Runtime cannot open the file, with its reason */
export async function readGraph(path: string, shown: string): Promise<GraphTensors> {
  const session = await InferenceSession.create(path, { logSeverityLevel: 3 }).catch((cause: unknown) => {
    const reason = (cause instanceof Error ? cause.message : String(cause)).replaceAll(path, shown);
    throw new Error(
      `${shown}: ONNX Runtime cannot open it: ${reason}. Export it again, with operators and an opset that ONNX Runtime has`,
    );
  });
  const graph = {
    inputs: session.inputMetadata.map(tensorOf),
    outputs: session.outputMetadata.map(tensorOf),
  };
  await session.release();
  return graph;
}

function tensorOf(metadata: TensorMetadata): GraphTensor {
  const { name } = metadata;
  if (!metadata.isTensor)
    return { name, datatype: null, type: "a sequence, a map or an optional", shape: [] };
  const { type, shape } = metadata;
  const found = Object.entries(ortTypes).find(([, each]) => each === type);
  const sizes = shape.map((size) => (typeof size === "number" && size >= 0 ? size : null));
  return { name, datatype: (found?.[0] as Datatype | undefined) ?? null, type, shape: sizes };
}
