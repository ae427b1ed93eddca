/** Errors as a client is told them: short, and with what the request was. The detail goes to the log. */
import { type ErrorCode, HeadgateError } from "../../../protocol/errors.js";
import type { ErrorFrame, Observe } from "../../../protocol/frames.js";
import type { PublicText } from "../../requests/public-text.js";
import type { Requesting } from "./handlers.js";

export interface About {
  readonly id?: number | undefined;
  readonly stream?: string | undefined;
  readonly ts?: number | undefined;
}

/** Absent fields stay out of the frame. */
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

/** What an error frame says of the request it answers. */
export function aboutOf(frame: Requesting | Observe): About {
  const { id } = frame;
  if (!("stream" in frame)) return { id };
  if (frame.type !== "observe") return { id, stream: frame.stream };
  return { id, stream: frame.stream, ts: typeof frame.ts === "number" ? frame.ts : frame.ts[0] };
}

/** Failures of the gateway's own; what others say may echo a client's words, which are left as they are. */
const ownFailures: ReadonlySet<ErrorCode> = new Set(["unavailable", "internal", "failed_precondition"]);

/** The error to tell: what was not foreseen is told in short, and no path of the server at all. */
export function toldOf(error: unknown, publicText: PublicText): HeadgateError {
  if (error instanceof HeadgateError) {
    const message = ownFailures.has(error.code) ? publicText(error.message) : error.message;
    if (message === error.message) return error;
    const { code, retryable, retryAfterMs, processed } = error;
    const optional = retryAfterMs !== undefined && { retryAfterMs };
    return new HeadgateError(code, message, { retryable, processed, cause: error, ...optional });
  }
  return new HeadgateError("internal", "the gateway failed; its log says more", {
    processed: "maybe",
    cause: error,
  });
}
