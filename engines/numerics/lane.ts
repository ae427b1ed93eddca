import type { Lane } from "../lane.js";

/**
 * Numeric fits. They may take seconds and must not stand in front of models. One job deep: a fit that is queued in a
 * worker could not be cancelled.
 */
export const fitLane: Lane = {
  name: "numerics",
  host: "numerics/fit-host.js",
  depth: 1,
  holdsModels: false,
  inBatches: false,
};
