/** The schema of the samples of `gateway.streams`: what each field means. */
import { z } from "zod";
import type { StreamsSample } from "../../../protocol/samples.js";

const count = z.int().min(0);

const stream = z.object({
  name: z.string().describe("The name of the stream."),
  detector: z.string().describe("The detector that watches it."),
  status: z
    .enum(["live", "warming", "silent"])
    .describe("Whether it has a regime, its detector warms up, or its feed has fallen silent."),
  last_ts: z
    .number()
    .nullable()
    .describe("The time of its last observation in milliseconds since the epoch; null before the first."),
  silent_ms: z.number().min(0).describe("Milliseconds since it was last given an observation, or opened."),
  regime: z.string().describe("Its regime; unknown while the detector warms up."),
  probability: z
    .number()
    .nullable()
    .describe("The probability of the regime; null while the detector warms up."),
  observations: count.describe("The number of its observations."),
  observations_per_second: z
    .number()
    .nullable()
    .describe("Observations a second in the interval; null in the first sample that has the stream."),
  changed_ts: z
    .number()
    .nullable()
    .describe("The time of the observation that last changed its regime; null without one since the start."),
});

export const streamsSchema: z.ZodType<StreamsSample> = z.object({
  interval_ms: count.describe("Milliseconds that the sample covers; 0 for the first one of a watch."),
  total: count.describe("The number of streams that the watcher may read and whose names contain the text."),
  silent: count.describe("The number of them whose feed is silent."),
  streams: z.array(stream).describe("The streams in the order of their names, at most 500."),
  left_out: count.describe("The number of streams that are not in the list."),
});
