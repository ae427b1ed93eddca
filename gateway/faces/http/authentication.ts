/** Finds the principal of an HTTP request, for the routes whose rights requests/ checks. */
import { isTemporary } from "../../auth/authenticator.js";
import type { Authenticators } from "../../auth/authenticators.js";
import type { Requester } from "../../requests/requester.js";
import { credentialsOf, unauthenticated, unavailable } from "./authorization.js";
import type { HttpExchange } from "./exchange.js";

/** @throws HeadgateError unauthenticated, or unavailable while the token's issuer cannot be asked for its keys */
export async function requesterOf(
  exchange: HttpExchange,
  authenticators: Pick<Authenticators, "authenticate">,
): Promise<Requester> {
  const authentication = await authenticators.authenticate(credentialsOf(exchange));
  if (authentication.kind === "accepted") return { principal: authentication.principal };
  throw isTemporary(authentication) ? unavailable() : unauthenticated();
}
