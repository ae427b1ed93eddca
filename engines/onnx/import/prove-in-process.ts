/** Opens a version and proves it in this very process, for who can end the process. */

import { ModelHost } from "../model-host.js";
import type { ModelSource } from "../model-source.js";
import type { Proof } from "../proving/messages.js";

/** @throws with the reason when it could not be served */
export type ProofFunction = (source: ModelSource) => Promise<Pick<Proof, "batching" | "runs" | "notes">>;

export const proveInProcess: ProofFunction = async (source) => {
  const host = new ModelHost(1);
  const { batching, notes } = await host.load("proven", source);
  await host.unload("proven");
  return { batching, notes, runs: [] };
};
