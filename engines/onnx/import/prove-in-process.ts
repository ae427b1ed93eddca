/** Opens and proves a version in the current process, for callers whose process may be killed. */

import { modelLimits } from "../inspection/model-limits.js";
import { inspectVersion } from "../inspection/version-inspection.js";
import { ModelHost } from "../model-host.js";
import type { ModelSource } from "../model-source.js";
import type { Proof } from "../proving/messages.js";

/** @throws with the reason when the version could not be served */
export type ProofFunction = (source: ModelSource) => Promise<Pick<Proof, "batching" | "runs" | "notes">>;

export const proveInProcess: ProofFunction = async (source) => {
  await inspectVersion(source, modelLimits);
  const host = new ModelHost(1);
  const { batching, notes } = await host.load("proven", source);
  await host.unload("proven");
  return { batching, notes, runs: [] };
};
