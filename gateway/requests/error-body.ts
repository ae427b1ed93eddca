/**
 * The body of an HTTP answer that refuses or failed, for every face over HTTP: `error` as Open Inference wants it, and
 * beside it what the wire's error frame has.
 */
import type { ErrorCode, HeadgateError, Processed } from "../../protocol/errors.js";

export interface ErrorBody {
  readonly error: string;
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly retry_after_ms?: number;
  readonly processed: Processed;
}

export function errorBody({ code, message, retryable, retryAfterMs, processed }: HeadgateError): ErrorBody {
  return {
    error: message,
    code,
    retryable,
    ...(retryAfterMs !== undefined && { retry_after_ms: retryAfterMs }),
    processed,
  };
}
