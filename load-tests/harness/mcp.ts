/** MCP's call of the tool `infer` with one row, in the stateless revision, and the first output of its answer. */
import type { HttpClient } from "./http-client.js";

const revision = "2026-07-28";

const headers = {
  "content-type": "application/json",
  accept: "application/json, text/event-stream",
  "mcp-protocol-version": revision,
  "mcp-method": "tools/call",
  "mcp-name": "infer",
};

const meta = {
  "io.modelcontextprotocol/protocolVersion": revision,
  "io.modelcontextprotocol/clientInfo": { name: "headgate-bench", version: "1" },
  "io.modelcontextprotocol/clientCapabilities": {},
};

interface ToolAnswer {
  readonly result?: {
    readonly structuredContent?: { readonly outputs: Readonly<Record<string, { readonly data: unknown }>> };
  };
}

export async function inferByMcp(
  client: HttpClient,
  model: string,
  row: Float32Array,
): Promise<Float32Array> {
  const call = { name: "infer", arguments: { model, inputs: { X: [Array.from(row)] } }, _meta: meta };
  const request = { jsonrpc: "2.0", id: 1, method: "tools/call", params: call };
  const { body } = await client.post("/mcp", headers, Buffer.from(JSON.stringify(request)));
  const outputs = messageIn(body.toString()).result?.structuredContent?.outputs ?? {};
  return Float32Array.from([Object.values(outputs)[0]?.data].flat(3) as number[]);
}

/** The answer is JSON, or the last message of a stream of server-sent events. */
function messageIn(text: string): ToolAnswer {
  const data = text.startsWith("{") ? text : text.slice(text.lastIndexOf("data: {") + "data: ".length);
  return JSON.parse(data) as ToolAnswer;
}
