/** Decides the message with which a failed request is answered, and logs the details that the message leaves out. */
import type { Logger } from "pino";
import { type ErrorCode, HeadgateError } from "../../protocol/errors.js";
import type { PublicText } from "./public-text.js";
import type { RequestName } from "./requester.js";

/** Identifies the failed request in the log. */
export interface RequestOrigin {
  readonly connection: string | undefined;
  readonly request: RequestName;
  readonly type: string;
}

/**
 * Codes of failures of the gateway itself, whose messages may contain paths. Other messages may quote the client's
 * own words and stay unchanged.
 */
const ownFailures: ReadonlySet<ErrorCode> = new Set(["unavailable", "internal", "failed_precondition"]);

export class ErrorWording {
  constructor(
    private readonly publicText: PublicText,
    private readonly log: Pick<Logger, "error">,
  ) {}

  /** The error for the client. An unforeseen error, and one whose message was shortened, is logged completely. */
  report(error: unknown, origin: RequestOrigin): HeadgateError {
    const reported = this.publicError(error);
    if (reported.code === "internal" || reported !== error)
      this.log.error({ ...origin, err: error }, "a request failed");
    return reported;
  }

  /** An unforeseen error becomes a short general message, and paths of the server are removed from the others. */
  private publicError(error: unknown): HeadgateError {
    if (error instanceof HeadgateError) {
      const message = ownFailures.has(error.code) ? this.publicText(error.message) : error.message;
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
}
