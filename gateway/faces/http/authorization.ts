/** Lets an HTTP request through whose credentials grant a scope. One rule for every route. */
import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";
import { type ClientCertificate, type Credentials, isTemporary } from "../../auth/authenticator.js";
import { type Authenticators, refusalWords, temporaryRefusalWords } from "../../auth/authenticators.js";
import type { Principal } from "../../auth/principal.js";
import type { Scope } from "../../auth/scopes.js";
import { presentedCertificate } from "../../tls/client-certificate.js";

export type HttpAuthorization =
  | { readonly kind: "granted"; readonly principal: Principal }
  | { readonly kind: "refused"; readonly response: Response };

/** Reads the token of the Authorization header; a query string is never looked at. */
export function bearerToken(context: Context): string | undefined {
  return context.req.header("authorization")?.match(/^Bearer +(\S+)$/i)?.[1];
}

/** What the client shows: its token, and the certificate of its connection. */
export function credentialsOf(context: Context): Credentials {
  return { token: bearerToken(context), certificate: certificateOf(context) };
}

/** The certificate that the client showed during the TLS handshake; undefined without one, and in tests without a socket. */
function certificateOf(context: Context): ClientCertificate | undefined {
  const bindings = context.env as Partial<HttpBindings> | undefined;
  return bindings?.incoming && presentedCertificate(bindings.incoming.socket);
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
  const authentication = await authenticators.authenticate(credentialsOf(context));
  if (authentication.kind === "refused") {
    const response = isTemporary(authentication) ? unavailable(context) : unauthorized(context);
    return { kind: "refused", response };
  }
  const { principal } = authentication;
  if (principal.scopes.has(scope)) return { kind: "granted", principal };
  const challenge = `Bearer realm="headgate", error="insufficient_scope", scope="${scope}"`;
  const error = `the token does not grant the scope ${scope}`;
  return { kind: "refused", response: context.json({ error }, 403, { "www-authenticate": challenge }) };
}

export function unauthorized(context: Context): Response {
  const challenge = { "www-authenticate": 'Bearer realm="headgate"' };
  return context.json({ error: `the token is ${refusalWords}` }, 401, challenge);
}

function unavailable(context: Context): Response {
  return context.json({ error: `the token ${temporaryRefusalWords}` }, 503, { "retry-after": "1" });
}
