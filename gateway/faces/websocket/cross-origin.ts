/**
 * Lets pages of the allowed other origins read answers: without these headers a browser sends such a page's request and
 * keeps the answer from it. Only origins of the allow-list get them, by name and never as `*`, and no cookies or client
 * certificates are asked for: a credential travels in `Authorization`.
 *
 * Source: the Fetch standard, "CORS protocol".
 */
import type { IncomingMessage, ServerResponse } from "node:http";

const exposed = "Inference-Header-Content-Length, Retry-After, WWW-Authenticate, Allow";

/** Seconds in which a browser asks no second time. */
const preflightSeconds = "600";

/** The routes' methods, and the header fields that clients of the routes send. */
const allowed = {
  "access-control-allow-methods": "GET, HEAD, POST",
  "access-control-allow-headers": [
    ...[
      "Authorization",
      "Content-Type",
      "Content-Encoding",
      "Idempotency-Key",
      "Inference-Header-Content-Length",
    ],
    ...["Last-Event-ID", "Traceparent", "Mcp-Protocol-Version", "Mcp-Method", "Mcp-Name"],
  ].join(", "),
  "access-control-max-age": preflightSeconds,
};

/**
 * Adds the headers to the answer of a request from an allowed origin, whatever the answer will be.
 * @returns whether the request was a preflight, which is answered here
 */
export function shareAnswer({ method, headers }: IncomingMessage, response: ServerResponse): boolean {
  const { origin = "" } = headers;
  response.setHeader("access-control-allow-origin", origin);
  response.setHeader("vary", "Origin");
  if (method !== "OPTIONS" || headers["access-control-request-method"] === undefined) {
    response.setHeader("access-control-expose-headers", exposed);
    return false;
  }
  response.writeHead(204, allowed).end();
  return true;
}
