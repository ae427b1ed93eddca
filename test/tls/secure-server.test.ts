/** The time and the count of TLS handshakes: of every kind of peer that never finishes one. */
import { once } from "node:events";
import type { AddressInfo, Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { beforeEach, expect, it, onTestFinished } from "vitest";
import { LogLimit } from "../../gateway/observe/log-limit.js";
import { Metrics } from "../../gateway/observe/metrics.js";
import { SecureServer } from "../../gateway/tls/secure-server.js";
import { ServerTls } from "../../gateway/tls/server-tls.js";
import { limits } from "../../protocol/limits.js";
import { authority, pairFiles } from "../support/certificates.js";
import { FakeClock } from "../support/clock.js";
import { keptLog } from "../support/kept-log.js";
import { RawPeer } from "../support/raw-peer.js";
import { until } from "../support/until.js";

let clock: FakeClock;
let metrics: Metrics;
let lines: Record<string, unknown>[];
let port: number;
let server: SecureServer;
let raws: Socket[];

beforeEach(async () => {
  clock = new FakeClock();
  metrics = new Metrics();
  lines = [];
  raws = [];
  const log = keptLog(lines);
  const tls = await ServerTls.open(
    { ...pairFiles("server"), reload_ms: 5_000 },
    { clock, log, metrics: metrics.tls },
  );
  const made = new SecureServer(
    tls,
    { asksForCertificate: true },
    { clock, log, logLimit: new LogLimit(clock), metrics },
  );
  made.server.on("connection", (raw: Socket) => void raws.push(raw));
  made.server.listen(0, "127.0.0.1");
  await once(made.server, "listening");
  onTestFinished(() => {
    for (const raw of raws) raw.destroy();
    made.server.close();
    tls.close();
  });
  server = made;
  ({ port } = made.server.address() as AddressInfo);
});

/** The beginning of a ClientHello that announces more than ever comes. */
const half = Buffer.from("16030102000100", "hex");
const incomplete = 'headgate_tls_handshake_failures_total{reason="incomplete"}';

async function failures(count: number): Promise<void> {
  await until(async () => expect(await metrics.scrape()).toContain(`${incomplete} ${count}\n`));
}

it.each([
  ["sends nothing", "" as const],
  ["sends half a ClientHello", half],
])("who %s is disconnected when the time is over, and not before", async (_, first) => {
  const peer = await RawPeer.open(port, first, false);
  await until(async () => expect(raws).toHaveLength(1));
  await clock.advance(limits.header_ms - 1);
  expect(raws[0]?.destroyed).toBe(false);
  await clock.advance(1);
  await peer.end;
  await failures(1);
});

it("bytes that trickle in do not prolong the time", async () => {
  const peer = await RawPeer.open(port, half, false);
  await until(async () => expect(raws).toHaveLength(1));
  for (let i = 0; i < 10; i++) {
    peer.write(Buffer.of(0));
    await until(async () => expect(raws[0]?.bytesRead).toBe(half.length + i + 1));
    await clock.advance(limits.header_ms / 10);
  }
  await peer.end;
});

it("a finished handshake has no such limit, and its socket leads to the TCP connection", async () => {
  const secured = once(server.server, "secureConnection");
  const client = connectTls({ port, host: "127.0.0.1", ca: authority });
  onTestFinished(() => void client.destroy());
  const [secure] = (await secured) as [Socket];
  await until(async () => expect(server.rawOf(secure)).toBe(raws[0]));
  expect(clock.armed).toBe(1); // the next look at the files
  await clock.advance(limits.header_ms);
  expect(secure.destroyed).toBe(false);
});

it("each of many connections finds its own TCP connection", async () => {
  const pairs = new Map<Socket, Socket | undefined>();
  server.server.on("secureConnection", (secure: Socket) => pairs.set(secure, server.rawOf(secure)));
  const clients = Array.from({ length: 20 }, () => connectTls({ port, host: "127.0.0.1", ca: authority }));
  onTestFinished(() => {
    for (const client of clients) client.destroy();
  });
  await until(async () => expect(pairs.size).toBe(20));
  for (const [secure, raw] of pairs) expect(raw?.remotePort).toBe(secure.remotePort);
  expect(new Set(pairs.values()).size).toBe(20);
});

it("a thousand that hang up in the midst leave nothing behind, and write two lines", async () => {
  const before = clock.armed;
  for (let i = 0; i < 20; i++) {
    const peers = await Promise.all(Array.from({ length: 50 }, () => RawPeer.open(port, half)));
    for (const peer of peers) peer.reset();
  }
  await failures(1_000);
  await until(async () => expect(raws.every(({ destroyed }) => destroyed)).toBe(true));
  expect(clock.armed).toBe(before);
  expect(lines).toHaveLength(1);
  clock.jump(10_000);
  (await RawPeer.open(port, half)).reset();
  await failures(1_001);
  expect(lines.map(({ count }) => count)).toEqual([1, 1_000]);
});
