import { createHash } from "node:crypto";
import { statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { connect, tensor } from "../../client/typescript/index.js";
import { startGateway, type TestGateway } from "../support/gateway.js";
import { keptLog } from "../support/kept-log.js";
import { offered, RawPeer, upgradeRequest } from "../support/raw-peer.js";
import { slowInfer } from "../support/slow-fit.js";
import { BareSocket, refusedUpgrade } from "../support/socket.js";
import { until } from "../support/until.js";

const sha256 = createHash("sha256").update("good").digest("hex");
const bearer = { headers: { authorization: "Bearer good" } };
let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway({
    auth: { keys: [{ sha256, tenant: "desk" }], allowed_origins: ["https://desk.example"] },
    limits: { connections: 2 },
  });
});
afterAll(() => gateway.stop());

describe("over HTTP", () => {
  it("health is told", async () => {
    const live = await fetch(`${gateway.http}/v2/health/live`);
    expect([live.status, await live.json()]).toEqual([200, { live: true }]);
    const ready = await fetch(`${gateway.http}/v2/health/ready`);
    expect([ready.status, await ready.json()]).toEqual([200, { live: true, ready: true }]);
  });

  it("there is nothing else", async () => {
    const answer = await fetch(`${gateway.http}/v1/models`);
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({ error: expect.stringContaining("/metrics") });
  });

  it.each([
    ["/v2/health/live", 200],
    ["/v2/health/ready", 200],
    ["/metrics", 400],
    ["/v2/health/../../metrics", 400],
    ["/v2/health/%2e%2e/%2e%2e/metrics", 400],
    ["http://gateway/metrics", 400],
    ["/v2/health/other", 400],
    ["/v1", 400],
    ["/", 400],
  ])("HTTP/1.0 without a Host, as HAProxy checks, gets at %s %i", async (path, status) => {
    const peer = await RawPeer.open(gateway.port, `GET ${path} HTTP/1.0\r\n\r\n`);
    expect(await peer.status()).toBe(status);
    await peer.end;
    peer.destroy();
  });

  it("HTTP/1.1 without a Host is refused everywhere", async () => {
    const peer = await RawPeer.open(gateway.port, "GET /v2/health/live HTTP/1.1\r\n\r\n");
    expect(await peer.status()).toBe(400);
    peer.destroy();
  });

  it("more than 16 requests at once on one connection end it, unanswered", async () => {
    const get = "GET /metrics HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer good\r\n\r\n";
    const peer = await RawPeer.open(gateway.port, get.repeat(17));
    await peer.end;
    expect(peer.text).toBe("");
    const few = await RawPeer.open(gateway.port, get.repeat(16));
    await few.until(() => few.text.split("HTTP/1.1 200").length === 17 || undefined);
    few.destroy();
  });

  it("an upgrade behind requests that have no answer yet ends the connection: answers would go into the WebSocket", async () => {
    const get = "GET /metrics HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer good\r\n\r\n";
    const upgrade = upgradeRequest([offered, "Authorization: Bearer good"]);
    const peer = await RawPeer.open(gateway.port, get.repeat(3) + upgrade);
    await peer.end;
    expect(peer.text).toBe("");
    const patient = await RawPeer.open(gateway.port, get);
    await patient.until(() => patient.text.endsWith("\n") || undefined);
    patient.write(upgrade);
    await patient.until(() => patient.text.includes("101 Switching Protocols") || undefined);
    patient.destroy();
  });

  it("metrics count what was asked, computed and refused", async () => {
    const gate = await connect(gateway.url, { token: "good" });
    const X = tensor(new Float32Array(32), [2, 16]);
    await gate.infer("market-impact", { X });
    await gate.infer("market-impact", { X });
    await expect(gate.infer("market-impact", { X }, { priority: 99 })).rejects.toThrow();
    const scrape = async () => (await fetch(`${gateway.http}/metrics`, bearer)).text();
    const text = await scrape();
    const labels = '{model="market-impact",version="1"}';
    expect(text).toContain(`headgate_inference_request_success${labels} 2`);
    expect(text).toContain(`headgate_inference_count${labels} 4`);
    expect(text).toContain(`headgate_inference_exec_count${labels} 2`);
    expect(text).toContain(`headgate_inference_pending_request_count${labels} 0`);
    for (const family of ["request", "queue", "compute"]) {
      const name = `headgate_inference_${family}_duration_seconds`;
      expect(text).toContain(`# TYPE ${name} histogram\n`);
      expect(text).toContain(`${name}_bucket{model="market-impact",version="1",le="+Inf"} 2\n`);
      expect(text).toContain(`${name}_count${labels} 2\n`);
    }
    expect(text).toContain("headgate_connections 1");
    expect(text).toContain("headgate_ready 1");
    await gate.close();
    expect(await scrape()).toContain(`headgate_inference_request_success${labels} 2`);
  });
});

