/** The gateway's port under TLS: who gets in, what is refused, and what a renewed certificate does to open sockets. */
import { createHash } from "node:crypto";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from "node:tls";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { connect, tensor } from "../../client/typescript/index.js";
import { authority, certificateFile, pair, pairFiles } from "../support/certificates.js";
import { startGateway, type TestGateway } from "../support/gateway.js";
import { keptLog } from "../support/kept-log.js";
import { offered, RawPeer, upgradeRequest } from "../support/raw-peer.js";
import { rowsOf } from "../support/servables.js";
import { BareSocket, refusedUpgrade } from "../support/socket.js";
import { until } from "../support/until.js";

const ca = { ca: authority };

async function started(overrides: Record<string, unknown>): Promise<TestGateway> {
  const gateway = await startGateway(overrides);
  onTestFinished(() => gateway.stop());
  return gateway;
}

/** The answer to a GET, with the certificate that was shown. */
function get(port: number, path: string, tls: ConnectionOptions = ca, headers: Record<string, string> = {}) {
  return new Promise<{ status: number; body: string; protocol: string | null; serial: string }>(
    (resolve, reject) => {
      const options = { port, path, host: "localhost", family: 4, agent: false, headers, ...tls };
      const asked = request(options as object, (response) => {
        const socket = response.socket as TLSSocket;
        const [protocol, serial] = [socket.getProtocol(), socket.getPeerCertificate().serialNumber];
        let body = "";
        response.on("data", (piece: Buffer) => {
          body += piece.toString();
        });
        response.on("end", () => resolve({ status: response.statusCode ?? 0, body, protocol, serial }));
      });
      asked.on("error", reject);
      asked.end();
    },
  );
}

const open = (port: number, tls: ConnectionOptions = ca, headers: Record<string, string> = {}) =>
  BareSocket.open(`wss://localhost:${port}/v1`, { tls: { ...tls, host: "127.0.0.1" } as object, headers });

const infer = (id: number) =>
  ({ type: "infer", id, model: "standard_scaler", inputs: { X: rowsOf(1, 2) } }) as const;

