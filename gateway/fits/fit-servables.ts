/** Every fit and every application of one as a servable: what the engine lists, with what keeping adds to it. */

import { allFits } from "../../engines/numerics/index.js";
import { fitLane } from "../../engines/numerics/lane.js";
import type { Servable, Signature } from "../../engines/servable.js";
import { withKeeping } from "./kept-signatures.js";

export const fitSignatures: readonly Signature[] = withKeeping(allFits.map(({ signature }) => signature));

export interface FitQueues {
  /** Requests of one fit that may wait. */
  readonly maxQueueSize: number;
  /** Milliseconds that a request has when it does not say. */
  readonly defaultTimeoutMs: number;
}

export function fitServables({ maxQueueSize, defaultTimeoutMs }: FitQueues): readonly Servable[] {
  const scheduling = {
    maxBatchSize: 0,
    preferredBatchSizes: [],
    maxQueueDelayMs: 0,
    maxQueueSize,
    defaultTimeoutMs,
    priorityLevels: 8,
    defaultPriority: 4,
  };
  return fitSignatures.map((signature) => ({ signature, scheduling, lane: fitLane }));
}
