/** Answers HTTP requests that are refused before a route is looked for. */
import type { ServerResponse } from "node:http";
import { HeadgateError } from "../../../protocol/errors.js";
import { errorBody } from "../../requests/error-body.js";

export interface RequestRefusal {
  readonly status: 400 | 403 | 417;
  readonly message: string;
}

const codes = { 400: "invalid_argument", 403: "permission_denied", 417: "invalid_argument" } as const;

/** Ends the connection, so that the body is not read. */
export function refuseRequest(response: ServerResponse, { status, message }: RequestRefusal): void {
  const body = Buffer.from(JSON.stringify(errorBody(new HeadgateError(codes[status], message))));
  response.writeHead(status, {
    connection: "close",
    "content-type": "application/json",
    "content-length": body.length,
  });
  response.end(body);
}

/** The answer to a request that cannot be made into one of the Fetch standard, such as one with an invalid path. */
export function unreadableRequest(problem: string): Response {
  return answer(400, new HeadgateError("invalid_argument", `the request: ${problem}`));
}

export function defect(): Response {
  const error = new HeadgateError("internal", "a defect in the gateway; its log has the detail", {
    processed: "maybe",
  });
  return answer(500, error);
}

function answer(status: number, error: HeadgateError): Response {
  const headers = { connection: "close", "content-type": "application/json" };
  return new Response(JSON.stringify(errorBody(error)), { status, headers });
}
