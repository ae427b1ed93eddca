/** nginx and HAProxy, with the files that docs/proxies.md explains: only ports and idle times are the test's. */
import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import WebSocket from "ws";
import { connect, tensor } from "../../client/typescript/index.js";
import { startGateway, type TestGateway } from "../support/gateway.js";
import { slowInfer } from "../support/slow-fit.js";
import { BareSocket, refusedUpgrade } from "../support/socket.js";
import { until } from "../support/until.js";
import { freePort, type ProxyProcess, type Replacement, startProxy } from "./proxy-process.js";

const sha256 = createHash("sha256").update("good").digest("hex");
const headers = { authorization: "Bearer good" };

interface Ports {
  readonly listen: number;
  readonly gateway: number;
}

const proxies = [
  {
    name: "nginx.conf",
    changes: ({ listen, gateway }: Ports): Replacement[] => [
      [/listen 8480/, `listen 127.0.0.1:${listen}`],
      [/127\.0\.0\.1:8470/, `127.0.0.1:${gateway}`],
      [/proxy_read_timeout 60s/, "proxy_read_timeout 2s"],
      [/proxy_send_timeout 60s/, "proxy_send_timeout 2s"],
      [/proxy_read_timeout 300s/, "proxy_read_timeout 2s"],
    ],
  },
  {
    name: "haproxy.cfg",
    changes: ({ listen, gateway }: Ports): Replacement[] => [
      [/bind :8481/, `bind 127.0.0.1:${listen}`],
      [/127\.0\.0\.1:8470/, `127.0.0.1:${gateway}`],
      [/timeout tunnel 60s/, "timeout tunnel 2s"],
      [/timeout client 30s/, "timeout client 2s"],
      [/timeout server 300s/, "timeout server 2s"],
    ],
  },
];

