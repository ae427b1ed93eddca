/** The HTTP answer of a request that failed: the status of its code, and its message where clients look for it. */
import { type ErrorCode, HeadgateError } from "../../../protocol/errors.js";
import { BodyTooLargeError } from "./body-too-large.js";

/** 499 is what proxies write for a client that has gone; it reaches nobody. */
const statusOfCode: Readonly<Record<ErrorCode, number>> = {
  invalid_argument: 400,
  unauthenticated: 401,
  permission_denied: 403,
  not_found: 404,
  failed_precondition: 409,
  resource_exhausted: 429,
  cancelled: 499,
  internal: 500,
  unimplemented: 501,
  unavailable: 503,
  deadline_exceeded: 504,
};

export function statusOf(error: HeadgateError): number {
  return error instanceof BodyTooLargeError ? 413 : statusOfCode[error.code];
}

/** Whole seconds, as RFC 9110 wants them, and at least one. */
export function retryAfter({ retryable, retryAfterMs }: HeadgateError): string | undefined {
  return retryable ? String(Math.max(1, Math.ceil((retryAfterMs ?? 1_000) / 1_000))) : undefined;
}

/**
 * The body has `error` as Open Inference wants it, and beside it what the wire's error frame has. The content type
 * has no charset: KServe's client reads the message only from exactly `application/json`.
 */
export function errorResponse(error: HeadgateError): Response {
  const { code, message, retryable, retryAfterMs, processed } = error;
  const again = retryAfter(error);
  const body = {
    error: message,
    code,
    retryable,
    ...(retryAfterMs !== undefined && { retry_after_ms: retryAfterMs }),
    processed,
  };
  return new Response(JSON.stringify(body), {
    status: statusOf(error),
    headers: {
      "content-type": "application/json",
      ...(again !== undefined && { "retry-after": again }),
      ...(code === "unauthenticated" && { "www-authenticate": 'Bearer realm="headgate"' }),
    },
  });
}

/** The error handler of the routes: what a request service refused is answered, and anything else is a defect. */
export function answerErrors(error: Error): Response {
  if (error instanceof HeadgateError) return errorResponse(error);
  throw error;
}
