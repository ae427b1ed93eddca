/** What the route alone decides is decided before a byte of the body is read: the bodies of these requests never come. */
import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { startGateway, type TestGateway } from "../support/gateway.js";
import { RawPeer } from "../support/raw-peer.js";
import { until } from "../support/until.js";

const keyOf = (token: string) => createHash("sha256").update(token).digest("hex");

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startGateway({
    auth: {
      keys: [
        { sha256: keyOf("weak"), tenant: "weak", scopes: ["streams:read"] },
        { sha256: keyOf("models"), tenant: "models", scopes: ["models:infer"] },
        { sha256: keyOf("slow"), tenant: "slow" },
        { sha256: keyOf("other"), tenant: "other" },
      ],
    },
    limits: { http_body_bytes: 1_048_576 },
  });
}, 60_000);
afterAll(() => gateway.stop());

/** A request that announces a body of which one byte comes. */
async function announce(path: string, token: string, bytes = 500_000) {
  const lines = ["Host: localhost", `Authorization: Bearer ${token}`, `Content-Length: ${bytes}`];
  const peer = await RawPeer.open(gateway.port, `POST ${path} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n{`);
  onTestFinished(() => peer.destroy());
  return peer;
}

it.each([
  ["/v2/models/market-impact/infer", "weak", 403, "models:infer"],
  ["/v2/models/pca/infer", "weak", 403, "fits:run"],
  ["/v2/models/pca/infer", "models", 403, "fits:run"],
  ["/v2/models/pca/versions/1/infer", "models", 403, "fits:run"],
  ["/v2/models/nothing/infer", "models", 404, "Request for unknown model"],
  ["/v2/models/market-impact/versions/99/infer", "models", 404, "Request for unknown model"],
  ["/v2/repository/models/market-impact/load", "models", 403, "models:admin"],
  ["/v2/repository/models/market-impact/unload", "models", 403, "models:admin"],
  ["/v1/streams/open", "weak", 403, "streams:write"],
  ["/v1/streams/observe", "weak", 403, "streams:write"],
  ["/v1/streams/close", "weak", 403, "streams:write"],
])("%s with the token %s is answered %i: %s", async (path, token, status, words) => {
  const peer = await announce(path, token);
  expect(await peer.status()).toBe(status);
  await peer.until(() => peer.text.includes(words) || undefined);
});

it("slow uploads of one tenant leave room for another's request", async () => {
  // A body of unknown length takes its place as it comes; each of these is sent but for its end.
  const lines = ["Host: localhost", "Authorization: Bearer slow", "Transfer-Encoding: chunked"];
  const head = `POST /v2/models/market-impact/infer HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`;
  const chunk = `${(100_000).toString(16)}\r\n${" ".repeat(100_000)}\r\n`;
  const peers: RawPeer[] = [];
  await until(async () => {
    const peer = await RawPeer.open(gateway.port, head + chunk);
    onTestFinished(() => peer.destroy());
    peers.push(peer);
    expect(peers.some(({ text }) => text.includes("429"))).toBe(true);
  });
  expect(peers.find(({ text }) => text.includes("429"))?.text).toContain("this tenant's HTTP bodies");
  const X = { name: "X", datatype: "FP32", shape: [1, 16], data: new Array(16).fill(0) };
  const answer = await fetch(`${gateway.http}/v2/models/market-impact/infer`, {
    method: "POST",
    headers: { authorization: "Bearer other" },
    body: JSON.stringify({ inputs: [X] }),
  });
  expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining("impact_bps")]);
});
