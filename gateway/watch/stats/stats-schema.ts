/** The schema of the samples of `gateway.stats`: what each field means. */
import { z } from "zod";
import type { StatsSample } from "../../../protocol/samples.js";

const count = z.int().min(0);
const ms = z.number().min(0);

export const quantilesSchema = z
  .object({
    p50: ms.describe("Half of the durations are at most this long."),
    p90: ms.describe("90 of 100 durations are at most this long."),
    p99: ms.describe("99 of 100 durations are at most this long."),
    max: ms.describe("The longest duration."),
  })
  .describe("Milliseconds; each within 3 % of the measured duration.");

export const scopeSchema = z
  .enum(["gateway", "tenant"])
  .describe("Whether the figures are those of all tenants, or only those of the watcher's own.");

const latency = quantilesSchema
  .nullable()
  .describe(
    "Milliseconds from a request's receipt to its result; null when none was answered with a result.",
  );

const batch = z.object({
  count: count.describe("The number of batches that ended."),
  mean_rows: z.number().describe("The mean number of rows in a batch."),
  max_rows: count.describe("The number of rows in the largest batch."),
  sizes: z
    .record(z.string(), count)
    .describe("The number of batches by their rows; sizes beyond 32 count as other."),
});

const model = z.object({
  model: z.string().describe("The name of the servable; (others) sums up those beyond 512."),
  version: z.string().describe("The version of the servable."),
  requests: count.describe("Requests that ended, with a result or an error."),
  errors: count.describe("Requests that ended with an error."),
  inferences: count.describe("Rows that were computed."),
  compute_ms: ms.describe("Milliseconds of compute, summed over batches."),
  latency_ms: latency,
  queue: count.describe("Requests that wait now."),
  batch: batch.nullable().describe("The batches that ended; null when there was none."),
});

const tenant = z.object({
  tenant: z.string().describe("The name of the tenant; (others) sums up those beyond 256."),
  requests: count.describe("Inference requests that ended, with a result or an error."),
  errors: count.describe("Inference requests that ended with an error."),
  inferences: count.describe("Rows that were computed for it."),
  observations: count.describe("Observations of its streams that were accepted."),
  compute_ms: ms.describe("Milliseconds of compute: its share, by rows, of each batch."),
  bytes_in: count.describe("Bytes of tensors in its requests and observations."),
  latency_ms: latency,
  in_flight: count.describe("Inference requests that wait or are computed now."),
  waiting: count.describe("Inference requests that wait now."),
});

const process = z.object({
  event_loop_delay_ms: z
    .object({
      p50: ms.describe("The median of the delays."),
      p99: ms.describe("99 of 100 delays are at most this long."),
      max: ms.describe("The longest delay."),
    })
    .describe("How late the socket thread ran its timers, in milliseconds."),
  heap_bytes: count.describe("Bytes of JavaScript objects of the socket thread."),
  resident_bytes: count.describe("Bytes of memory of the whole process."),
});

export const statsSchema: z.ZodType<StatsSample> = z.object({
  scope: scopeSchema,
  interval_ms: count.describe("Milliseconds that the sample covers."),
  requests: count.describe("Inference requests that ended, with a result or an error."),
  requests_per_second: z.number().describe("The same, for each second."),
  inferences: count.describe("Rows that were computed."),
  inferences_per_second: z.number().describe("The same, for each second."),
  observations: count.describe("Observations of streams that were accepted."),
  observations_per_second: z.number().describe("The same, for each second."),
  errors: z.record(z.string(), count).describe("Errors of requests of every kind, by their code."),
  latency_ms: latency,
  in_flight: count.describe("Inference requests that wait or are computed now."),
  queue: count.describe("Inference requests that wait now."),
  models: z.array(model).describe("The servables that had requests or batches."),
  tenants: z.array(tenant).describe("The tenants that had requests or have some in flight."),
  uptime_ms: count.describe("Milliseconds since the gateway started."),
  ready: z.boolean().describe("Whether the gateway takes requests."),
  draining: z.boolean().describe("Whether the gateway finishes its requests and then ends."),
  process: process.nullable().describe("The gateway's process; null without the scope metrics:read."),
});