/** The code of the error with which a client's handshake ends, or the first byte after it is refused. */
function refusal(port: number, options: ConnectionOptions): Promise<string> {
  return new Promise((resolve) => {
    const socket = connectTls({ port, host: "127.0.0.1", servername: "localhost", ...ca, ...options });
    socket.on("error", (error: Error & { code?: string }) => resolve(`${error.code}: ${error.message}`));
    socket.on("end", () => resolve("ended"));
    socket.on("data", () => resolve("answered"));
    socket.on("secureConnect", () => socket.write("GET /v2/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  });
}

const metricsOf = async (port: number, tls: ConnectionOptions = ca) =>
  (await get(port, "/metrics", tls)).body;

describe("a gateway with a certificate", () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway({ tls: pairFiles("server") });
  });
  afterAll(() => gateway.stop());

  it.each(["TLSv1.2", "TLSv1.3"] as const)("answers HTTP and WebSockets over %s", async (version) => {
    const tls = { ...ca, minVersion: version, maxVersion: version };
    expect(await get(gateway.port, "/v2/health/live", tls)).toMatchObject({ status: 200, protocol: version });
    const socket = await open(gateway.port, tls);
    socket.send(infer(1));
    expect(await socket.answer(1)).toMatchObject({ type: "result" });
    expect((await socket.close()).code).toBe(1000);
  });

  it.each<[string, ConnectionOptions, RegExp]>([
    [
      "TLS 1.1",
      { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" },
      /alert protocol version/,
    ],
    ["a client of HTTP/2 alone", { ALPNProtocols: ["h2"] }, /alert no application protocol/],
    ["a client that does not know the authority", { ca: "" }, /^(SELF_SIGNED|UNABLE_TO)/],
    ["a client that wants another name", { servername: "b.example" }, /^ERR_TLS_CERT_ALTNAME_INVALID/],
  ])("refuses or is refused by %s", async (_, options, code) => {
    expect(await refusal(gateway.port, options)).toMatch(code);
  });

  it("takes a client that names HTTP/1.1", async () => {
    expect(await refusal(gateway.port, { ALPNProtocols: ["h2", "http/1.1"] })).toBe("answered");
  });

  it.each<[string, string | Uint8Array]>([
    ["plain HTTP", "GET /v2/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"],
    ["a plain upgrade", upgradeRequest([offered])],
    ["garbage", new Uint8Array(4_096).fill(0xa5)],
    [
      "a ClientHello that is garbage within",
      Buffer.concat([Buffer.from("1603010200010001fc0303", "hex"), Buffer.alloc(512, 7)]),
    ],
    ["an alert", Buffer.from("15030300020228", "hex")],
    ["application data before any handshake", Buffer.from("170303000400000000", "hex")],
  ])("%s on the port ends that connection and nothing else", async (_, bytes) => {
    const peer = await RawPeer.open(gateway.port, bytes, false);
    await peer.end;
    expect(peer.text).not.toContain("200 OK");
    expect((await get(gateway.port, "/v2/health/live")).status).toBe(200);
  });

  it("counts what failed, by reason, and tells when the certificate expires", async () => {
    const told = await metricsOf(gateway.port);
    for (const reason of ["plain_http", "no_tls", "protocol_version", "application_protocol", "incomplete"])
      expect(told).toMatch(new RegExp(`headgate_tls_handshake_failures_total\\{reason="${reason}"\\} [1-9]`));
    expect(told).toMatch(/^headgate_tls_certificate_expiry_seconds 4922899200$/m);
  });

  it("keeps no socket of those that came and went", async () => {
    await until(async () => {
      expect(await metricsOf(gateway.port)).toMatch(/headgate_sockets\{kind="http"\} 1\n/);
    });
  });
});

it("half handshakes hold no place for ever: a client gets in among hundreds of them", async () => {
  const { port } = await started({ tls: pairFiles("server"), limits: { http_connections: 20 } });
  const peers: RawPeer[] = [];
  for (let i = 0; i < 300; i++)
    peers.push(await RawPeer.open(port, Buffer.from("160301020001", "hex"), false));
  onTestFinished(() => {
    for (const peer of peers) peer.destroy();
  });
  await until(async () => expect((await get(port, "/v2/health/live")).status).toBe(200));
  const socket = await open(port);
  expect(await socket.next((frame) => frame.type === "welcome")).toBeDefined();
  const dropped = /headgate_sockets_dropped_total\{kind="http"\} (\d+)/.exec(await metricsOf(port));
  expect(Number(dropped?.[1])).toBeGreaterThanOrEqual(180);
  await socket.close();
});

describe("a certificate that is renewed under traffic", () => {
  it("is shown to new connections, and the open socket answers on", async () => {
    const folder = await mkdtemp(join(tmpdir(), "headgate-test-renewed-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const put = async (name: string) => {
      await cp(certificateFile(`${name}.pem`), join(folder, "tls.crt"));
      await cp(certificateFile(`${name}.key`), join(folder, "tls.key"));
    };
    await put("server");
    const tls = { cert: join(folder, "tls.crt"), key: join(folder, "tls.key"), reload_ms: 50 };
    const { port } = await started({ tls });
    const { serial } = await get(port, "/v2/health/live");
    const socket = await open(port);
    let id = 0;
    const asked = async () => {
      socket.send(infer(++id));
      expect(await socket.answer(id)).toMatchObject({ type: "result" });
    };
    await asked();
    await put("renewed");
    await until(async () => {
      await asked();
      expect((await get(port, "/v2/health/live")).serial).not.toBe(serial);
    });
    await rm(join(folder, "tls.key"));
    await until(async () => expect(await metricsOf(port)).toContain("headgate_tls_files_usable 0"));
    await asked();
    expect((await socket.close()).code).toBe(1000);
  });
});

describe("a gateway that requires a client certificate", () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway({
      tls: { ...pairFiles("server"), client_ca: certificateFile("authority.pem") },
    });
  });
  afterAll(() => gateway.stop());

  it("answers who has one of its authority", async () => {
    const tls = { ...ca, ...pair("agent") };
    expect((await get(gateway.port, "/v2/health/live", tls)).status).toBe(200);
    const socket = await open(gateway.port, tls);
    expect(await socket.next((frame) => frame.type === "welcome")).toBeDefined();
    await socket.close();
  });

  it("answers the client that is given its own and the authority, by a function or at once", async () => {
    const tls = { ca: authority, ...pair("agent") };
    for (const given of [tls, async () => tls]) {
      const gate = await connect(`wss://localhost:${gateway.port}/v1`, { tls: given });
      const { outputs } = await gate.infer("standard_scaler", { X: tensor([[1], [2]], "FP64") });
      expect(outputs["mean"]?.data[0]).toBe(1.5);
      await gate.close();
    }
  });

  it.each<[string, ConnectionOptions, RegExp, string]>([
    ["none", {}, /alert certificate required/, "client_certificate_missing"],
    [
      "none, over TLS 1.2",
      { maxVersion: "TLSv1.2" },
      /alert handshake failure/,
      "client_certificate_missing",
    ],
    ["one of another authority", pair("stranger"), /ECONNRESET|ended/, "client_certificate_refused"],
    ["one that expired", pair("agent-expired"), /ECONNRESET|ended/, "client_certificate_refused"],
    ["one that is a server's", pair("server"), /ECONNRESET|ended/, "client_certificate_refused"],
  ])("refuses who shows %s in the handshake, and counts it", async (_, options, code, reason) => {
    const count = async () => {
      const told = await metricsOf(gateway.port, { ...ca, ...pair("agent") });
      return Number(new RegExp(`failures_total\\{reason="${reason}"\\} (\\d+)`).exec(told)?.[1] ?? 0);
    };
    const before = await count();
    expect(await refusal(gateway.port, options)).toMatch(code);
    expect(await count()).toBe(before + 1);
  });
});

