/** The errors of requests: the gateway's own, and that of a caller who gave up. */
import { HeadgateError } from "../../protocol/errors.js";
import type { ErrorFrame } from "../../protocol/frames.js";
import { UnavailableError } from "./unavailable-error.js";

export function errorOf({
  code,
  message,
  retryable,
  processed,
  retry_after_ms: retryAfterMs,
}: ErrorFrame): HeadgateError {
  const details = {
    retryable,
    processed,
    answered: true,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
  return code === "unavailable"
    ? new UnavailableError(message, details)
    : new HeadgateError(code, message, details);
}

export function aborted(signal: AbortSignal): HeadgateError {
  return new HeadgateError("cancelled", "the request was aborted", { cause: signal.reason });
}
