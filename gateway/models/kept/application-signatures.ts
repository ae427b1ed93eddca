/** The application of each trainer, by which a model that is kept under a handle is asked. Pure. */

import { modelLane } from "../../../engines/onnx/lane.js";
import type { ParameterSpec, Servable, Signature, TensorSpec } from "../../../engines/servable.js";
import type { TrainerSchema } from "../../../engines/training/trainer-schema.js";
import { batchDim } from "../../../engines/validate.js";

const handle: ParameterSpec = {
  name: "handle",
  description: "The handle of a trained model, from the answer to `train` with keep_seconds.",
  default: null,
  anyOf: [{ type: "text", lengthMax: 128 }, { type: "null" }],
};

export function applicationName(trainer: string): string {
  return `${trainer}.apply`;
}

/** An application for each trainer whose models can be exported. */
export function applicationSignatures(trainers: readonly TrainerSchema[]): Signature[] {
  return trainers.flatMap(({ signature, applicationInput, predictions }) => {
    const input = applicationInput ?? rowsOf(signature);
    if (input === undefined || predictions.length === 0) return [];
    return [applicationOf(signature, input, predictions)];
  });
}

/** It computes nothing itself: the model that the handle names does. */
export function applicationServable(signature: Signature, defaultTimeoutMs: number): Servable {
  const scheduling = {
    maxBatchSize: 0,
    preferredBatchSizes: [],
    maxQueueDelayMs: 0,
    maxQueueSize: 1,
    defaultTimeoutMs,
    priorityLevels: 8,
    defaultPriority: 4,
  };
  return { signature, scheduling, lane: modelLane };
}

/** X as the trainer takes it, with any number of rows. */
function rowsOf({ inputs }: Signature): TensorSpec | undefined {
  const rows = inputs.find(({ name }) => name === "X");
  if (rows === undefined) return undefined;
  return {
    name: "X",
    datatypes: ["FP64", "FP32"],
    shape: [batchDim, ...rows.shape.slice(1)],
    ...(rows.allowNonFinite === true && { allowNonFinite: true }),
    description: "The rows to predict, with the columns that the model was trained with.",
  };
}

function applicationOf(
  { name, version }: Signature,
  input: TensorSpec,
  predictions: readonly TensorSpec[],
): Signature {
  return {
    name: applicationName(name),
    version,
    kind: "fit",
    description: `Predicts with a model that ${name} has trained and that is kept under a handle.`,
    inputs: [input],
    outputs: predictions,
    parameters: [handle],
    application: { of: name, kind: "apply" },
  };
}