describe.each(proxies)("through $name", ({ name, changes }) => {
  let gateway: TestGateway;
  let proxy: ProxyProcess;
  let http: string;
  let url: string;

  beforeAll(async () => {
    gateway = await startGateway({
      auth: { keys: [{ sha256, tenant: "desk" }] },
      heartbeat: { ping_ms: 500, pong_ms: 2_000 },
      drain: { deadline_ms: 30_000 },
      limits: { unauthenticated_connections_per_address: 2, trusted_proxies: ["127.0.0.1"] },
    });
    const listen = await freePort();
    http = `http://127.0.0.1:${listen}`;
    url = `ws://127.0.0.1:${listen}/v1`;
    proxy = await startProxy(name, changes({ listen, gateway: gateway.port }));
    await until(async () => {
      if (proxy.exitCode() !== null) throw new Error(`${name} ended: ${proxy.said()}`);
      expect((await fetch(`${http}/v2/health/ready`)).status).toBe(200);
    });
  });
  afterAll(async () => {
    await proxy.stop();
    await gateway.stop();
  });

  it("a model answers, and neither the metrics nor anything else that is for operators is there", async () => {
    const gate = await connect(url, { token: "good" });
    const answer = await gate.infer("market-impact", { X: tensor(new Float32Array(32), [2, 16]) });
    expect(Object.values(answer.outputs)[0]?.shape[0]).toBe(2);
    await gate.close();
    for (const path of ["/metrics", "/", "/v1metrics", "/v1/"])
      expect((await fetch(`${http}${path}`)).status, path).toBe(404);
    expect((await fetch(`${http}/v2/health/live`)).status).toBe(200);
  });

  it("events over HTTP come as they happen, and the stream outlives the proxy's idle time by its heartbeats", async () => {
    const response = await fetch(`${http}/v1/events?topic=regime.*&heartbeat_ms=1000`, { headers });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let received = "";
    const next = async (text: string) => {
      while (!received.includes(text)) {
        const { done, value } = (await reader?.read()) ?? { done: true };
        if (done) throw new Error(`the stream ended after: ${received}`);
        received += value;
      }
    };
    await next("heartbeat"); // nothing else is sent, so it was not gathered with what follows
    for (const [path, body] of [
      ["open", { stream: "SPX", detector: "bocpd" }],
      ["close", { stream: "SPX" }],
    ] as const) {
      const init = { method: "POST", headers, body: JSON.stringify(body) };
      expect((await fetch(`${http}/v1/streams/${path}`, init)).status).toBe(200);
    }
    await next("stream_closed");
    received = "";
    for (let i = 0; i < 3; i++, received = "") await next("heartbeat");
    await reader?.cancel();
  });

  it("Open Inference answers through it", async () => {
    const input = { name: "X", datatype: "FP32", shape: [1, 16], data: Array(16).fill(0) };
    const init = { method: "POST", headers, body: JSON.stringify({ inputs: [input] }) };
    const answer = await fetch(`${http}/v2/models/market-impact/infer`, init);
    expect([answer.status, await answer.json()]).toMatchObject([200, { model_name: "market-impact" }]);
  });

  it("a message of 16 MB goes in, and one of 2 MB comes out", async () => {
    const gate = await connect(url, { token: "good", maxMessageBytes: 64 * 1024 * 1024 });
    const rows = 500_000;
    const X = tensor(
      Float64Array.from({ length: rows * 4 }, (_, i) => (i % 8 < 4 ? 1 : 9)),
      [rows, 4],
    );
    const parameters = { n_clusters: 2, n_init: 1, random_state: 1 };
    const { outputs } = await gate.infer("kmeans", { X }, { parameters, timeoutMs: 60_000 });
    expect(outputs["labels"]?.shape).toEqual([rows]);
    await gate.close();
  });

  it("a socket on which nobody speaks outlives the proxy's idle time, by the gateway's pings", async () => {
    const socket = await BareSocket.open(url, { headers });
    let pings = 0;
    socket.socket.on("ping", () => pings++);
    await until(async () => expect(pings).toBeGreaterThanOrEqual(10)); // five seconds, against the proxy's two
    socket.send({ type: "describe", id: 1 });
    expect(await socket.answer(1)).toMatchObject({ type: "ack" });
    await socket.close();
  });

  it("a refused token is 401, with the way to authenticate, and the client says so", async () => {
    expect(await refusedUpgrade(url, { authorization: "Bearer bad" })).toMatchObject({ status: 401 });
    expect(await refusedUpgrade(url, { authorization: "Basic Z29vZA==" })).toMatchObject({ status: 401 });
    await expect(connect(url, { token: "bad" })).rejects.toMatchObject({ code: "unauthenticated" });
  });

  it("clients are told apart by the address that the proxy saw, whatever address they claim", async () => {
    const silent: WebSocket[] = [];
    /** Settles with the status of an upgrade without a token; 101 when it was accepted. */
    const statusFrom = (localAddress: string, claimed: string) =>
      new Promise<number>((resolve, reject) => {
        const options = { localAddress, headers: { "x-forwarded-for": claimed } };
        const socket = new WebSocket(url, "headgate.v1.msgpack", options);
        silent.push(socket);
        socket.on("open", () => resolve(101));
        socket.on("unexpected-response", (_, response) => resolve(response.statusCode ?? 0));
        socket.on("error", reject);
      });
    for (const claimed of ["192.0.2.1", "192.0.2.2"])
      expect(await statusFrom("127.0.0.2", claimed)).toBe(101);
    expect(await statusFrom("127.0.0.2", "192.0.2.3")).toBe(429);
    expect(await statusFrom("127.0.0.3", "192.0.2.1")).toBe(101);
    for (const socket of silent) socket.terminate();
  });

  it("a close code and its reason come through", async () => {
    const socket = await BareSocket.open(url, { headers, hello: false });
    socket.raw(Uint8Array.of(0xc1));
    expect(await socket.closed).toMatchObject({ code: 4400, reason: expect.stringMatching(/./) });
  });

  it("a drain: what is in flight is answered, what is new is refused, and the socket closes with 1001", async () => {
    const socket = await BareSocket.open(url, { headers });
    const finite = { n_components: 2, n_iter: 2_000, tol: -1 };
    for (let id = 1; id <= 8; id++) socket.send(slowInfer(id, { parameters: finite }));
    socket.send({ type: "describe", id: 9 });
    await socket.answer(9);
    const stopped = gateway.gateway.stop();
    await socket.next(({ type }) => type === "drain");
    expect((await refusedUpgrade(url, headers)).status).toBe(503);
    for (let id = 1; id <= 8; id++) expect(await socket.answer(id)).toMatchObject({ type: "result", id });
    expect(await socket.closed).toMatchObject({ code: 1001 });
    await stopped;
  });
});
