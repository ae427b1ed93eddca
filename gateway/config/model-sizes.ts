/** Settings for what a model version may be made of; a larger one is refused before ONNX Runtime opens it. */
import { z } from "zod";
import { type ModelLimits, modelLimits } from "../../engines/onnx/inspection/model-limits.js";

const limit = (name: keyof ModelLimits) => z.int().min(1).default(modelLimits[name]);

export const modelSizes = z
  .strictObject({
    version_bytes: limit("version_bytes").describe("Bytes that all files of a version may have together."),
    nodes: limit("nodes").describe(
      "Nodes that a graph may have, counted with those of inner graphs and of functions at each place where they are called.",
    ),
    initializers: limit("initializers").describe(
      "Initialisers that all graphs of a model may have together.",
    ),
    inputs_and_outputs: limit("inputs_and_outputs").describe(
      "Inputs and outputs that a model may have together.",
    ),
    nesting: z
      .int()
      .min(1)
      .max(modelLimits.nesting)
      .default(modelLimits.nesting)
      .describe("How deep graphs may lie inside each other, as those of If, Loop and Scan do."),
    tensor_bytes: limit("tensor_bytes").describe(
      "Bytes that the tensors of a model may announce together, whether its files hold them or its graph makes them from constants.",
    ),
  })
  .prefault({});
