/** Server-sent events over real connections: their places, quotas, many readers, and drain. */
import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { startGateway } from "../../support/gateway.js";
import { RawPeer } from "../../support/raw-peer.js";
import { until } from "../../support/until.js";

const sha256 = (token: string) => createHash("sha256").update(token).digest("hex");
const keys = [
  { sha256: sha256("good"), tenant: "desk", namespace: "shared" },
  { sha256: sha256("others"), tenant: "fund", namespace: "shared" },
];
const askAs = (token: string) =>
  `GET /v1/events?topic=regime.* HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n\r\n`;
const ask = askAs("good");

async function started(overrides: Record<string, unknown> = {}) {
  const gateway = await startGateway({ auth: { keys }, ...overrides });
  onTestFinished(() => gateway.stop());
  const post = (path: string, body: object) =>
    fetch(`${gateway.http}/v1/streams/${path}`, {
      method: "POST",
      headers: { authorization: "Bearer good" },
      body: JSON.stringify(body),
    });
  const peer = async (text: string) => {
    const opened = await RawPeer.open(gateway.port, text);
    onTestFinished(() => opened.destroy());
    return opened;
  };
  const reader = async (text = ask) => {
    const opened = await peer(text);
    await opened.until(() => opened.text.includes("retry: ") || undefined);
    return opened;
  };
  /** Asks until the gateway has noticed that an earlier connection ended. */
  const succeeds = (text: string) =>
    until(async () => {
      const again = await peer(text);
      const status = await again.status();
      if (status !== 200) again.destroy();
      expect(status).toBe(200);
    });
  const closes = async (stream: string) => {
    expect((await post("open", { stream, detector: "gaussian_hmm" })).status).toBe(200);
    expect((await post("close", { stream })).status).toBe(200);
  };
  return { gateway, peer, reader, succeeds, closes };
}

it("a reader is not displaced by connections that ask for nothing, and readers have at most half of the places", async () => {
  const { peer, reader, closes } = await started({ limits: { http_connections: 4 } });
  const readers = [await reader(), await reader(askAs("others"))];
  const third = await peer(ask);
  expect(await third.status()).toBe(429);
  third.destroy();
  await sleep(1_100); // a newcomer displaces the oldest after a second
  for (let i = 0; i < 6; i++) {
    await peer("");
    await sleep(300);
  }
  await until(() => closes("SPX"));
  for (const each of readers) await each.until(() => each.text.includes("stream_closed") || undefined);
});

it("one tenant's readers leave places to another's, and their refusal says what to do", async () => {
  const { peer, reader, succeeds } = await started({ limits: { http_connections: 8 } });
  const refused = async (token: string) => {
    const opened = await peer(askAs(token));
    expect(await opened.status()).toBe(429);
    const body = await opened.until(() => /\{.*\}/.exec(opened.text)?.[0]);
    opened.destroy();
    expect(opened.text).toMatch(/\r\nretry-after: 5\r\n/i);
    return JSON.parse(body);
  };
  for (let i = 0; i < 3; i++) await reader();
  expect(await refused("good")).toMatchObject({
    code: "resource_exhausted",
    retryable: true,
    retry_after_ms: 5_000,
    error: expect.stringMatching(
      /keep 3 connections of this tenant already, its share of the 4 .*: end some of them, .*or subscribe over the WebSocket$/,
    ),
  });
  const other = await reader(askAs("others"));
  expect((await refused("others")).error).toContain("have half of limits.http_connections already");
  other.destroy();
  await succeeds(askAs("others"));
});

it("readers of a gateway without credentials have three quarters of these places", async () => {
  const { peer, reader, succeeds } = await started({ auth: {}, limits: { http_connections: 8 } });
  const anybody = "GET /v1/events?topic=regime.* HTTP/1.1\r\nHost: localhost\r\n\r\n";
  const readers = [await reader(anybody), await reader(anybody), await reader(anybody)];
  const fourth = await peer(anybody);
  expect(await fourth.status()).toBe(429);
  await fourth.until(() => /its share of the 4 /.exec(fourth.text));
  readers[0]?.destroy();
  await succeeds(anybody);
});

it("a reader counts as a connection of its tenant", async () => {
  const { peer, reader, succeeds } = await started({ quotas: { connections: 1 } });
  const first = await reader();
  const second = await peer(ask);
  expect(await second.status()).toBe(429);
  first.destroy();
  await succeeds(ask);
});

it("200 readers all read an event, and a stop ends them all", async () => {
  const { gateway, reader, closes } = await started();
  const readers = await Promise.all(Array.from({ length: 200 }, reader));
  await closes("SPX");
  for (const each of readers) await each.until(() => each.text.includes("stream_closed") || undefined);
  await gateway.stop();
  for (const each of readers) {
    await each.end;
    expect(each.text).toContain("event: end");
  }
});
