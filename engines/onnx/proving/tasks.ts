/** Runs each kind of task inside a proving process. */

import { verifyVersion } from "../signing/verify.js";
import { digestOf } from "./digest.js";
import type { ProvingResults, ProvingTask } from "./messages.js";
import { type ProofContext, prove } from "./prove.js";

export async function perform(
  task: ProvingTask,
  { gauge, limits }: Pick<ProofContext, "gauge" | "limits">,
): Promise<ProvingResults[ProvingTask["kind"]]> {
  switch (task.kind) {
    case "digest":
      return digestOf(task.source, task.environment);
    case "prove":
      return prove(task.source, { intraOpThreads: task.intraOpThreads, gauge, limits });
    case "verify":
      return verifyVersion(task.version, task.trusted, task.copyTo);
    case "golden": {
      const { makeGolden } = await import("../golden-maker/make-golden.js");
      return makeGolden(task.options, limits);
    }
    case "add": {
      // Loaded on demand, because the gateway's own proofs do not need it.
      const { addModel } = await import("../import/add-model.js");
      const inOneThread = { intraOpThreads: 1, gauge, limits };
      return addModel(task.addition, (source) => prove(source, inOneThread), limits);
    }
  }
}