describe("a gateway that knows clients by their certificates, and by keys", () => {
  const lines: Record<string, unknown>[] = [];
  const sha256 = createHash("sha256").update("good").digest("hex");
  const bearer = { authorization: "Bearer good" };
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway(
      {
        tls: {
          ...pairFiles("server"),
          client_ca: certificateFile("authority.pem"),
          client_certificate: "request",
        },
        auth: {
          keys: [{ sha256, tenant: "beta", scopes: ["fits:run", "metrics:read"] }],
          certificates: [
            { subject_alt_name: "URI:spiffe://desk/agent-1", tenant: "alpha", scopes: ["streams:read"] },
          ],
        },
      },
      { log: keptLog(lines) },
    );
  });
  afterAll(() => gateway.stop());

  const refused = (tls: ConnectionOptions, headers: Record<string, string> = {}) =>
    refusedUpgrade(`wss://localhost:${gateway.port}/v1`, headers, {
      ...ca,
      ...tls,
      host: "127.0.0.1",
    } as object);
  const metrics = async (headers: Record<string, string>, tls: ConnectionOptions = {}) =>
    get(gateway.port, "/metrics", { ...ca, ...tls }, headers);

  it("a certificate of a configured name needs no token, and has its own scopes", async () => {
    const socket = await open(gateway.port, { ...ca, ...pair("agent") });
    await socket.next((frame) => frame.type === "welcome");
    socket.send(infer(1));
    expect(await socket.answer(1)).toMatchObject({ code: "permission_denied" });
    await socket.close();
    expect((await metrics({}, pair("agent"))).status).toBe(403);
  });

  it("a token decides where both are shown", async () => {
    const socket = await open(gateway.port, { ...ca, ...pair("agent") }, bearer);
    socket.send(infer(1));
    expect(await socket.answer(1)).toMatchObject({ type: "result" });
    await socket.close();
    expect((await metrics(bearer, pair("agent"))).status).toBe(200);
    expect(await refused(pair("agent"), { authorization: "Bearer bad" })).toMatchObject({ status: 401 });
  });

  it("a token alone is enough, also beside a certificate that is not known", async () => {
    for (const tls of [{}, pair("agent-of-nobody"), pair("stranger")]) {
      const socket = await open(gateway.port, { ...ca, ...tls }, bearer);
      await socket.next((frame) => frame.type === "welcome");
      await socket.close();
    }
  });

  it.each(["agent-of-nobody", "agent-by-common-name", "stranger", "agent-expired"])(
    "the certificate %s alone is refused and counted",
    async (name) => {
      const counted = async () =>
        Number(
          /headgate_authentications_total\{method="certificate",outcome="certificate"\} (\d+)/.exec(
            (await metrics(bearer)).body,
          )?.[1] ?? 0,
        );
      const before = await counted();
      expect(await refused(pair(name))).toMatchObject({ status: 401 });
      expect(await counted()).toBe(before + 1);
      expect((await metrics({}, pair(name))).status).toBe(401);
    },
  );

  it("what was wrong with the first of them is in the log", () => {
    expect(lines.filter(({ msg }) => msg === "credentials refused")).toMatchObject([
      { method: "none", reason: "unknown" },
      { method: "certificate", detail: "no auth.certificates for DNS:nobody.desk" },
    ]);
  });

  it("a session that is taken up again without a certificate is nobody's", async () => {
    const sessions: Buffer[] = [];
    const once = (session?: Buffer) =>
      new Promise<void>((resolve, reject) => {
        const socket = connectTls({
          port: gateway.port,
          host: "127.0.0.1",
          servername: "localhost",
          ...ca,
          ...(session && { session }),
        });
        socket.on("session", (given: Buffer) => void sessions.push(given));
        socket.on("error", reject);
        socket.on("data", (data: Buffer) => {
          socket.destroy();
          data.toString().startsWith("HTTP/1.1 401") ? resolve() : reject(new Error(data.toString()));
        });
        socket.on("secureConnect", () => socket.write("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"));
      });
    await once();
    for (const session of [...sessions]) await once(session);
  });
});

