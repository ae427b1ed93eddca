/** A body that is too large to be read. Only this is answered with 413: other exhausted resources may be freed. */
import { HeadgateError } from "../../../protocol/errors.js";

export class BodyTooLargeError extends HeadgateError {
  constructor(problem: string) {
    super("resource_exhausted", problem, { retryable: false });
    this.name = "BodyTooLargeError";
  }
}
