/** MCP over real sockets with the official client, and everything that docs/mcp.md and the example print. */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { transform } from "esbuild";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { EventWaits } from "../../gateway/faces/mcp/event-waits.js";
import { tools } from "../../gateway/faces/mcp/tools/index.js";
import { startGateway, type TestGateway } from "../support/gateway.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), "headgate-mcp-"));
const page = readFileSync(join(root, "docs/mcp.md"), "utf8");

function blocks(language: string): string[] {
  const found = page.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, "gms"));
  return [...found].map(([, code]) => (code ?? "").replaceAll("127.0.0.1:8470", `127.0.0.1:${gateway.port}`));
}

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
});
afterAll(async () => {
  await gateway.stop();
  rmSync(folder, { recursive: true });
});

async function mcpClient(mode: "auto" | "legacy"): Promise<Client> {
  const client = new Client({ name: "test", version: "1" }, { versionNegotiation: { mode } });
  await client.connect(new StreamableHTTPClientTransport(new URL(`${gateway.http}/mcp`)));
  return client;
}

/** A stream that reports its feed silent a second after its last observation. */
async function silentStream(stream: string): Promise<void> {
  const detector = "bocpd";
  await post("open", { stream, detector, parameters: { max_silence_ms: 1_000 } });
  const values = { datatype: "FP64", shape: [1, 1], data: [0.01] };
  await post("observe", { stream, ts: [1], values });
}

async function post(what: string, body: object): Promise<void> {
  const response = await fetch(`${gateway.http}/v1/streams/${what}`, {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "content-type": "application/json" },
  });
  expect(response.status, await response.text()).toBe(200);
}

describe.each([
  ["auto", "2026-07-28"],
  ["legacy", "2025-11-25"],
] as const)("the official client in its mode %s", (mode, revision) => {
  it("lists the tools, calls them, and finds their answers in their schemas", async () => {
    const client = await mcpClient(mode);
    expect(client.getNegotiatedProtocolVersion()).toBe(revision);
    const { tools } = await client.listTools(); // from now on the client checks each answer
    expect(tools).toHaveLength(10);
    const X = [Array.from({ length: 16 }, (_, i) => i / 16)];
    const calls = [
      { name: "list_models", arguments: {} },
      { name: "describe_model", arguments: { model: "market-impact" } },
      { name: "describe_model", arguments: { model: "pca" } },
      { name: "infer", arguments: { model: "market-impact", inputs: { X } } },
      {
        name: "fit",
        arguments: {
          name: "pca",
          data: [
            [1, 2],
            [2, 1],
            [3, 5],
          ],
          parameters: { keep_seconds: 60 },
        },
      },
      { name: "list_streams", arguments: {} },
    ];
    for (const call of calls) {
      const { isError, content, structuredContent } = await client.callTool(call);
      expect(isError, JSON.stringify(content)).toBeFalsy();
      expect(structuredContent).toBeDefined();
    }
    const { resources } = await client.listResources();
    expect(resources.map(({ uri }) => uri)).toContain("headgate://models/market-impact");
    const { contents } = await client.readResource({ uri: "headgate://models/market-impact" });
    expect(contents).toHaveLength(1);
    expect((await client.listPrompts()).prompts).toEqual([]);
    await client.close();
  });

  it("waits for a stream's next event, and misses none after its cursor", async () => {
    await silentStream(`waited-${mode}`);
    const client = await mcpClient(mode);
    const args = { stream: `waited-${mode}` };
    const state = await client.callTool({ name: "get_regime", arguments: args });
    const { cursor } = state.structuredContent as { cursor: string };
    const { structuredContent } = await client.callTool({
      name: "wait_for_regime_change",
      arguments: { ...args, cursor, timeout_s: 15 },
    });
    expect(structuredContent).toMatchObject({
      ended: "events",
      events: [{ data: { kind: "feed_silent", stream: args.stream } }],
    });
    await client.close();
  });

  it("leaves no call behind when it ends one that waits", async () => {
    const waits = vi.spyOn(EventWaits.prototype, "wait");
    const stream = `left-${mode}`;
    await post("open", { stream, detector: "bocpd" });
    const client = await mcpClient(mode);
    const leaving = new AbortController();
    const call = client.callTool(
      { name: "wait_for_regime_change", arguments: { stream, timeout_s: 60 } },
      { signal: leaving.signal },
    );
    const ended = expect(call).rejects.toThrow();
    const all = () => waits.mock.contexts.find((each): each is EventWaits => each instanceof EventWaits);
    await vi.waitFor(() => expect(all()?.count).toBe(1), 5_000);
    leaving.abort();
    await ended;
    await client.close();
    await vi.waitFor(() => expect(all()?.count).toBe(0), 5_000);
    waits.mockRestore();
  });
});

describe("docs/mcp.md", () => {
  it("has a configuration of hosts that is JSON, and calls of tools that are answered", async () => {
    const [host, ...calls] = blocks("json").map((text) => JSON.parse(text));
    expect(host.mcpServers.headgate.url).toBe(`${gateway.http}/mcp`);
    expect(calls).toHaveLength(2);
    const client = await mcpClient("auto");
    for (const call of calls) {
      const { isError, content } = await client.callTool(call);
      expect(isError, JSON.stringify(content)).toBeFalsy();
    }
    await client.close();
  });

  it("has a command that lists the tools", async () => {
    const [command = ""] = blocks("sh");
    const { stdout } = await run("bash", ["-c", command], { timeout: 10_000 });
    expect(stdout).toContain('"name":"wait_for_regime_change"');
  });

  it("has a program that runs", async () => {
    const [code = ""] = blocks("ts");
    const path = join(folder, "program.mjs");
    writeFileSync(path, (await transform(code, { loader: "ts" })).code);
    const { stdout, stderr } = await run(process.execPath, [path], { timeout: 15_000 });
    expect(stderr).toBe("");
    expect(stdout).toContain("impact_bps");
  });

  it("tells of every tool, with the scope that it needs", () => {
    const rows = [...page.matchAll(/^\| `(\w+)` \| (any|`[\w:]+`) \|/gm)].map(([, name]) => name);
    expect(rows).toEqual([...tools.keys()]);
  });
});

describe("the example", () => {
  it("asks a model, and tells of the stream's next event", async () => {
    await silentStream("example");
    const program = join(root, "dist/examples/mcp/main.js");
    const args = [program, "--url", `${gateway.http}/mcp`, "--stream", "example"];
    const { stdout } = await run(process.execPath, args, { timeout: 18_000 });
    expect(stdout).toContain("market-impact");
    expect(stdout).toContain("impact_bps");
    expect(stdout).toContain("example: feed_silent");
  });
});
