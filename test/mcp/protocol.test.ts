/** Both revisions of MCP on one endpoint: what a client of each sees before it calls a tool. */
import { describe, expect, it } from "vitest";
import { mcpFace, revisions } from "../support/mcp.js";

const toolNames = [
  "list_models",
  "describe_model",
  "infer",
  "fit",
  "train",
  "get_job",
  "list_streams",
  "get_regime",
  "get_events",
  "wait_for_regime_change",
];

describe("a client of 2026-07-28", () => {
  it("discovers the gateway without a session", async () => {
    const { status, headers, result } = await mcpFace().request("server/discover");
    expect(status).toBe(200);
    expect(headers.get("mcp-session-id")).toBeNull();
    expect(result).toMatchObject({
      resultType: "complete",
      supportedVersions: ["2026-07-28"],
      capabilities: { tools: {}, resources: {}, prompts: {} },
      cacheScope: "public",
    });
    expect(result.capabilities.resources.subscribe).toBeUndefined();
  });

  it("is told the versions that there are when it asks for another", async () => {
    const { status, error } = await mcpFace().request(
      "tools/list",
      {},
      {
        headers: { "mcp-protocol-version": "2031-01-01" },
        meta: { "io.modelcontextprotocol/protocolVersion": "2031-01-01" },
      },
    );
    expect(status).toBe(400);
    expect(error).toMatchObject({ code: -32_022, data: { supported: ["2026-07-28"] } });
  });

  it("is refused when a header contradicts the body", async () => {
    const { status, error } = await mcpFace().request(
      "tools/list",
      {},
      { headers: { "mcp-method": "tools/call" } },
    );
    expect(status).toBe(400);
    expect(error?.code).toBe(-32_020);
  });

  it("is told how long it may keep each list, and whether others may see it", async () => {
    const { request } = mcpFace();
    const hints = async (method: string) => {
      const { ttlMs, cacheScope } = (await request(method)).result;
      return [ttlMs > 0, cacheScope];
    };
    expect(await hints("tools/list")).toEqual([true, "public"]);
    expect(await hints("prompts/list")).toEqual([true, "public"]);
    expect(await hints("resources/templates/list")).toEqual([true, "public"]);
    expect(await hints("resources/list")).toEqual([true, "private"]);
  });

  it("gets no endless stream for subscriptions, of which there are none", async () => {
    const { notifications, result } = await mcpFace().request("subscriptions/listen", {
      notifications: { resourceSubscriptions: ["headgate://streams/SPX"], toolsListChanged: true },
    });
    expect(notifications).toMatchObject([
      { method: "notifications/subscriptions/acknowledged", params: { notifications: {} } },
    ]);
    expect(result).toMatchObject({ resultType: "complete" });
  });
});

describe("a client of 2025-11-25", () => {
  const legacy = { revision: "2025-11-25" } as const;

  it("initialises on the same endpoint, and is offered no subscriptions", async () => {
    const { status, headers, result } = await mcpFace().request(
      "initialize",
      { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "old", version: "1" } },
      legacy,
    );
    expect(status).toBe(200);
    expect(headers.get("mcp-session-id")).toBeNull();
    expect(result).toMatchObject({ protocolVersion: "2025-11-25", serverInfo: { name: "headgate" } });
    expect(result.capabilities).toEqual({ tools: {}, resources: {}, prompts: {} });
    expect(result.instructions).toContain("list_models");
  });

  it("sends its notification of initialisation, which is taken", async () => {
    const { post } = mcpFace();
    const response = await post(JSON.stringify({ jsonrpc: "2.0", method: "notifications/initialized" }));
    expect(response.status).toBe(202);
  });

  it("cannot subscribe to a resource", async () => {
    const { error } = await mcpFace().request(
      "resources/subscribe",
      { uri: "headgate://streams/SPX" },
      legacy,
    );
    expect(error?.code).toBe(-32_601);
  });
});

/** Tools whose calls change something, and repeated change it again. */
const changing: ReadonlySet<string> = new Set(["fit", "train"]);

describe.each(revisions)("the tools as a client of %s sees them", (revision) => {
  it("are ten, in a fixed order, each with schemas and hints", async () => {
    const { request } = mcpFace();
    const { tools } = (await request("tools/list", {}, { revision })).result;
    expect(tools.map(({ name }: { name: string }) => name)).toEqual(toolNames);
    for (const { name, description, inputSchema, outputSchema, annotations } of tools) {
      expect(description.length, name).toBeGreaterThan(40);
      expect(inputSchema, name).toMatchObject({ type: "object", additionalProperties: false });
      expect(outputSchema, name).toMatchObject({ type: "object" });
      expect(annotations, name).toEqual({
        readOnlyHint: !changing.has(name),
        destructiveHint: false,
        idempotentHint: !changing.has(name),
        openWorldHint: false,
      });
    }
  });

  it("take at most 25 kB of a model's context", async () => {
    const { tools } = (await mcpFace().request("tools/list", {}, { revision })).result;
    expect(JSON.stringify(tools).length).toBeLessThan(25_000);
  });

  it("are joined by an empty list of prompts", async () => {
    const { request } = mcpFace();
    expect((await request("prompts/list", {}, { revision })).result.prompts).toEqual([]);
    expect((await request("prompts/get", { name: "p" }, { revision })).error?.code).toBe(-32_602);
  });

  it("are called by their names only", async () => {
    const { error } = await mcpFace().call("delete_everything", {}, { revision });
    expect(error?.code).toBe(-32_602);
    expect(error?.message).toContain("list_models");
  });
});