describe("an upgrade", () => {
  it("is refused with the status that says why", async () => {
    const authorization = "Bearer bad";
    expect(await refusedUpgrade(gateway.url, { authorization })).toMatchObject({ status: 401 });
    expect(await refusedUpgrade(gateway.url, { authorization: "Basic Z29vZA==" })).toMatchObject({
      status: 401,
      authenticate: 'Bearer realm="headgate"',
    });
    expect(await refusedUpgrade(gateway.url, { origin: "https://evil.example" })).toMatchObject({
      status: 403,
    });
    expect(await refusedUpgrade(`${gateway.url}/x`)).toMatchObject({ status: 404 });
  });

  it("is refused with 503 and Retry-After when the gateway is full", async () => {
    const headers = { authorization: "Bearer good", origin: "https://desk.example" };
    const sockets = [
      await BareSocket.open(gateway.url, { headers }),
      await BareSocket.open(gateway.url, { headers }),
    ];
    expect(await refusedUpgrade(gateway.url, headers)).toMatchObject({ status: 503, retryAfter: "1" });
    for (const socket of sockets) await socket.close();
    const again = await BareSocket.open(gateway.url, { headers });
    await again.next(({ type }) => type === "welcome");
    await again.close();
  });
});

describe("places", () => {
  it("of sockets without a token are their own: a client with one gets in, and one without when they have had theirs", async () => {
    const small = await startGateway({
      auth: { keys: [{ sha256, tenant: "desk" }] },
      limits: { connections: 2, unauthenticated_connections: 3 },
    });
    onTestFinished(() => small.stop());
    const silent = await Promise.all(
      Array.from({ length: 3 }, () => BareSocket.open(small.url, { hello: false })),
    );
    expect(await refusedUpgrade(small.url)).toMatchObject({ status: 503, retryAfter: "1" });
    const headers = { authorization: "Bearer good" };
    const known = await BareSocket.open(small.url, { headers });
    await known.next(({ type }) => type === "welcome");
    await until(async () => {
      const late = await BareSocket.open(small.url, { hello: false });
      late.send({ type: "hello", token: "good" });
      await late.next(({ type }) => type === "welcome");
    });
    expect(await silent[0]?.closed).toMatchObject({ code: 1013 });
    expect(await refusedUpgrade(small.url, headers)).toMatchObject({ status: 503 });
    silent[1]?.send({ type: "hello", token: "good" });
    expect(await silent[1]?.closed).toMatchObject({ code: 1013, reason: expect.stringContaining("full") });
  });

  it("of one tenant are given up, the youngest first, to another that has fewer, and to nobody who has as many", async () => {
    const keyOf = (token: string) => createHash("sha256").update(token).digest("hex");
    const keys = ["alpha", "beta"].map((tenant) => ({ sha256: keyOf(tenant), tenant, namespace: tenant }));
    const small = await startGateway({ auth: { keys }, limits: { connections: 4 } });
    onTestFinished(() => small.stop());
    const of = (tenant: string) => ({ authorization: `Bearer ${tenant}` });
    const alphas: BareSocket[] = [];
    for (let i = 0; i < 4; i++) alphas.push(await BareSocket.open(small.url, { headers: of("alpha") }));
    expect(await refusedUpgrade(small.url, of("alpha"))).toMatchObject({ status: 503, retryAfter: "1" });
    const beta = await BareSocket.open(small.url, { headers: of("beta") });
    await beta.next(({ type }) => type === "welcome");
    expect(await alphas[3]?.closed).toMatchObject({
      code: 1013,
      reason: expect.stringContaining("another tenant"),
    });
    const late = await BareSocket.open(small.url, { hello: false });
    late.send({ type: "hello", token: "beta" });
    await late.next(({ type }) => type === "welcome");
    expect(await alphas[2]?.closed).toMatchObject({ code: 1013 });
    expect(await refusedUpgrade(small.url, of("beta"))).toMatchObject({ status: 503, retryAfter: "1" });
    expect(await refusedUpgrade(small.url, of("alpha"))).toMatchObject({ status: 503 });
    const told = await (await fetch(`${small.http}/metrics`, { headers: of("alpha") })).text();
    expect(told).toContain('headgate_sockets_dropped_total{kind="accepted"} 2');
    expect(told).toContain('headgate_sockets{kind="accepted"} 4');
  });

  it("of connections that ask for nothing are their own, and the oldest makes room", async () => {
    const small = await startGateway({ limits: { http_connections: 2 } });
    onTestFinished(() => small.stop());
    const silent = [await RawPeer.open(small.port), await RawPeer.open(small.port, "GET /v2")];
    await until(async () => expect((await fetch(`${small.http}/v2/health/live`)).status).toBe(200));
    await silent[0]?.end;
    for (const peer of silent) peer.destroy();
  });
});

