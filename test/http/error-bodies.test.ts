/** Every refusal of every route has one form, over real connections: the routes are those of /openapi.json, and more. */
import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { refusalBody } from "../../gateway/faces/http/openapi/operation.js";
import { startGateway, type TestGateway } from "../support/gateway.js";
import { keptLog } from "../support/kept-log.js";
import { RawPeer } from "../support/raw-peer.js";

const keyOf = (token: string) => createHash("sha256").update(token).digest("hex");

interface Route {
  readonly method: string;
  readonly path: string;
  readonly isOpen: boolean;
  readonly needsScope: boolean;
}

let gateway: TestGateway;
let routes: readonly Route[];
/** The port of an exposition at an address of its own. */
let apart: TestGateway;
let metricsPort: number;

/** What stands in the place of a name in a path. */
const named = { model: "market-impact", version: "1", job: "0m4k", schedule: "nightly" };

beforeAll(async () => {
  const keys = [
    { sha256: keyOf("good"), tenant: "desk" },
    { sha256: keyOf("weak"), tenant: "desk", scopes: [] },
  ];
  gateway = await startGateway({ auth: { keys } });
  const lines: Record<string, unknown>[] = [];
  apart = await startGateway({ auth: { keys }, metrics: { port: 0 } }, { log: keptLog(lines) });
  metricsPort = Number(lines.find(({ msg }) => msg === "metrics listening")?.["port"]);
  const answer = await fetch(`${gateway.http}/openapi.json`, { headers: { authorization: "Bearer good" } });
  const { paths } = (await answer.json()) as {
    paths: Record<string, Record<string, { security: unknown[]; description?: string }>>;
  };
  routes = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { security, description }]) => ({
      method: method.toUpperCase(),
      path: path.replace(/\{(\w+)\}/g, (_match, name: keyof typeof named) => named[name]),
      isOpen: security.length === 0,
      needsScope: description !== undefined,
    })),
  );
}, 60_000);

afterAll(async () => {
  await gateway?.stop();
  await apart?.stop();
});

async function ask(
  method: string,
  path: string,
  {
    headers = [],
    host = ["localhost"],
    framing = ["Content-Length: 0"],
    version = "1.1",
    port = gateway.port,
  }: RequestParts = {},
) {
  const hosts = host.map((each) => `Host: ${each}\r\n`).join("");
  const others = ["Connection: close", ...framing, ...headers].join("\r\n");
  const peer = await RawPeer.open(port, `${method} ${path} HTTP/${version}\r\n${hosts}${others}\r\n\r\n`);
  const status = await peer.status();
  await peer.end;
  peer.destroy();
  const [head = "", body = ""] = peer.text.split("\r\n\r\n");
  const contentType = /^content-type: (.*)$/im.exec(head)?.[1];
  return { status, head, body, contentType, what: `${method} ${path}: ${peer.text}` };
}

interface RequestParts {
  readonly headers?: readonly string[];
  readonly host?: readonly string[];
  /** The headers that tell where the body ends. */
  readonly framing?: readonly string[];
  readonly version?: string;
  readonly port?: number;
}

/** The refusal, which must have the one form. */
async function refusal(...request: Parameters<typeof ask>) {
  const { status, body, contentType, what, head } = await ask(...request);
  expect(contentType, what).toBe("application/json");
  const parsed = refusalBody.safeParse(JSON.parse(body));
  expect(parsed.success, what).toBe(true);
  return { status, code: parsed.data?.code, error: parsed.data?.error, what, head };
}

