/** Server-sent events over real connections: their places, quotas, many readers, and drain. */
import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { startGateway } from "../../support/gateway.js";
import { RawPeer } from "../../support/raw-peer.js";
import { until } from "../../support/until.js";

const sha256 = createHash("sha256").update("good").digest("hex");
const ask = "GET /v1/events?topic=regime.* HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer good\r\n\r\n";

async function started(overrides: Record<string, unknown> = {}) {
  const gateway = await startGateway({ auth: { keys: [{ sha256, tenant: "desk" }] }, ...overrides });
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
  const reader = async () => {
    const opened = await peer(ask);
    await opened.until(() => opened.text.includes("retry: ") || undefined);
    return opened;
  };
  const closes = async (stream: string) => {
    expect((await post("open", { stream, detector: "gaussian_hmm" })).status).toBe(200);
    expect((await post("close", { stream })).status).toBe(200);
  };
  return { gateway, peer, reader, closes };
}

it("a reader is not displaced by connections that ask for nothing, and readers have at most half of the places", async () => {
  const { peer, reader, closes } = await started({ limits: { http_connections: 4 } });
  const readers = [await reader(), await reader()];
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

it("a reader counts as a connection of its tenant", async () => {
  const { peer, reader } = await started({ quotas: { connections: 1 } });
  const first = await reader();
  const second = await peer(ask);
  expect(await second.status()).toBe(429);
  first.destroy();
  await until(async () => {
    const again = await peer(ask);
    expect(await again.status()).toBe(200);
  });
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
