/** What happens at a running gateway while a token's key is looked up: the answer about the token comes late. */
import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { startGateway, type TestGateway } from "../../support/gateway.js";
import { TestIssuer } from "../../support/issuer.js";
import { JwksEndpoint } from "../../support/jwks-endpoint.js";
import { offered, RawPeer, rawFrame, upgradeRequest } from "../../support/raw-peer.js";
import { BareSocket } from "../../support/socket.js";
import { until } from "../../support/until.js";
import { WrittenLog } from "../../support/written-log.js";

const name = "https://idp.example";
let noModels: string;
let old: TestIssuer;
let rotated: TestIssuer;
let endpoint: JwksEndpoint;
let running: TestGateway;
let log: WrittenLog;

const nowInSeconds = () => Math.floor(Date.now() / 1_000);

const soon = (issuer: TestIssuer, sub = "agent-1") =>
  issuer.token({ iat: nowInSeconds(), exp: nowInSeconds() + 3_600, sub });

beforeAll(async () => {
  noModels = await mkdtemp(join(tmpdir(), "headgate-no-models-"));
  old = await TestIssuer.create(name, "key-1", "ES256", 0);
  rotated = await TestIssuer.create(name, "key-2", "ES256", 1);
});

afterAll(() => rm(noModels, { recursive: true }));

/** The gateway knows the old key; the issuer has a new one and does not answer when it is asked for it. */
beforeEach(async () => {
  endpoint = await JwksEndpoint.open(old.keySet);
  const settings = { issuer: name, audience: "headgate", jwks_uri: endpoint.uri };
  log = new WrittenLog();
  running = await startGateway(
    {
      // Without models the gateway starts in a tenth of the time.
      models: noModels,
      auth: { issuers: [settings] },
      heartbeat: { hello_ms: 2_000 },
      metrics: { sha256: createHash("sha256").update("scraper").digest("hex") },
    },
    { log: log.log },
  );
  endpoint.keySet = rotated.keySet;
  endpoint.holding = true;
}, 60_000);

afterEach(async () => {
  endpoint.close();
  await running.stop();
}, 30_000);

/** Settles when the gateway has asked for the key that it does not know. */
const asked = () => until(async () => expect(endpoint.asked).toBe(2));

/** Settles when the gateway has this many connections, with an accepted token or without. */
const connections = (count: number) =>
  until(async () => {
    const response = await fetch(`${running.http}/metrics`, { headers: { authorization: "Bearer scraper" } });
    const text = await response.text();
    expect(text).toMatch(new RegExp(`^headgate_connections ${count}$`, "m"));
  });

it("frames behind hello wait for it, and are carried out in their order", async () => {
  const socket = await BareSocket.open(running.url, { hello: false });
  socket.send({ type: "hello", token: await soon(rotated) }, { type: "describe", id: 1 });
  for (let id = 2; id <= 20; id++) socket.send({ type: "describe", id });
  await asked();
  expect(socket.frames).toEqual([]);
  endpoint.release();
  await socket.answer(20);
  expect(socket.frames[0]).toMatchObject({ type: "welcome" });
  expect(socket.frames.slice(1).map((frame) => "id" in frame && frame.id)).toEqual(
    Array.from({ length: 20 }, (_, i) => i + 1),
  );
  await socket.close();
});

it("a client that sends megabytes behind its hello is not read any further than the limit", async () => {
  const socket = await BareSocket.open(running.url, { hello: false });
  socket.send({ type: "hello", token: await soon(rotated) });
  await asked();
  for (let i = 0; i < 64; i++) socket.raw(Buffer.alloc(1024 * 1024));
  const { code } = await Promise.race([socket.closed, timeout(1_500)]);
  // Either it was refused, or it was not read: most of its bytes are still here.
  if (code !== 4401) expect(socket.socket.bufferedAmount).toBeGreaterThan(32 * 1024 * 1024);
  socket.socket.terminate();
  endpoint.release();
});

