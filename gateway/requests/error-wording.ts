/** The words in which a failed request is answered, and the line of the log where more is to be known. */
import type { Logger } from "pino";
import { type ErrorCode, HeadgateError } from "../../protocol/errors.js";
import type { PublicText } from "./public-text.js";
import type { RequestName } from "./requester.js";

/** What the log says of the request that failed. */
export interface RequestOrigin {
  readonly connection: string | undefined;
  readonly request: RequestName;
  readonly type: string;
}

/** Failures of the gateway's own; what others say may echo a client's words, which are left as they are. */
const ownFailures: ReadonlySet<ErrorCode> = new Set(["unavailable", "internal", "failed_precondition"]);

export class ErrorWording {
  constructor(
    private readonly publicText: PublicText,
    private readonly log: Pick<Logger, "error">,
  ) {}

  /** The error to tell the asker; what was not foreseen, and what is not told whole, is logged whole. */
  report(error: unknown, origin: RequestOrigin): HeadgateError {
    const told = this.publicError(error);
    if (told.code === "internal" || told !== error)
      this.log.error({ ...origin, err: error }, "a request failed");
    return told;
  }

  /** What was not foreseen is told in short, and no path of the server at all. */
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
