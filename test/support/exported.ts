/** Models as a trainer exports them: small graphs made by hand, with answers that follow from the graph. */

import type { TensorSpec } from "../../engines/servable.js";
import type { ExportedModel } from "../../engines/training/trainer.js";
import type { TrainerSchema } from "../../engines/training/trainer-schema.js";
import type { Tensor } from "../../protocol/tensor.js";
import { onnxFile } from "./onnx.js";

const rows = (name: string): TensorSpec => ({
  name,
  datatypes: ["FP32"],
  shape: ["batch", 2],
  description: `The ${name}.`,
});

const fp32 = (data: readonly number[]): Tensor => ({
  datatype: "FP32",
  shape: [data.length / 2, 2],
  data: Float32Array.from(data),
});

const golden = [1, 2, 3, 4, -5, 6, 0.5, 0];

/** Answers predictions = -X, for rows of two. */
export function negating(overrides: Partial<ExportedModel> = {}): ExportedModel {
  return {
    onnx: onnxFile({
      inputs: [{ name: "X", type: 1, shape: ["batch", 2] }],
      outputs: [{ name: "predictions", type: 1, shape: ["batch", 2] }],
      nodes: [{ op: "Neg", inputs: ["X"], outputs: ["predictions"] }],
    }),
    inputs: [rows("X")],
    outputs: [rows("predictions")],
    golden: { inputs: { X: fp32(golden) }, outputs: { predictions: fp32(golden.map((value) => -value)) } },
    tolerance: { predictions: { absolute: 0, relative: 1e-6 } },
    convertMs: 1,
    ...overrides,
  };
}

/** The library's answers differ in one number from what the graph computes. */
export function disagreeing(): ExportedModel {
  const { golden: agreed } = negating();
  const outputs = { predictions: fp32(golden.map((value, at) => (at === 5 ? -6.01 : -value))) };
  return negating({ golden: { ...agreed, outputs } });
}

/** Answers predictions = X, for rows of two. */
export function copying(): ExportedModel {
  return negating({
    onnx: onnxFile({
      inputs: [{ name: "X", type: 1, shape: ["batch", 2] }],
      outputs: [{ name: "predictions", type: 1, shape: ["batch", 2] }],
      nodes: [{ op: "Identity", inputs: ["X"], outputs: ["predictions"] }],
    }),
    golden: { inputs: { X: fp32(golden) }, outputs: { predictions: fp32(golden) } },
  });
}

/** A trainer whose models answer predictions. */
export function trainerSchema(name: string, acceptsMissing = false): TrainerSchema {
  const signature: TrainerSchema["signature"] = {
    name,
    version: "1",
    kind: "trainer",
    description: "A trainer.",
    inputs: [
      {
        name: "X",
        datatypes: ["FP64"],
        shape: ["samples", "features"],
        ...(acceptsMissing && { allowNonFinite: true }),
        description: "The rows.",
      },
      { name: "y", datatypes: ["FP64"], shape: ["samples"], description: "The targets." },
    ],
    outputs: [],
    parameters: [],
    nestedParameters: [],
  };
  return { signature, library: "scikit-learn", predictions: [rows("predictions")] };
}
