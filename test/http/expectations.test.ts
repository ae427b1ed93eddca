/** What a request expects beside `100-continue` is refused as any other field: with a body that names it. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { startGateway, type TestGateway } from "../support/gateway.js";
import { RawPeer } from "../support/raw-peer.js";

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startGateway();
}, 60_000);

afterAll(() => gateway?.stop());

async function ask(...headers: readonly string[]) {
  const first = ["GET /v2 HTTP/1.1", "Connection: close", ...headers].join("\r\n");
  const peer = await RawPeer.open(gateway.port, `${first}\r\n\r\n`);
  const status = await peer.status();
  await peer.end;
  peer.destroy();
  return { status, text: peer.text };
}

it.each(["foo", "100"])("Expect: %s is refused", async (expectation) => {
  const { status, text } = await ask("Host: localhost", `Expect: ${expectation}`);
  expect(status).toBe(417);
  expect(JSON.parse(text.slice(text.indexOf("{")))).toMatchObject({
    error: "Expect: only 100-continue is known",
    code: "invalid_argument",
    retryable: false,
  });
});

it("a foreign Origin and a missing Host are refused first", async () => {
  expect((await ask("Host: localhost", "Expect: foo", "Origin: https://evil.example")).status).toBe(403);
  expect((await ask("Expect: foo")).status).toBe(400);
});

it.each(["100-continue", "100-Continue"])("Expect: %s is answered", async (expectation) => {
  expect((await ask("Host: localhost", `Expect: ${expectation}`)).text).toContain("headgate");
});
