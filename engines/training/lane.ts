import type { Lane } from "../lane.js";

/**
 * The lane of trainers. It has no workers of the pool: a training runs in a process of its own, for which jobs wait
 * (gateway/jobs). A request that would come here is refused before it is queued.
 */
export const trainerLane: Lane = {
  name: "training",
  host: "",
  depth: 1,
  holdsModels: false,
  inBatches: false,
};
