/** The HTTP answer of a request that failed: the status of its code, and its message where clients look for it. */
import { type ErrorCode, HeadgateError } from "../../../protocol/errors.js";
import { errorBody } from "../../requests/error-body.js";
import { BodyTooLargeError } from "./body-too-large.js";
import { type HttpReply, responseOf } from "./reply.js";

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

/** What an answer has beside what its error says: a status of its own, such as 405, and headers such as `Allow`. */
export interface ErrorResponseDetails {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The content type has no charset: KServe's client reads the message only from exactly `application/json`. */
export function errorReply(
  error: HeadgateError,
  { status = statusOf(error), headers = {} }: ErrorResponseDetails = {},
): HttpReply {
  const again = retryAfter(error);
  return {
    status,
    body: JSON.stringify(errorBody(error)),
    headers: {
      "content-type": "application/json",
      ...(again !== undefined && { "retry-after": again }),
      ...(error.code === "unauthenticated" && { "www-authenticate": 'Bearer realm="headgate"' }),
      ...headers,
    },
  };
}

export function errorResponse(error: HeadgateError, details?: ErrorResponseDetails): Response {
  return responseOf(errorReply(error, details));
}

/** The error handler of the routes: what a request service refused is answered, and anything else is a defect. */
export function answerErrors(error: Error): Response {
  if (error instanceof HeadgateError) return errorResponse(error);
  throw error;
}
