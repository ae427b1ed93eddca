/** Finds the principal of an HTTP request, for the routes whose rights requests/ checks. */
import type { Context } from "hono";
import { HeadgateError } from "../../../protocol/errors.js";
import { type Authenticators, refusalWords } from "../../auth/authenticators.js";
import type { Requester } from "../../requests/requester.js";
import { bearerToken } from "./authorization.js";

/** @throws HeadgateError unauthenticated */
export async function requesterOf(
  context: Context,
  authenticators: Pick<Authenticators, "authenticate">,
): Promise<Requester> {
  const authentication = await authenticators.authenticate({ token: bearerToken(context) });
  if (authentication.kind === "refused")
    throw new HeadgateError("unauthenticated", `the token is ${refusalWords}`);
  return { principal: authentication.principal };
}
