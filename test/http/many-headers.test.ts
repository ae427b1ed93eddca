/** What a request says behind more than a thousand headers counts as what it says before them. */
import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startGateway, type TestGateway } from "../support/gateway.js";
import { RawPeer } from "../support/raw-peer.js";

const sha256 = createHash("sha256").update("good").digest("hex");
const messageBytes = 1_024;
const paths = ["/v2/models/pca/infer", "/v2/models/p%63a/infer", "/v1/streams/open", "/mcp"];

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startGateway({
    auth: { keys: [{ sha256, tenant: "desk" }] },
    limits: { message_bytes: messageBytes },
  });
}, 60_000);

afterAll(() => gateway?.stop());

/** Node keeps 1,000 headers, unless it is told otherwise. */
const filling = Array.from({ length: 1_100 }, (_, i) => `a${i.toString(36)}:\r\n`).join("");

async function ask(path: string, last: readonly string[], body = "", method = "POST") {
  const first = `${method} ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n`;
  const peer = await RawPeer.open(gateway.port, `${first}${filling}${last.join("\r\n")}\r\n\r\n${body}`);
  const status = await peer.status();
  await peer.end;
  peer.destroy();
  return { status, text: peer.text };
}

const credential = "Authorization: Bearer good";

it("the credential is found", async () => {
  expect((await ask("/v2", [credential], "", "GET")).status).toBe(200);
});

it.each(paths)("a foreign Origin and a second Host are refused at %s", async (path) => {
  const length = "Content-Length: 0";
  expect((await ask(path, [credential, length, "Origin: https://evil.example"])).status).toBe(403);
  expect((await ask(path, [credential, length, "Host: evil.example"])).status).toBe(400);
});

it("an upgrade with a foreign Origin is refused", async () => {
  const upgrade = [
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: MDEyMzQ1Njc4OTAxMjM0NQ==",
  ];
  const asked = ["Connection: Upgrade", ...upgrade, credential, "Origin: https://evil.example"];
  expect((await ask("/v1", asked, "", "GET")).status).toBe(403);
});

it.each(paths)("the length of the body is limited at %s", async (path) => {
  const length = 10_000_000;
  const { status, text } = await ask(path, [credential, `Content-Length: ${length}`], "{");
  expect(status, text).toBe(413);
});
