/** The schema of the samples of `gateway.models`: what each field means. */
import { z } from "zod";
import type { ModelsSample } from "../../../protocol/samples.js";

const count = z.int().min(0);

const counts = z.object({
  requests: count.describe("Requests that ended, with a result or an error."),
  errors: count.describe("Requests that ended with an error."),
  inferences: count.describe("Rows that were computed."),
});

const proof = z.object({
  golden: z.literal("reproduced").describe("It reproduced its golden answer before it served."),
  proven_at: z.number().describe("Milliseconds since the epoch at which it was opened and did so."),
  rows_together: z.boolean().describe("Whether rows of several requests are computed together."),
  reason: z.string().nullable().describe("Why they are or are not, where there is more to say."),
});

const version = z.object({
  version: z
    .string()
    .nullable()
    .describe("The number of the version; null for a folder of which none could be loaded."),
  state: z
    .enum(["ready", "unloaded", "loading", "unavailable"])
    .describe("Whether it answers requests; an unloaded one is opened at its first request."),
  reason: z
    .string()
    .nullable()
    .describe("What is wrong with its files, or that it has expired; null otherwise."),
  traffic: z
    .number()
    .nullable()
    .describe("The share, 0 to 1, of requests without a version that it answers; null when it answers none."),
  shadow: z.boolean().describe("Whether its answers are only compared with those of the others."),
  aliases: z.array(z.string()).describe("The names that stand for it."),
  expires_ts: z
    .number()
    .nullable()
    .describe("Milliseconds since the epoch from which it refuses requests; null when it never expires."),
  backend: z.string().nullable().describe("Its execution backend; null before it was opened."),
  proof: proof.nullable().describe("How it was proven; null before it was opened."),
  signature: z
    .enum(["verified", "not_required"])
    .describe("Whether its signature was verified; not_required also before it was opened."),
  resident_bytes: z
    .number()
    .nullable()
    .describe("Measured bytes of its instances; null before it was opened."),
  instances: count.nullable().describe("The number of its instances; null before it was opened."),
  counts: counts
    .nullable()
    .describe("What was counted since the gateway started; null without the scope metrics:read."),
});

export const modelsSchema: z.ZodType<ModelsSample> = z.object({
  total: count.describe("The number of models in the repository."),
  models: z
    .array(
      z.object({
        name: z.string().describe("The name of the model."),
        kind: z.string().describe("The kind of servable: model."),
        description: z
          .string()
          .nullable()
          .describe("What it answers, in a sentence; null where no version could be loaded."),
        card: z
          .string()
          .nullable()
          .describe(
            "The first paragraph of its card, in Markdown, at most 500 characters; describe has the whole card.",
          ),
        versions: z.array(version).describe("Its versions."),
      }),
    )
    .describe("The models in the order of their names, at most 500."),
  left_out: count.describe("The number of models that are not in the list."),
});
