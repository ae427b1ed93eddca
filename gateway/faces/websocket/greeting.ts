/** The first frame of a connection: its hello, which says for whom the connection acts. */
import { closeCodes, ProtocolError } from "../../../protocol/errors.js";
import type { HelloFrame } from "../../../protocol/frames.js";
import { type Authentication, isTemporary } from "../../auth/authenticator.js";
import { type Authenticators, refusalWords, temporaryRefusalWords } from "../../auth/authenticators.js";
import type { Principal } from "../../auth/principal.js";
import type { ParsedMessage } from "./client-message.js";

/** @throws ProtocolError when the first frame is not a hello */
export function helloOf(first: ParsedMessage): HelloFrame {
  if ("refused" in first || first.frame.type !== "hello")
    throw new ProtocolError("the first frame must be hello");
  return first.frame;
}

/**
 * Whom the hello's token names, at once where that needs no waiting.
 * @throws ProtocolError, or rejects with one, when the token is not accepted
 */
export function principalOf(
  hello: HelloFrame,
  authenticators: Authenticators,
): Principal | Promise<Principal> {
  const authentication = authenticators.authenticate({ token: hello.token });
  return authentication instanceof Promise ? authentication.then(accepted) : accepted(authentication);
}

function accepted(authentication: Authentication): Principal {
  if (authentication.kind === "accepted") return authentication.principal;
  if (isTemporary(authentication))
    throw new ProtocolError(`hello.token: it ${temporaryRefusalWords}`, closeCodes.overloaded);
  throw new ProtocolError(`hello.token: ${refusalWords}`, closeCodes.badToken);
}