it("clients that leave meanwhile leave nothing behind", async () => {
  const token = await soon(rotated);
  const sockets = await Promise.all(
    Array.from({ length: 20 }, () => BareSocket.open(running.url, { hello: false })),
  );
  for (const socket of sockets) socket.send({ type: "hello", token }, { type: "describe", id: 1 });
  const peers = await Promise.all(
    Array.from({ length: 20 }, () =>
      RawPeer.open(running.port, upgradeRequest([offered, `Authorization: Bearer ${token}`])),
    ),
  );
  await asked();
  for (const [i, socket] of sockets.entries())
    i % 2 === 0 ? socket.socket.terminate() : socket.socket.close();
  for (const [i, peer] of peers.entries()) i % 2 === 0 ? peer.destroy() : peer.reset();
  endpoint.release();
  const late = await BareSocket.open(running.url, { hello: false });
  late.send({ type: "hello", token });
  await late.next(({ type }) => type === "welcome");
  await connections(1);
  await late.close();
  expect(log.lines.filter(({ level }) => level === "error" || level === "fatal")).toEqual([]);
});

it("an upgrade waits, and so do the frames that the client sent with it", async () => {
  const token = await soon(rotated);
  const hello = rawFrame(Buffer.from([0x81, 0xa4, ...Buffer.from("type"), 0xa5, ...Buffer.from("hello")]));
  const request = Buffer.from(upgradeRequest([offered, `Authorization: Bearer ${token}`]), "latin1");
  const peer = await RawPeer.open(running.port, Buffer.concat([request, hello]));
  await asked();
  expect(peer.text).toBe("");
  endpoint.release();
  expect(await peer.status()).toBe(101);
  await peer.until(() => peer.text.includes("welcome") || undefined);
  peer.destroy();
});

it("a hello whose token is not decided within hello_ms is timed out", async () => {
  const socket = await BareSocket.open(running.url, { hello: false });
  socket.send({ type: "hello", token: await soon(rotated) });
  await asked();
  expect((await socket.closed).code).toBe(4408);
  endpoint.release();
  await connections(0);
});

it("of two renewals the one that was sent last holds, although the answer about the first comes later", async () => {
  const brief = await old.token({ iat: nowInSeconds(), exp: nowInSeconds() + 3_600 });
  const socket = await BareSocket.open(running.url, { headers: { authorization: `Bearer ${brief}` } });
  const lasting = await old.token({ iat: nowInSeconds(), exp: nowInSeconds() + 7_200 });
  socket.send(
    { type: "refresh", id: 1, token: await soon(rotated) },
    { type: "refresh", id: 2, token: lasting },
  );
  await asked();
  endpoint.release();
  const leftMs = async (id: number) => {
    const frame = await socket.answer(id);
    return "expires_in_ms" in frame ? frame.expires_in_ms : frame;
  };
  expect(await leftMs(1)).toBeLessThan(3_700_000);
  expect(await leftMs(2)).toBeGreaterThan(7_000_000);
  const acks = socket.frames.filter((frame) => "id" in frame).map((frame) => "id" in frame && frame.id);
  expect(acks).toEqual([1, 2]);
  await socket.close();
});

it("a gateway that stops meanwhile does not wait for the issuer", async () => {
  const token = await soon(rotated);
  const socket = await BareSocket.open(running.url, { hello: false });
  socket.send({ type: "hello", token });
  const peer = await RawPeer.open(
    running.port,
    upgradeRequest([offered, `Authorization: Bearer ${token}`]),
    false,
  );
  await asked();
  await running.gateway.stop();
  expect((await socket.closed).code).toBe(1001);
  await peer.end;
  expect(log.lines.filter(({ level }) => level === "error" || level === "fatal")).toEqual([]);
});

it("five hundred clients at once, each with a token of its own, are all welcomed", async () => {
  endpoint.release();
  const tokens = await Promise.all(Array.from({ length: 500 }, (_, i) => soon(rotated, `agent-${i}`)));
  const sockets = await Promise.all(
    tokens.map(async (token, i) => {
      if (i % 2 === 0) return BareSocket.open(running.url, { headers: { authorization: `Bearer ${token}` } });
      const socket = await BareSocket.open(running.url, { hello: false });
      socket.send({ type: "hello", token });
      return socket;
    }),
  );
  await Promise.all(sockets.map((socket) => socket.next(({ type }) => type === "welcome")));
  expect(endpoint.asked).toBe(2);
  await Promise.all(sockets.map((socket) => socket.close()));
}, 30_000);

function timeout(ms: number): Promise<{ readonly code: undefined }> {
  return new Promise((resolve) => setTimeout(() => resolve({ code: undefined }), ms));
}
