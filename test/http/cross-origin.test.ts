/** What a page of another origin may read, over real connections: a browser decides it by these headers alone. */
import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startGateway, type TestGateway } from "../support/gateway.js";
import { RawPeer } from "../support/raw-peer.js";

const sha256 = createHash("sha256").update("good").digest("hex");
const desk = "https://desk.example";

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway({ auth: { keys: [{ sha256, tenant: "desk" }], allowed_origins: [desk] } });
}, 60_000);
afterAll(() => gateway.stop());

/** The status and the headers whose names begin with `access-control-`, and `vary`. */
async function ask(method: string, path: string, lines: readonly string[]) {
  const head = [`${method} ${path} HTTP/1.1`, "Host: localhost", "Content-Length: 0", ...lines].join("\r\n");
  const peer = await RawPeer.open(gateway.port, `${head}\r\n\r\n`);
  const status = await peer.status();
  await peer.until(() => peer.text.includes("\r\n\r\n") || undefined);
  peer.destroy();
  const headers = [...peer.text.matchAll(/^(access-control-[\w-]+|vary): (.*?)\r$/gim)];
  return {
    status,
    headers: Object.fromEntries(headers.map(([, name = "", value]) => [name.toLowerCase(), value])),
  };
}

const origin = `Origin: ${desk}`;
const bearer = "Authorization: Bearer good";
const shared = {
  "access-control-allow-origin": desk,
  vary: "Origin",
  "access-control-expose-headers": "Inference-Header-Content-Length, Retry-After, WWW-Authenticate, Allow",
};

it.each([
  ["GET", "/v2/health/live", 200],
  ["GET", "/v2", 200],
  ["GET", "/v2", 401, "Authorization: Bearer bad"],
  ["GET", "/v2/models/nothing", 404],
  ["GET", "/nowhere", 404],
  ["PUT", "/v2", 405],
  ["OPTIONS", "/v2", 405],
  ["POST", "/v2/models/pca/infer", 400],
  ["GET", "/v1/events?topic=regime.*", 200],
  ["GET", "/v1/streams/state?stream=SPX", 404],
  ["POST", "/v1/streams/open", 400],
  ["GET", "/openapi.json", 200],
  ["POST", "/mcp", 400],
])(
  "%s %s (%i) can be read by a page of the allow-list",
  async (method, path, status, credential = bearer) => {
    expect(await ask(method, path, [origin, credential])).toEqual({ status, headers: shared });
  },
);

it("a preflight is answered without a credential, for every path", async () => {
  for (const path of ["/v1/events", "/v2/models/pca/infer", "/v1/streams/observe", "/mcp"]) {
    const { status, headers } = await ask("OPTIONS", path, [
      origin,
      "Access-Control-Request-Method: POST",
      "Access-Control-Request-Headers: authorization, inference-header-content-length",
    ]);
    expect([status, headers]).toEqual([
      204,
      {
        "access-control-allow-origin": desk,
        vary: "Origin",
        "access-control-allow-methods": "GET, HEAD, POST",
        "access-control-allow-headers": expect.stringMatching(
          /^Authorization, .*Inference-Header-Content-Length, Last-Event-ID/,
        ),
        "access-control-max-age": "600",
      },
    ]);
  }
});

it.each([
  ["no Origin", [], 200],
  ["the gateway's own Origin", ["Origin: http://localhost"], 200],
  ["another Origin", ["Origin: https://evil.example"], 403],
  ["an Origin that only begins as an allowed one", [`${origin}.evil.example`], 403],
  ["the Origin null", ["Origin: null"], 403],
  ["another Origin's preflight", ["Origin: https://evil.example", "Access-Control-Request-Method: GET"], 403],
])("%s gets none of these headers, and never a *", async (_, lines, status) => {
  expect(await ask("GET", "/v2", [...lines, bearer])).toEqual({ status, headers: {} });
});