describe("a refusal has `error` as text, the code, and whether to try again, on every route:", () => {
  it("401 without a credential", async () => {
    const closed = routes.filter(({ isOpen }) => !isOpen);
    expect(closed.length).toBeGreaterThan(15);
    for (const { method, path } of closed) {
      const found = await refusal(method, path, { headers: ["Authorization: Bearer bad"] });
      expect([found.status, found.code], found.what).toEqual([401, "unauthenticated"]);
      expect(found.head.toLowerCase()).toContain("www-authenticate: bearer");
    }
  });

  it("403 without the scope", async () => {
    const scoped = routes.filter(({ needsScope }) => needsScope);
    expect(scoped.length).toBeGreaterThan(10);
    for (const { method, path } of scoped) {
      const query = path === "/v1/events" ? "?topic=regime.SPX" : "";
      const state = path === "/v1/streams/state" ? "?stream=SPX" : "";
      const found = await refusal(method, `${path}${query}${state}`, {
        headers: ["Authorization: Bearer weak"],
      });
      expect([found.status, found.code], found.what).toEqual([403, "permission_denied"]);
      expect(found.error).toContain("scope");
    }
  });

  it("405 of another method", async () => {
    for (const { path } of [...routes, { path: "/mcp" }]) {
      const found = await refusal("PUT", path);
      expect([found.status, found.code], found.what).toEqual([405, "unimplemented"]);
      expect(found.head).toMatch(/^allow: (GET|POST)/im);
    }
  });

  it("403 of an unknown Host or a foreign Origin", async () => {
    for (const { method, path, isOpen } of [...routes, { method: "POST", path: "/mcp", isOpen: false }]) {
      if (isOpen && path !== "/v1") continue; // load balancers check health under a Host of their own
      for (const parts of [{ host: ["evil.example"] }, { headers: ["Origin: https://evil.example"] }]) {
        const found = await refusal(method, path, parts);
        expect([found.status, found.code], found.what).toEqual([403, "permission_denied"]);
      }
    }
  });

  it.each([
    ["two Host lines", { host: ["localhost", "localhost"] }, ""],
    ["two Host lines, the second foreign", { host: ["localhost", "evil.example"] }, ""],
    [
      "two Authorization lines",
      { headers: ["Authorization: Bearer good", "Authorization: Bearer weak"] },
      "",
    ],
    ["two Origin lines", { headers: ["Origin: http://localhost", "Origin: http://localhost"] }, ""],
    ["the URI of another host", {}, "http://evil.example"],
    ["the URI of another port", {}, "http://localhost:1"],
    ["a URI with a user", {}, "http://localhost@evil.example"],
    ["a transfer coding beside chunks", { framing: ["Transfer-Encoding: gzip, chunked"] }, ""],
    ["chunks in HTTP/1.0", { framing: ["Transfer-Encoding: chunked"], version: "1.0" }, ""],
  ])("400 of %s", async (_, parts, prefix) => {
    for (const { method, path } of [...routes, { method: "POST", path: "/mcp" }]) {
      const found = await refusal(method, `${prefix}${path}`, parts);
      expect([found.status, found.code], found.what).toEqual([400, "invalid_argument"]);
      expect(found.error).toMatch(/^(Host|Authorization|Origin|Transfer-Encoding|the request's target): /);
    }
  });

  it.each([
    ["404 of an unknown path", "/v1/models", 404, "not_found"],
    ["400 of a path with a backslash", "/v2\\models", 400, "invalid_argument"],
    ["426 of /v1 without an upgrade", "/v1", 426, "failed_precondition"],
  ])("%s", async (_, path, status, code) => {
    const found = await refusal("GET", path);
    expect([found.status, found.code], found.what).toEqual([status, code]);
  });

  it("and at the metrics' own address", async () => {
    const port = metricsPort;
    const of = async (...[method, path, parts]: Parameters<typeof ask>) => {
      const { status, code } = await refusal(method, path, { ...parts, port });
      return [status, code];
    };
    expect(await of("GET", "/v1")).toEqual([404, "not_found"]);
    expect(await of("PUT", "/metrics")).toEqual([405, "unimplemented"]);
    expect(await of("GET", "/metrics")).toEqual([401, "unauthenticated"]);
    expect(await of("GET", "/metrics", { host: ["evil.example"] })).toEqual([403, "permission_denied"]);
    const headers = ["Authorization: Bearer weak"];
    expect(await of("GET", "/metrics", { headers })).toEqual([403, "permission_denied"]);
  });

  it("of MCP, whose clients read JSON-RPC, in its `data`", async () => {
    const { status, contentType, body } = await ask("POST", "/mcp", {
      headers: ["Authorization: Bearer bad"],
    });
    expect([status, contentType]).toEqual([401, "application/json"]);
    expect(JSON.parse(body)).toMatchObject({
      error: { data: { code: "unauthenticated", retryable: false } },
    });
  });
});

it("an absolute URI of the request's own Host is answered as its path is", async () => {
  const { status } = await ask("GET", "http://localhost/v2/health/live");
  expect(status).toBe(200);
  const headers = ["Authorization: Bearer good"];
  expect((await ask("GET", "http://LOCALHOST/v2", { headers })).status).toBe(200);
});

it("an upgrade with two Host lines is refused before its Host is looked at", async () => {
  const headers = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"];
  const key = "Sec-WebSocket-Key: MDEyMzQ1Njc4OTAxMjM0NQ==";
  const asked = { headers: [...headers, key], host: ["localhost", "localhost"] };
  const { status, body } = await ask("GET", "/v1", asked);
  expect(status).toBe(400);
  expect(body).toContain("Host: must be one line");
});
