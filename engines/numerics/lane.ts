import type { Lane } from "../lane.js";

/**
 * The lane of numeric fits, which have workers of their own because they may take seconds and would delay models. One
 * job in flight per worker: a fit that is queued in a worker could not be cancelled.
 */
export const fitLane: Lane = {
  name: "numerics",
  host: "numerics/fit-host.js",
  depth: 1,
  holdsModels: false,
  inBatches: false,
};
