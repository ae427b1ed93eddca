/** TLS that ends at nginx or HAProxy, and TLS that they pass on to the gateway, by the files of deploy/proxies. */
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { get } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startGateway, type TestGateway } from "../support/gateway.js";
import { slowInfer } from "../support/slow-fit.js";
import { BareSocket, refusedUpgrade } from "../support/socket.js";
import { cert, key } from "../support/tls.js";
import { until } from "../support/until.js";
import { freePort, type ProxyProcess, type Replacement, startProxy } from "./proxy-process.js";

const sha256 = createHash("sha256").update("good").digest("hex");
const headers = { authorization: "Bearer good" };
/** The proxies' certificate signs itself and is for localhost; the gateway's is another one for localhost. */
const gatewaysOwn = (name: string) =>
  fileURLToPath(new URL(`../support/certificates/${name}`, import.meta.url));

interface Places {
  readonly listen: number;
  readonly gateway: number;
  /** A folder with tls.crt, tls.key and tls.pem. */
  readonly folder: string;
}

const proxies = [
  {
    name: "nginx-tls.conf",
    ends: "at the proxy",
    changes: ({ listen, gateway, folder }: Places): Replacement[] => [
      [/listen 8480/, `listen 127.0.0.1:${listen}`],
      [/127\.0\.0\.1:8470/, `127.0.0.1:${gateway}`],
      [/\/etc\/nginx\/tls\.crt/, `${folder}/tls.crt`],
      [/\/etc\/nginx\/tls\.key/, `${folder}/tls.key`],
      [/proxy_read_timeout 60s/, "proxy_read_timeout 2s"],
      [/proxy_send_timeout 60s/, "proxy_send_timeout 2s"],
    ],
  },
  {
    name: "haproxy-tls.cfg",
    ends: "at the proxy",
    changes: ({ listen, gateway, folder }: Places): Replacement[] => [
      [/bind :8481/, `bind 127.0.0.1:${listen}`],
      [/127\.0\.0\.1:8470/, `127.0.0.1:${gateway}`],
      [/\/etc\/haproxy\/tls\.pem/, `${folder}/tls.pem`],
      [/timeout tunnel 60s/, "timeout tunnel 2s"],
    ],
  },
  {
    name: "nginx-passthrough.conf",
    ends: "at the gateway",
    changes: ({ listen, gateway }: Places): Replacement[] => [
      [/listen 8480/, `listen 127.0.0.1:${listen}`],
      [/127\.0\.0\.1:8470/, `127.0.0.1:${gateway}`],
      [/proxy_timeout 60s/, "proxy_timeout 2s"],
    ],
  },
  {
    name: "haproxy-passthrough.cfg",
    ends: "at the gateway",
    changes: ({ listen, gateway }: Places): Replacement[] => [
      [/bind :8481/, `bind 127.0.0.1:${listen}`],
      [/127\.0\.0\.1:8470/, `127.0.0.1:${gateway}`],
      [/timeout client 60s/, "timeout client 2s"],
      [/timeout server 60s/, "timeout server 2s"],
    ],
  },
] as const;

describe.each(proxies)("through $name, TLS ends $ends", ({ name, ends, changes }) => {
  const passed = ends === "at the gateway";
  const authority = passed ? readFileSync(gatewaysOwn("authority.pem"), "utf8") : cert;
  let gateway: TestGateway;
  let proxy: ProxyProcess;
  let folder: string;
  let listen: number;
  let url: string;

  /** Settles with the status of an answer over verified TLS. */
  const status = (path: string) =>
    new Promise<number>((resolve, reject) =>
      get({ host: "localhost", port: listen, path, ca: authority, agent: false }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      }).on("error", reject),
    );

  beforeAll(async () => {
    gateway = await startGateway({
      host: "127.0.0.1",
      auth: { keys: [{ sha256, tenant: "desk" }] },
      metrics: { port: 0 },
      heartbeat: { ping_ms: 500, pong_ms: 2_000 },
      drain: { deadline_ms: 30_000 },
      ...(passed && { tls: { cert: gatewaysOwn("server.pem"), key: gatewaysOwn("server.key") } }),
    });
    folder = mkdtempSync(join(tmpdir(), "headgate-proxy-tls-"));
    writeFileSync(join(folder, "tls.crt"), cert);
    writeFileSync(join(folder, "tls.key"), key);
    writeFileSync(join(folder, "tls.pem"), `${cert}${key}`);
    listen = await freePort();
    url = `wss://localhost:${listen}/v1`;
    proxy = await startProxy(name, changes({ listen, gateway: gateway.port, folder }));
    await until(async () => {
      if (proxy.exitCode() !== null) throw new Error(`${name} ended: ${proxy.said()}`);
      expect(await status("/v2/health/ready")).toBe(200);
    });
  });
  afterAll(async () => {
    await proxy.stop();
    await gateway.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it("a verified client gets answers, and /metrics is not there", async () => {
    const socket = await BareSocket.open(url, { headers, tls: { ca: authority } });
    socket.send({ type: "describe", id: 1 });
    expect(await socket.answer(1)).toMatchObject({ type: "ack" });
    await socket.close();
    expect(await status("/metrics")).toBe(404);
  });

  it("TLS 1.1 is refused, and TLS 1.2 is not", async () => {
    const handshake = (version: "TLSv1.1" | "TLSv1.2") =>
      new Promise<string>((resolve) => {
        const ciphers = "DEFAULT:@SECLEVEL=0";
        const versions = { minVersion: version, maxVersion: version };
        const socket = connectTls(
          { host: "localhost", port: listen, ca: authority, servername: "localhost", ciphers, ...versions },
          () => {
            resolve(socket.getProtocol() ?? "");
            socket.destroy();
          },
        );
        socket.on("error", () => resolve("refused"));
      });
    expect(await handshake("TLSv1.2")).toBe("TLSv1.2");
    expect(await handshake("TLSv1.1")).toBe("refused");
  });

  it("a socket on which nobody speaks outlives the proxy's idle time, by the gateway's pings", async () => {
    const socket = await BareSocket.open(url, { headers, tls: { ca: authority } });
    let pings = 0;
    socket.socket.on("ping", () => pings++);
    await until(async () => expect(pings).toBeGreaterThanOrEqual(10)); // five seconds, against the proxy's two
    socket.send({ type: "describe", id: 1 });
    expect(await socket.answer(1)).toMatchObject({ type: "ack" });
    await socket.close();
  });

  it("a refused token is 401", async () => {
    const bad = { authorization: "Bearer bad" };
    expect(await refusedUpgrade(url, bad, { ca: authority })).toMatchObject({ status: 401 });
  });

  it("a drain: what is in flight is answered, and the socket closes with 1001", async () => {
    const socket = await BareSocket.open(url, { headers, tls: { ca: authority } });
    const finite = { n_components: 2, n_iter: 2_000, tol: -1 };
    for (let id = 1; id <= 8; id++) socket.send(slowInfer(id, { parameters: finite }));
    socket.send({ type: "describe", id: 9 });
    await socket.answer(9);
    const stopped = gateway.gateway.stop();
    await socket.next(({ type }) => type === "drain");
    for (let id = 1; id <= 8; id++) expect(await socket.answer(id)).toMatchObject({ type: "result", id });
    expect(await socket.closed).toMatchObject({ code: 1001 });
    await stopped;
  });
});
