/**
 * The route `/mcp`: reads a body within the gateway's limits, finds out for whom it acts, and gives it to the SDK's
 * protocol, which serves the stateless revision 2026-07-28 and clients of 2025 alike.
 */
import { createMcpHandler, type McpHttpHandler, type McpRequestContext } from "@modelcontextprotocol/server";
import { type Context, Hono } from "hono";
import { HeadgateError } from "../../../protocol/errors.js";
import { isFields } from "../../../protocol/fields.js";
import { limits } from "../../../protocol/limits.js";
import type { Authenticators } from "../../auth/authenticators.js";
import { requesterOf } from "../http/authentication.js";
import type { BodyPlace, BodyPlaces } from "../http/body-places.js";
import { type ConnectionDependencies, keepConnection } from "../http/connection-place.js";
import { exchangeOf } from "../http/exchange.js";
import { readBody } from "../http/request-body.js";
import { errorResponse } from "./error-response.js";
import { readMessage } from "./message.js";
import { metadataPath, type ProtectedResource } from "./protected-resource.js";
import { type McpCaller, type McpServices, mcpServer } from "./server.js";
import { tools } from "./tools/index.js";

export interface McpDependencies extends McpServices, ConnectionDependencies {
  readonly authenticators: Pick<Authenticators, "authenticate">;
  readonly places: BodyPlaces;
  /** Undefined where no tokens of issuers are accepted. */
  readonly resource: ProtectedResource | undefined;
  /** Called with errors of the SDK, most of which tell of a client's mistake. */
  readonly rejected: (error: Error) => void;
}

/** Milliseconds between two comments on a stream that is silent; the HTTP server ends silent connections after 30 s. */
const keepAliveMs = 10_000;

/** The request that is being served, for the server that the SDK asks for. */
interface Exchange extends McpCaller {
  readonly place: BodyPlace;
}

export function mcpRoutes(dependencies: McpDependencies): Hono {
  const { resource, rejected } = dependencies;
  const exchanges = new WeakMap<Request, Exchange>();
  const factory = ({ requestInfo }: McpRequestContext) => {
    const exchange = requestInfo && exchanges.get(requestInfo);
    if (exchange === undefined) throw new Error("the SDK serves a request that was not authenticated");
    const server = mcpServer(exchange, dependencies);
    server.onclose = () => exchange.place.leave();
    return server;
  };
  const common = { keepAliveMs, onerror: rejected };
  const single = createMcpHandler(factory, common);
  const streaming = createMcpHandler(factory, { ...common, responseMode: "sse" });
  const routes = new Hono();
  routes.onError((error) => {
    if (error instanceof HeadgateError) return errorResponse(error, resource);
    throw error;
  });
  routes.post("/mcp", (context) =>
    serve(context, dependencies, (exchange, body) => {
      exchanges.set(context.req.raw, exchange);
      return isSlow(body) ? streaming : single;
    }),
  );
  if (resource !== undefined) {
    routes.get(metadataPath, (context) => context.json(resource.ofGateway));
    routes.get(`${metadataPath}/mcp`, (context) => context.json(resource.ofMcp));
  }
  return routes;
}

async function serve(
  context: Context,
  dependencies: McpDependencies,
  begin: (exchange: Exchange, body: unknown) => McpHttpHandler,
): Promise<Response> {
  const { requests, authenticators, places } = dependencies;
  const requester = await requesterOf(exchangeOf(context), authenticators);
  requests.lifecycle.requireServing(requester);
  const { bytes, place } = await requests.lifecycle.reading(requester, () =>
    readBody(context.req.raw, limits.text_bytes_max, places.of(requester.principal.tenant)),
  );
  let isStreaming = false;
  try {
    const body = await requests.lifecycle.reading(requester, () => readMessage(bytes));
    const connection = () => keepConnection(context, requester.principal, dependencies);
    const handler = begin({ requester, place, keepConnection: connection }, body);
    const response = await handler.fetch(context.req.raw, { parsedBody: body });
    isStreaming = response.headers.get("content-type")?.startsWith("text/event-stream") === true;
    return response;
  } finally {
    // A response that streams leaves its place when the server of the request is closed.
    if (!isStreaming) place.leave();
  }
}

/** Whether the request calls a tool that computes or waits: its response streams, so that it shows that it is alive. */
function isSlow(body: unknown): boolean {
  if (!isFields(body) || body["method"] !== "tools/call" || !isFields(body["params"])) return false;
  const { name } = body["params"];
  return typeof name === "string" && tools.get(name)?.slow === true;
}
