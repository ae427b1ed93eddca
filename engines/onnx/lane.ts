import type { Lane } from "../lane.js";

/**
 * Learned models. Two batches deep: the next batch is at the worker while the last one's answers are on their way
 * back, though not before that one is about to end.
 */
export const modelLane: Lane = {
  name: "models",
  host: "onnx/model-host.js",
  depth: 2,
  holdsModels: true,
  inBatches: true,
};
