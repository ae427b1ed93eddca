/** Lets an HTTP request through whose credentials grant a scope. One rule for every route. */
import type { Context } from "hono";
import { HeadgateError } from "../../../protocol/errors.js";
import { type Credentials, isTemporary } from "../../auth/authenticator.js";
import { type Authenticators, refusalWords, temporaryRefusalWords } from "../../auth/authenticators.js";
import type { Principal } from "../../auth/principal.js";
import type { Scope } from "../../auth/scopes.js";
import { presentedCertificate } from "../../tls/client-certificate.js";
import { errorResponse } from "./error-response.js";
import { exchangeOf, type HttpExchange, headerOf } from "./exchange.js";

export type HttpAuthorization =
  | { readonly kind: "granted"; readonly principal: Principal }
  | { readonly kind: "refused"; readonly response: Response };

/** Reads the token of the Authorization header; a query string is never looked at. */
export function bearerToken(request: HttpExchange["request"]): string | undefined {
  return headerOf(request, "authorization")?.match(/^Bearer +(\S+)$/i)?.[1];
}

/** What the client shows: its token, and the certificate of its TLS handshake. */
export function credentialsOf({ request, incoming }: HttpExchange): Credentials {
  return {
    token: bearerToken(request),
    certificate: incoming && presentedCertificate(incoming.socket),
  };
}

/**
 * RFC 6750's answers: 401 without accepted credentials, 403 where they do not grant the scope; and 503 while the token's
 * issuer cannot be asked for its keys.
 */
export async function authorize(
  context: Context,
  authenticators: Pick<Authenticators, "authenticate">,
  scope: Scope,
): Promise<HttpAuthorization> {
  const authentication = await authenticators.authenticate(credentialsOf(exchangeOf(context)));
  if (authentication.kind === "refused") {
    const error = isTemporary(authentication) ? unavailable() : unauthenticated();
    return { kind: "refused", response: errorResponse(error) };
  }
  const { principal } = authentication;
  if (principal.scopes.has(scope)) return { kind: "granted", principal };
  const challenge = `Bearer realm="headgate", error="insufficient_scope", scope="${scope}"`;
  const error = new HeadgateError("permission_denied", `the token does not grant the scope ${scope}`);
  const response = errorResponse(error, { headers: { "www-authenticate": challenge } });
  return { kind: "refused", response };
}

export function unauthenticated(): HeadgateError {
  return new HeadgateError("unauthenticated", `the token is ${refusalWords}`);
}

/** While the token's issuer cannot be asked for its keys. */
export function unavailable(): HeadgateError {
  return new HeadgateError("unavailable", `the token ${temporaryRefusalWords}`);
}
