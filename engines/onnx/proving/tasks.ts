/** What a proving process does, by the kind of task. */
import { digestOf } from "./digest.js";
import type { Gauge } from "./gauge.js";
import type { Results, Task } from "./messages.js";
import { prove } from "./prove.js";

export async function perform(task: Task, gauge: Gauge): Promise<Results[Task["kind"]]> {
  switch (task.kind) {
    case "digest":
      return digestOf(task.source, task.environment);
    case "prove":
      return prove(task.source, task.intraOpThreads, gauge);
    case "add": {
      const { addModel } = await import("../bring/add-model.js"); // the gateway's own proofs need none of it
      return addModel(task.addition, (source) => prove(source, 1, gauge));
    }
  }
}
