/** The HTTP answer of a request that does not reach the protocol: the status of its code, and a JSON-RPC error. */
import type { HeadgateError } from "../../../protocol/errors.js";
import { retryAfter, statusOf } from "../http/error-response.js";
import { InvalidMessageError } from "./message.js";
import type { ProtectedResource } from "./protected-resource.js";

/** JSON-RPC's codes: a body that is no JSON, one that is no request, and an error of the server's own. */
const parseError = -32_700;
const invalidRequest = -32_600;
const serverError = -32_000;

export function errorResponse(error: HeadgateError, resource: ProtectedResource | undefined): Response {
  const { code, message, retryable } = error;
  const again = retryAfter(error);
  const body = {
    jsonrpc: "2.0",
    id: null,
    error: {
      code: rpcCodeOf(error),
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

function rpcCodeOf(error: HeadgateError): number {
  if (error instanceof InvalidMessageError) return invalidRequest;
  return error.code === "invalid_argument" ? parseError : serverError;
}

function challenge(resource: ProtectedResource | undefined): string {
  const realm = 'Bearer realm="headgate"';
  return resource === undefined ? realm : `${realm}, resource_metadata="${resource.metadataUrl}"`;
}
