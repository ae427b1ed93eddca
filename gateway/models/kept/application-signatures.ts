/** The application of each trainer, by which a model that is kept under a handle is asked. Pure. */

import { modelLane } from "../../../engines/onnx/lane.js";
import type { ParameterSpec, Servable, Signature, TensorSpec } from "../../../engines/servable.js";
import { batchDim } from "../../../engines/validate.js";

const handle: ParameterSpec = {
  name: "handle",
  description: "The handle of a trained model, from the answer to `train` with keep_seconds.",
  default: null,
  anyOf: [{ type: "text", lengthMax: 128 }, { type: "null" }],
};

const labels: TensorSpec = {
  name: "labels",
  datatypes: ["INT64", "BYTES", "BOOL"],
  shape: [batchDim],
  description: "The predicted class of each row, in the datatype of the classes that it was trained with.",
};

const probabilities: TensorSpec = {
  name: "probabilities",
  datatypes: ["FP32", "FP64"],
  shape: [batchDim, "classes"],
  optional: true,
  description:
    "The probability of each class in the order of the attribute `classes`, where the model has any.",
};

const predictions: TensorSpec = {
  name: "predictions",
  datatypes: ["FP32", "FP64"],
  shape: [batchDim],
  otherShapes: [[batchDim, "outputs"]],
  description: "The predicted value of each row, or its values where it was trained with several targets.",
};

export function applicationName(trainer: string): string {
  return `${trainer}.apply`;
}

/**
 * @param trainers the signatures of trainers
 * @returns for each trainer that has an input X the signature of its application
 */
export function applicationSignatures(trainers: readonly Signature[]): Signature[] {
  return trainers.flatMap((trainer) => {
    const rows = trainer.inputs.find(({ name }) => name === "X");
    return rows === undefined ? [] : [applicationOf(trainer, rows)];
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

function applicationOf({ name, version }: Signature, rows: TensorSpec): Signature {
  return {
    name: applicationName(name),
    version,
    kind: "fit",
    description: `Predicts with a model that ${name} has trained and that is kept under a handle.`,
    inputs: [
      {
        name: "X",
        datatypes: ["FP64", "FP32"],
        shape: [batchDim, ...rows.shape.slice(1)],
        allowNonFinite: true, // whether the model takes NaN is known once its handle is
        description: "The rows to predict, with the columns that the model was trained with.",
      },
    ],
    // Which of these a model answers depends on its kind, and for a pipeline on its last step.
    outputs: [{ ...labels, optional: true }, probabilities, { ...predictions, optional: true }],
    parameters: [handle],
    application: { of: name, kind: "apply" },
  };
}
