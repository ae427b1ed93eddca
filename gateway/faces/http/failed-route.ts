/**
 * The answer of a route that threw what it should not: a defect. The client is told no more than that, and the log has
 * the detail. Hono's own handler would write to the standard error and answer in plain text.
 */
import { HeadgateError } from "../../../protocol/errors.js";
import { errorResponse } from "./error-response.js";

export type FailureReport = (error: unknown) => void;

/** Reports a defect, and gives the error that the client is told. */
export function defectOf(error: unknown, report: FailureReport): HeadgateError {
  report(error);
  const message = "a defect in the gateway; its log has the detail";
  return new HeadgateError("internal", message, { processed: "maybe" });
}

export function failedRoute(report: FailureReport): (error: unknown) => Response {
  return (error) => errorResponse(defectOf(error, report));
}