describe("metrics", () => {
  it("are told to whoever brings the token, and to nobody else", async () => {
    const guarded = await startGateway({ metrics: { sha256 } });
    onTestFinished(() => guarded.stop());
    for (const authorization of ["", "Bearer bad", "Basic Z29vZA==", "good"]) {
      const refused = await fetch(`${guarded.http}/metrics`, { headers: { authorization } });
      expect([refused.status, refused.headers.get("www-authenticate")], authorization).toEqual([
        401,
        'Bearer realm="headgate"',
      ]);
      expect(await refused.text()).not.toContain("headgate_");
    }
    const told = await fetch(`${guarded.http}/metrics`, { headers: { authorization: "Bearer good" } });
    expect(await told.text()).toContain("headgate_ready 1");
  });

  it("have an address of their own where one is set, and none at the gateway's port", async () => {
    const lines: Record<string, unknown>[] = [];
    const apart = await startGateway({ metrics: { port: 0 } }, { log: keptLog(lines) });
    onTestFinished(() => apart.stop());
    const { port } = lines.find(({ msg }) => msg === "metrics listening") ?? {};
    expect((await fetch(`${apart.http}/metrics`)).status).toBe(404);
    expect(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()).toContain("headgate_ready 1");
    expect((await fetch(`http://127.0.0.1:${port}/v1`)).status).toBe(404);
  });

  it("are beside health checks at an address of their own, which say the same as the gateway's port", async () => {
    const lines: Record<string, unknown>[] = [];
    const apart = await startGateway({ metrics: { port: 0, sha256 } }, { log: keptLog(lines) });
    onTestFinished(() => apart.stop());
    const { port } = lines.find(({ msg }) => msg === "metrics listening") ?? {};
    for (const [path, told] of [
      ["live", { live: true }],
      ["ready", { live: true, ready: true }],
    ] as const)
      for (const at of [port, apart.port]) {
        const answer = await fetch(`http://127.0.0.1:${at}/v2/health/${path}`);
        expect([answer.status, await answer.json()]).toEqual([200, told]);
      }
    const socket = await BareSocket.open(apart.url);
    for (let id = 1; id <= 4; id++) socket.send(slowInfer(id, { parameters: { n_iter: 2_000, tol: -1 } }));
    socket.send({ type: "describe", id: 9 });
    await socket.answer(9);
    const stopped = apart.gateway.stop();
    expect((await fetch(`http://127.0.0.1:${port}/v2/health/ready`)).status).toBe(503);
    expect((await fetch(`http://127.0.0.1:${port}/v2/health/live`)).status).toBe(200);
    await stopped;
  });

  it("tell how large the journal may become, and what its disk has", async () => {
    const small = await startGateway({ regimes: { file_bytes_max: 2 ** 21 } });
    onTestFinished(() => small.stop());
    const told = await (await fetch(`${small.http}/metrics`)).text();
    expect(told).toContain(`headgate_storage_used_bytes_max{file="regimes.mdb"} ${2 ** 21}`);
    const { bavail, blocks, bsize } = statfsSync(tmpdir());
    const figure = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, "m").exec(told)?.[1]);
    expect(figure("headgate_storage_disk_bytes")).toBe(blocks * bsize);
    // Others use the disk, too.
    expect(Math.abs(figure("headgate_storage_disk_free_bytes") - bavail * bsize)).toBeLessThan(
      0.05 * blocks * bsize,
    );
  });
});

it("a flood of refused upgrades is one line of the log, and a metric", async () => {
  const lines: Record<string, unknown>[] = [];
  const told = await startGateway({}, { log: keptLog(lines) });
  onTestFinished(() => told.stop());
  for (let i = 0; i < 50; i++) await refusedUpgrade(`${told.url}/x`);
  expect(lines.filter(({ msg }) => msg === "upgrade refused")).toMatchObject([{ status: 404, count: 1 }]);
  expect(await (await fetch(`${told.http}/metrics`)).text()).toContain(
    'headgate_upgrades_refused_total{status="404"} 50',
  );
});
