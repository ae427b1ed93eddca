import type { Lane } from "../lane.js";

/**
 * The lane of numeric fits. They have workers of their own, because a fit may take seconds and would delay models.
 * Each worker has one job at a time, because a fit that waits inside a worker could not be cancelled.
 */
export const fitLane: Lane = {
  name: "numerics",
  host: "numerics/fit-host.js",
  depth: 1,
  holdsModels: false,
  inBatches: false,
};
