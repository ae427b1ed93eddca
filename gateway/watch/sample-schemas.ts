/** The schema of every topic's samples: PROTOCOL.md has a table of each. */
import type { z } from "zod";
import type { SampleOfTopic } from "../../protocol/samples.js";
import { statsSchema } from "./stats/stats-schema.js";

export const sampleSchemas: { readonly [T in keyof SampleOfTopic]?: z.ZodType<SampleOfTopic[T]> } = {
  "gateway.stats": statsSchema,
};
