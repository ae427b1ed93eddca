/** Runs each kind of task inside a proving process. */
import { digestOf } from "./digest.js";
import type { MemoryGauge } from "./memory-gauge.js";
import type { ProvingResults, ProvingTask } from "./messages.js";
import { prove } from "./prove.js";

export async function perform(
  task: ProvingTask,
  gauge: MemoryGauge,
): Promise<ProvingResults[ProvingTask["kind"]]> {
  switch (task.kind) {
    case "digest":
      return digestOf(task.source, task.environment);
    case "prove":
      return prove(task.source, task.intraOpThreads, gauge);
    case "golden": {
      const { makeGolden } = await import("../golden-maker/make-golden.js");
      return makeGolden(task.options);
    }
    case "add": {
      // Loaded on demand, because the gateway's own proofs do not need it.
      const { addModel } = await import("../import/add-model.js");
      return addModel(task.addition, (source) => prove(source, 1, gauge));
    }
  }
}
