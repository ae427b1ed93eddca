/** The schema of every topic's samples: PROTOCOL.md has a table of each. */
import type { z } from "zod";
import type { SampleOfTopic } from "../../protocol/samples.js";
import { connectionsSchema } from "./connections/connections-schema.js";
import { modelsSchema } from "./models/models-schema.js";
import { statsSchema } from "./stats/stats-schema.js";
import { streamsSchema } from "./streams/streams-schema.js";
import { workersSchema } from "./workers/workers-schema.js";

export const sampleSchemas: { readonly [T in keyof SampleOfTopic]: z.ZodType<SampleOfTopic[T]> } = {
  "gateway.stats": statsSchema,
  "gateway.workers": workersSchema,
  "gateway.connections": connectionsSchema,
  "gateway.models": modelsSchema,
  "gateway.streams": streamsSchema,
};
