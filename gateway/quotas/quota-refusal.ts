/**
 * The errors with which a request over a quota is refused. Each names the quota, its value and the setting that it
 * comes from.
 */
import { type ErrorDetails, HeadgateError, type Processed } from "../../protocol/errors.js";
import type { HeldQuota, QuotaBound, RateQuota } from "./quota-limits.js";
import type { TokenRate } from "./token-bucket.js";

/** What is counted, in the plural, as a client reads it. */
const units: Readonly<Record<RateQuota | HeldQuota, string>> = {
  requests: "requests",
  rows: "rows",
  compute_ms: "milliseconds of compute",
  bytes: "bytes of tensors",
  connections: "connections",
  subscriptions: "subscriptions",
  streams: "streams",
  kept_bytes: "bytes kept",
  fits: "fits at once",
  datasets: "datasets",
  dataset_bytes: "bytes of datasets",
};

/**
 * How a tenant gets below a bound on what it holds, and whether that happens by itself, so that the same request may
 * succeed later.
 */
const remedies: Readonly<Record<HeldQuota, { readonly text: string; readonly retryable: boolean }>> = {
  connections: { text: "close one", retryable: true },
  subscriptions: { text: "end one", retryable: false },
  streams: { text: "close one", retryable: false },
  kept_bytes: { text: "close streams, or wait until kept fits and answers expire", retryable: true },
  fits: { text: "wait until one is answered", retryable: true },
  datasets: { text: "drop one", retryable: false },
  dataset_bytes: { text: "drop datasets", retryable: false },
};

/** The refusal of a request that may be repeated once the tenant's bucket holds enough again. */
export function rateRefusal(
  tenant: string,
  quota: RateQuota,
  { value, setting }: QuotaBound<TokenRate>,
  waitMs: number,
): HeadgateError {
  const retryAfterMs = Math.max(1, Math.ceil(waitMs));
  return refusal(
    quota,
    `tenant ${tenant} may use ${value.perSecond} ${units[quota]} a second and ${value.burst} at once ` +
      `(${setting}); try again in ${retryAfterMs} ms`,
    { retryAfterMs },
  );
}

/** The refusal of a request that is larger than the tenant's bucket. */
export function sizeRefusal(
  tenant: string,
  quota: RateQuota,
  { value, setting }: QuotaBound<TokenRate>,
  amount: number,
): HeadgateError {
  return refusal(
    quota,
    `the request has ${amount} ${units[quota]} and tenant ${tenant} may use ${value.burst} at once (${setting}.burst), ` +
      "so that it is never accepted: divide it, or have the gateway's operator raise the quota",
    { retryable: false },
  );
}

/** The refusal of a request that would make a tenant hold more than it may. */
export function heldRefusal(
  tenant: string,
  quota: HeldQuota,
  { value, setting }: QuotaBound<number>,
  processed: Processed = "no",
): HeadgateError {
  const { text, retryable } = remedies[quota];
  return refusal(
    quota,
    `tenant ${tenant} may have ${value} ${units[quota]} (${setting}): ${text}, or have the gateway's operator raise the quota`,
    { retryable, processed },
  );
}

/** The refusal of a request that asks for a higher priority than its tenant may. */
export function priorityRefusal(
  tenant: string,
  { value, setting }: QuotaBound<number>,
  asked: number,
): HeadgateError {
  return new HeadgateError(
    "permission_denied",
    `priority: tenant ${tenant} may ask for ${value} at the highest (${setting}), where 1 is the highest of all, got ${asked}`,
  );
}

function refusal(
  quota: string,
  problem: string,
  details: Pick<ErrorDetails, "retryable" | "retryAfterMs" | "processed">,
): HeadgateError {
  return new HeadgateError("resource_exhausted", `quota ${quota}: ${problem}`, {
    processed: "no",
    ...details,
  });
}
