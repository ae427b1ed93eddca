/** Tells the places what a connection is doing, from a request's header until its answer is sent. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { ExchangeUse } from "./http-places.js";

/** The place of the connection on which the request came. */
export interface ExchangePlace {
  begin(use: ExchangeUse): void;
  end(use: ExchangeUse): void;
}

/**
 * While a body arrives, and while the client reads its answer, the connection waits for its client. In between the
 * gateway answers, also when it answers a request whose body it does not read to its end.
 */
export function followExchange(
  request: IncomingMessage,
  response: ServerResponse,
  place: ExchangePlace,
): void {
  let isAnswering = false;
  const answer = () => {
    if (response.writableEnded || response.destroyed) return;
    isAnswering = true;
    place.begin("answer");
  };
  const endAnswer = () => {
    if (isAnswering) place.end("answer");
    isAnswering = false;
  };
  place.begin("exchange");
  if (hasBody(request)) request.once("end", answer);
  else answer();
  response.once("prefinish", endAnswer); // the last byte is given to the socket; "finish" follows once it is sent
  response.once("close", () => {
    endAnswer();
    place.end("exchange");
  });
}

/** A request has a body when its header gives a length or a transfer coding (RFC 9112, section 6). */
function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}
