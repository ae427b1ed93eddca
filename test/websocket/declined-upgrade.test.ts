/** Requests that ask for another protocol than WebSocket, as Java's HttpClient does: they are answered as others are. */
import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startGateway, type TestGateway } from "../support/gateway.js";
import { RawPeer } from "../support/raw-peer.js";

const sha256 = createHash("sha256").update("good").digest("hex");
let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startGateway({ auth: { keys: [{ sha256, tenant: "desk" }] } });
}, 60_000);

afterAll(() => gateway?.stop());

const body = JSON.stringify({
  inputs: [{ name: "X", datatype: "FP64", shape: [3, 2], data: [1, 2, 2, 1, 3, 5] }],
  parameters: { n_components: 1 },
});

const asksForHttp2 = [
  "Connection: Upgrade, HTTP2-Settings",
  "Upgrade: h2c",
  "HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA",
];

const header = (line: string, others: readonly string[], host = "localhost") =>
  [`${line} HTTP/1.1`, `Host: ${host}`, "Authorization: Bearer good", ...others, "\r\n"].join("\r\n");

const infer = (others: readonly string[]) => header("POST /v2/models/pca/infer", others);
const length = `Content-Length: ${body.length}`;

async function answersOf(parts: readonly string[], count = 1) {
  const peer = await RawPeer.open(gateway.port);
  for (const part of parts) {
    peer.write(part);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const found = await peer.until(() => {
    const statuses = [...peer.text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
    return statuses.length >= count ? statuses : undefined;
  });
  peer.destroy();
  return found;
}

it.each([
  ["with its body", [infer([...asksForHttp2, length]) + body]],
  ["with its body behind it", [infer([...asksForHttp2, length]), body.slice(0, 9), body.slice(9)]],
  [
    "with its body in chunks",
    [
      infer([...asksForHttp2, "Transfer-Encoding: chunked"]),
      `${body.length.toString(16)}\r\n`,
      `${body}\r\n0\r\n\r\n`,
    ],
  ],
  ["of another protocol", [infer(["Connection: Upgrade", "Upgrade: TLS/1.0", length]) + body]],
])("a request that asks for HTTP/2 is answered, %s", async (_, parts) => {
  expect(await answersOf(parts)).toEqual([200]);
});

it("its connection is used again, and asked for HTTP/2 again", async () => {
  const request = infer([...asksForHttp2, length]) + body;
  const peer = await RawPeer.open(gateway.port);
  for (let i = 1; i <= 12; i++) {
    peer.write(i % 3 === 0 ? infer([length]) + body : request);
    await peer.until(() => (peer.text.match(/HTTP\/1\.1 200 /g) ?? []).length >= i || undefined);
  }
  peer.destroy();
});

it("the rules of every request hold for it", async () => {
  expect(await answersOf([header("GET /v2", asksForHttp2, "evil.example")])).toEqual([403]);
  expect(await answersOf([header("GET /v2", [...asksForHttp2, "Origin: https://evil.example"])])).toEqual([
    403,
  ]);
  expect(await answersOf([header("GET /v2", [...asksForHttp2, "Host: localhost"])])).toEqual([400]);
  expect(await answersOf([header("GET /nowhere", asksForHttp2)])).toEqual([404]);
  expect(await answersOf([header("GET /v1", asksForHttp2)])).toEqual([426]);
});
