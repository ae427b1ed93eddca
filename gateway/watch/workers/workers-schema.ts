/** The schema of the samples of `gateway.workers`: what each field means. */
import { z } from "zod";
import type { WorkersSample } from "../../../protocol/samples.js";

const count = z.int().min(0);
const share = z.number().min(0).max(1);

export const workersSchema: z.ZodType<WorkersSample> = z.object({
  interval_ms: count.describe("Milliseconds that the sample covers; 0 for the first one of a watch."),
  lanes: z
    .array(
      z.object({
        lane: z.string().describe("The name of the lane: models, or fits."),
        workers: count.describe("The number of its workers."),
        busy: share.describe("The mean of its workers' busy shares."),
        queue: count.describe("Requests that wait for its workers now."),
      }),
    )
    .describe("The lanes of workers."),
  workers: z
    .array(
      z.object({
        name: z.string().describe("The name of the worker: its lane and its number."),
        lane: z.string().describe("The lane that it serves."),
        state: z.enum(["running", "restarting"]).describe("Whether its thread runs, or is started again."),
        busy: share.describe(
          "The share of the interval in which it computed; in the first sample, of the last seconds.",
        ),
        jobs: count.describe("Batches and fits that ended in the interval."),
        running: count.describe("Batches and fits that it was sent and that have not ended."),
        restarts: count.describe("How often its thread died and was started again."),
        models: count.describe("Versions of models that it has loaded."),
        model_bytes: count.describe("Bytes of the files of these versions."),
        backend: z.string().nullable().describe("The execution backend of its last answer; null before one."),
        background: z.boolean().describe("Whether its thread runs at a low priority, as for shadows."),
      }),
    )
    .describe("The workers, at most 256."),
  process_bytes: count.describe("Bytes of memory of the whole process: threads share it."),
  left_out: count.describe("The number of workers that are not in the list."),
});
