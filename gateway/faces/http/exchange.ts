/** One HTTP request and the connection that its answer goes to, whether Hono's router or Node's server hands it over. */
import { IncomingMessage, type ServerResponse } from "node:http";
import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";

export interface HttpExchange {
  /** The message whose body is read. */
  readonly request: Request | IncomingMessage;
  /** Absent in tests without a socket. */
  readonly incoming?: IncomingMessage | undefined;
  readonly outgoing?: ServerResponse | undefined;
}

export function exchangeOf(context: Context): HttpExchange {
  const bindings = context.env as Partial<HttpBindings> | undefined;
  // The server speaks HTTP/1.1 only, so that its messages are of node:http.
  const outgoing = bindings?.outgoing as ServerResponse | undefined;
  const incoming = bindings?.incoming instanceof IncomingMessage ? bindings.incoming : undefined;
  return { request: context.req.raw, incoming, outgoing };
}

/**
 * The value of a header. The values of a header that is given several times are joined, as the fetch standard has it:
 * `IncomingMessage.headers` keeps the first Authorization instead, and two of them are none.
 *
 * @param name in lower case
 */
export function headerOf(request: Request | IncomingMessage, name: string): string | undefined {
  if (!(request instanceof IncomingMessage)) return request.headers.get(name) ?? undefined;
  const { rawHeaders } = request;
  let found: string | undefined;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const given = rawHeaders[i] as string;
    if (given.length !== name.length || (given !== name && given.toLowerCase() !== name)) continue;
    const value = rawHeaders[i + 1] as string;
    found = found === undefined ? value : `${found}, ${value}`;
  }
  return found;
}
