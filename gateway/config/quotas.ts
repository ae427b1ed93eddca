/** Settings for what each tenant may use of a gateway that several tenants share. */
import { z } from "zod";
import { limits } from "../../protocol/limits.js";
import { gibibyte, mebibyte } from "./values.js";

/** The defaults in force where the gateway asks for tokens. Where it asks for none, nothing is bounded. */
export const sharedQuotas = {
  requests: { per_second: 20_000, burst: 100_000 },
  rows: { per_second: 1_000_000, burst: 2 * limits.tensor_elements_max },
  bytes: { per_second: 128 * mebibyte, burst: gibibyte },
  subscriptions: 100_000,
  streams: 10_000,
  kept_bytes: gibibyte,
  fits: 256,
  datasets: 10_000,
  dataset_bytes: 4 * gibibyte,
} as const;

/** Seconds of a rate that may be used at once where no burst is set. */
export const defaultBurstSeconds = 10;

const noBound = "no bound";

interface RateWords {
  readonly perSecond: string;
  readonly burst: string;
  /** The defaults in words. */
  readonly fallbacks: readonly [perSecond: string, burst: string];
}

function rate({ perSecond, burst, fallbacks }: RateWords) {
  const [rateFallback, burstFallback] = fallbacks;
  return z
    .strictObject({
      per_second: z
        .number()
        .positive()
        .max(1e12)
        .nullable()
        .meta({ description: `${perSecond} With null there is no bound.`, fallback: rateFallback }),
      burst: z.number().min(1).max(1e15).optional().meta({ description: burst, fallback: burstFallback }),
    })
    .optional();
}

const held = (description: string, fallback: string) =>
  z
    .int()
    .min(0)
    .nullable()
    .optional()
    .meta({ description: `${description} With null there is no bound.`, fallback });

/** The settings of every tenant (`quotas`), or of a single one, whose defaults are those of every tenant. */
function quotaShape(ofTenant: boolean) {
  const rateWords = (name: string, shared?: { readonly per_second: number; readonly burst: number }) => {
    const seconds = `the rate of ${defaultBurstSeconds} seconds`;
    if (ofTenant) return [`\`quotas.${name}\``, seconds] as const;
    if (shared === undefined) return [noBound, seconds] as const;
    return [
      withTokens(shared.per_second),
      `with the default rate ${grouped(shared.burst)}, else ${seconds}`,
    ] as const;
  };
  const heldWords = (name: string, shared?: number) => {
    if (ofTenant) return `\`quotas.${name}\``;
    return shared === undefined ? noBound : withTokens(shared);
  };
  const { requests, rows, bytes, subscriptions, streams, kept_bytes, fits, datasets, dataset_bytes } =
    sharedQuotas;
  return z
    .strictObject({
      requests: rate({
        perSecond: "Requests of every kind that a tenant may make each second, in the long run.",
        burst: "Requests that a tenant may make at once.",
        fallbacks: rateWords("requests", requests),
      }),
      rows: rate({
        perSecond:
          "Rows that a tenant may have computed or observed each second, in the long run: the rows of models' and fits' inputs, observations and histories.",
        burst: "Rows that a tenant may use at once. A request with more rows is never accepted.",
        fallbacks: rateWords("rows", rows),
      }),
      compute_ms: rate({
        perSecond:
          "Milliseconds of the workers' time that a tenant may use each second, in the long run: with 1000 it is one worker all the time. A batch is charged to its tenants by their rows once it has run. A tenant that has used more than it had is refused until it has paid.",
        burst: "Milliseconds of the workers' time that a tenant may use at once.",
        fallbacks: rateWords("compute_ms"),
      }),
      bytes: rate({
        perSecond: "Bytes of tensors that a tenant may send each second, in the long run.",
        burst:
          "Bytes of tensors that a tenant may send at once. A request with more bytes is never accepted.",
        fallbacks: rateWords("bytes", bytes),
      }),
      connections: held(
        "WebSockets, event streams and waiting calls of MCP that a tenant may hold. Whatever this bound is, tenants share `limits.connections` by their weights, and the half of `limits.http_connections` that is for such answers.",
        heldWords("connections"),
      ),
      subscriptions: held(
        "Subscriptions that a tenant may hold, over all its connections.",
        heldWords("subscriptions", subscriptions),
      ),
      streams: held(
        "Streams that a tenant may have opened, in all its namespaces.",
        heldWords("streams", streams),
      ),
      kept_bytes: held(
        "Bytes that a tenant may have kept, in all its namespaces: fits under handles, answers under idempotency keys, what its streams remember, and the events of their topics.",
        heldWords("kept_bytes", kept_bytes),
      ),
      fits: held("Fits of a tenant that may wait or run at the same time.", heldWords("fits", fits)),
      datasets: held(
        "Datasets that a tenant may have put, in all its namespaces.",
        heldWords("datasets", datasets),
      ),
      dataset_bytes: held(
        "Bytes of the datasets that a tenant has put, in all its namespaces. Rows that several versions share count once.",
        heldWords("dataset_bytes", dataset_bytes),
      ),
      priority_min: z
        .int()
        .min(1)
        .max(4_294_967_295)
        .optional()
        .meta({
          description:
            "The highest priority that a tenant may ask for, where 1 is the highest of all. A request for a higher one is refused. A request that names no priority gets this one if its model's default is higher.",
          fallback: ofTenant ? "`quotas.priority_min`" : "1",
        }),
    })
    .prefault({});
}

const withTokens = (value: number) => `where tokens are asked for ${grouped(value)}, else ${noBound}`;
const grouped = (value: number) => value.toLocaleString("en-US");

export const quotas = quotaShape(false);
export const tenantQuotas = quotaShape(true);

export type QuotaSettings = z.infer<typeof quotas>;