describe("the port of its own of the metrics", () => {
  const portOf = async (metrics: object) => {
    const lines: Record<string, unknown>[] = [];
    const gateway = await startGateway(
      {
        tls: { ...pairFiles("server"), client_ca: certificateFile("authority.pem") },
        metrics: { port: 0, ...metrics },
      },
      { log: keptLog(lines) },
    );
    onTestFinished(() => gateway.stop());
    return Number(lines.find(({ msg }) => msg === "metrics listening")?.["port"]);
  };

  it("speaks TLS where metrics.tls says so, and asks for no client certificate", async () => {
    const port = await portOf({ tls: true });
    expect(await metricsOf(port)).toContain("headgate_ready 1");
    expect((await get(port, "/v2/health/ready")).status).toBe(200);
  });

  it("speaks plain HTTP where it does not", async () => {
    const response = await fetch(`http://127.0.0.1:${await portOf({})}/metrics`);
    expect(await response.text()).toContain("headgate_tls_files_usable 1");
  });

  it("needs a certificate to speak TLS", async () => {
    await expect(startGateway({ metrics: { port: 0, tls: true } })).rejects.toThrow(
      /^metrics\.tls: needs a certificate: give tls\.cert and tls\.key$/,
    );
  });
});

it.each<[Record<string, string>, RegExp]>([
  [{ cert: "no/such.pem" }, /^tls\.cert: no\/such\.pem does not exist$/],
  [{ key: certificateFile("renewed.key") }, /^tls\.key: .*renewed\.key is not the key of the certificate in/],
  [{ key: certificateFile("server-encrypted.key") }, /^tls\.key: .*is encrypted/],
  [{ client_ca: certificateFile("server.key") }, /^tls\.client_ca: .*holds no whole certificate/],
])("files that cannot be served stop the start: %j", async (files, message) => {
  await expect(startGateway({ tls: { ...pairFiles("server"), ...files } })).rejects.toThrow(
    expect.objectContaining({ name: "ConfigError", message: expect.stringMatching(message) }),
  );
});
