/** What the tools `train` and `get_job` tell of a training. They name only what an agent needs to go on. */
import { z } from "zod";

export const summarySchema = z
  .looseObject({ job: z.string(), fit_ms: z.number() })
  .describe("What the training took, and the model and version where it was published.");

export const outputSchema = z
  .record(z.string(), z.unknown())
  .describe("The fitted attributes by name, as infer shows outputs.");

export const stateSchema = z.looseObject({
  job: z.string(),
  state: z.string().describe("queued, running, done, failed or cancelled."),
  handle: z.string().nullable().describe("The parameter handle of <trainer>.apply."),
});
