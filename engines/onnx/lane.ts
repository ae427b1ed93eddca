import type { Lane } from "../lane.js";

/**
 * The lane of learned models keeps two batches in flight: the next batch reaches the worker shortly before the
 * current one is expected to end, so that the worker does not idle while answers travel back.
 */
export const modelLane: Lane = {
  name: "models",
  host: "onnx/model-host.js",
  depth: 2,
  holdsModels: true,
  inBatches: true,
};
