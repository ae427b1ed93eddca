import type { HeadgateError } from "../../protocol/errors.js";
import type { ErrorFrame } from "../../protocol/frames.js";

export interface About {
  readonly id?: number | undefined;
  readonly stream?: string | undefined;
  readonly ts?: number | undefined;
}

/** An error as the client is told it; absent fields stay out. */
export function errorFrame(error: HeadgateError, { id, stream, ts }: About): ErrorFrame {
  return {
    type: "error",
    ...(id !== undefined && { id }),
    ...(stream !== undefined && { stream }),
    ...(ts !== undefined && { ts }),
    code: error.code,
    message: error.message,
    retryable: error.retryable,
    ...(error.retryAfterMs !== undefined && { retry_after_ms: error.retryAfterMs }),
    processed: error.processed,
  };
}
