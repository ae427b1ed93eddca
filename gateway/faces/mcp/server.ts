/** The MCP server of one request: the SDK's protocol over the tools and resources of this room. */
import {
  type CallToolResult,
  ProtocolError,
  ProtocolErrorCode,
  ResourceNotFoundError,
  Server,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { HeadgateError } from "../../../protocol/errors.js";
import { shown } from "../../../protocol/fields.js";
import { limits } from "../../../protocol/limits.js";
import type { RequestService } from "../../requests/request-service.js";
import type { EventWaits } from "./event-waits.js";
import { listResources, type ResourceCall, readResource, resourceTemplates } from "./resources.js";
import { ToolArgumentsError, type ToolCall } from "./tool.js";
import { argumentsResult, errorResult, successResult } from "./tool-results.js";
import { tools } from "./tools/index.js";

export interface McpServices {
  /** The gateway's name and version, such as `headgate/1.2.3`. */
  readonly server: string;
  readonly requests: RequestService;
  readonly waits: EventWaits;
}

const instructions =
  "Headgate runs machine-learning models, statistical fits and detectors of market regimes. Begin with list_models or list_streams. Data goes in and comes out as JSON lists; large answers show their first rows and figures of the rest.";

const day = 86_400_000;

const options = {
  capabilities: { tools: {}, resources: {}, prompts: {} },
  instructions,
  // The tools are the same for everybody; what a client may see of models and streams is its own.
  cacheHints: {
    "tools/list": { ttlMs: day, cacheScope: "public" },
    "prompts/list": { ttlMs: day, cacheScope: "public" },
    "resources/templates/list": { ttlMs: day, cacheScope: "public" },
    "server/discover": { ttlMs: day, cacheScope: "public" },
    "resources/list": { ttlMs: 5_000, cacheScope: "private" },
    "resources/read": { ttlMs: 0, cacheScope: "private" },
  },
} as const;

/** Whom a request acts for, and the connection that it came on. */
export type McpCaller = Pick<ToolCall, "requester" | "keepConnection">;

export function mcpServer(caller: McpCaller, services: McpServices): Server {
  const [name = "headgate", version = "0"] = services.server.split("/");
  const server = new Server({ name, version, title: "Headgate" }, options);
  const { requests } = services;
  const { requester } = caller;
  const call = ({ mcpReq: { id } }: ServerContext): ResourceCall => ({ requester, requests, id });
  server.setRequestHandler("tools/list", () => ({
    tools: [...tools.values()].map(({ definition }) => definition),
  }));
  server.setRequestHandler("tools/call", ({ params }, context) =>
    callTool(params.name, params.arguments, toolCall(context, caller, services)),
  );
  server.setRequestHandler("resources/list", ({ params }, context) =>
    protocolErrors(call(context), async () => listResources(params?.cursor, call(context))),
  );
  server.setRequestHandler("resources/templates/list", () => ({ resourceTemplates }));
  server.setRequestHandler("resources/read", ({ params: { uri } }, context) =>
    protocolErrors(call(context), () => readResource(uri, call(context)), uri),
  );
  server.setRequestHandler("prompts/list", () => ({ prompts: [] }));
  server.setRequestHandler("prompts/get", ({ params }) => {
    throw new ProtocolError(
      ProtocolErrorCode.InvalidParams,
      `no prompt ${shown(params.name)}: there are none`,
    );
  });
  return server;
}

function toolCall(
  { mcpReq: { id, signal, _meta: meta, notify } }: ServerContext,
  { requester, keepConnection }: McpCaller,
  { requests, waits }: McpServices,
): ToolCall {
  const { traceparent, progressToken } = meta ?? {};
  const usable = typeof traceparent === "string" && traceparent.length <= limits.name_length_max;
  return {
    requester,
    requests,
    waits,
    keepConnection,
    id,
    signal,
    traceparent: usable ? traceparent : undefined,
    progress:
      progressToken === undefined
        ? undefined
        : (progress, total, message) => {
            const params = { progressToken, progress, total, message };
            // The client may have left; then the call's signal tells.
            notify({ method: "notifications/progress", params }).catch(() => undefined);
          },
  };
}

/** @throws ProtocolError for a tool that there is not */
async function callTool(name: string, args: unknown, call: ToolCall): Promise<CallToolResult> {
  const found = tools.get(name);
  if (found === undefined)
    throw new ProtocolError(
      ProtocolErrorCode.InvalidParams,
      `no tool ${shown(name)}; there are ${[...tools.keys()].join(", ")}`,
    );
  try {
    return successResult(await found.call(args, call));
  } catch (error) {
    if (error instanceof ToolArgumentsError) {
      const refusal = call.requests.lifecycle.refused(call.requester, error);
      return refusal instanceof ToolArgumentsError ? argumentsResult(refusal) : errorResult(refusal, found);
    }
    return errorResult(reported(error, call, name), found);
  }
}

/** Errors of resources are JSON-RPC errors. */
async function protocolErrors<T>(call: ResourceCall, answer: () => Promise<T>, uri?: string): Promise<T> {
  try {
    return await answer();
  } catch (error) {
    const { code, message } = reported(error, call, "resources");
    if (code === "not_found" && uri !== undefined) throw new ResourceNotFoundError(uri, message);
    const isClients = code === "invalid_argument" || code === "permission_denied" || code === "not_found";
    throw new ProtocolError(
      isClients ? ProtocolErrorCode.InvalidParams : ProtocolErrorCode.InternalError,
      `${code}: ${message}`,
    );
  }
}

/** The request service has reported its own errors; what else is thrown here is a defect. */
function reported(error: unknown, { requester, requests, id }: ResourceCall, type: string): HeadgateError {
  return error instanceof HeadgateError
    ? error
    : requests.lifecycle.reportedError(error, requester, type, id);
}
