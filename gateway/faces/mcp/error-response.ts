/** The HTTP answer of a request that does not reach the protocol: the status of its code, and a JSON-RPC error. */
import type { HeadgateError } from "../../../protocol/errors.js";
import { retryAfter, statusOf } from "../http/error-response.js";
import type { ProtectedResource } from "./protected-resource.js";

/** JSON-RPC's codes: a body that cannot be parsed, and an error of the server's own. */
const parseError = -32_700;
const serverError = -32_000;

export function errorResponse(error: HeadgateError, resource: ProtectedResource | undefined): Response {
  const { code, message, retryable } = error;
  const again = retryAfter(error);
  const body = {
    jsonrpc: "2.0",
    id: null,
    error: {
      code: code === "invalid_argument" ? parseError : serverError,
      message: `${code}: ${message}`,
      data: { code, retryable },
    },
  };
  return new Response(JSON.stringify(body), {
    status: statusOf(error),
    headers: {
      "content-type": "application/json",
      ...(again !== undefined && { "retry-after": again }),
      ...(code === "unauthenticated" && { "www-authenticate": challenge(resource) }),
    },
  });
}

function challenge(resource: ProtectedResource | undefined): string {
  const realm = 'Bearer realm="headgate"';
  return resource === undefined ? realm : `${realm}, resource_metadata="${resource.metadataUrl}"`;
}
