/** Finds the principal of an HTTP request, for the routes whose rights requests/ checks. */
import type { Context } from "hono";
import { isTemporary } from "../../auth/authenticator.js";
import type { Authenticators } from "../../auth/authenticators.js";
import type { Requester } from "../../requests/requester.js";
import { credentialsOf, unauthenticated, unavailable } from "./authorization.js";

/** @throws HeadgateError unauthenticated, or unavailable while the token's issuer cannot be asked for its keys */
export async function requesterOf(
  context: Context,
  authenticators: Pick<Authenticators, "authenticate">,
): Promise<Requester> {
  const authentication = await authenticators.authenticate(credentialsOf(context));
  if (authentication.kind === "accepted") return { principal: authentication.principal };
  throw isTemporary(authentication) ? unavailable() : unauthenticated();
}
