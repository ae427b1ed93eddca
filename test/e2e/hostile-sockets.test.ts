/**
 * Every state of a socket's life against everything a peer can do to it below the protocol: the process lives, others
 * are served, and afterwards no socket is left in any count.
 */
import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startGateway, type TestGateway } from "../support/gateway.js";
import { offered, RawPeer, rawFrame, upgradeRequest } from "../support/raw-peer.js";
import { rowsOf } from "../support/servables.js";
import { BareSocket } from "../support/socket.js";
import { codec, messageOf } from "../support/transport.js";
import { until } from "../support/until.js";

const sha256 = createHash("sha256").update("good").digest("hex");
const token = "Authorization: Bearer good";
const hello = messageOf(codec(), [{ type: "hello" }]);
let gateway: TestGateway;
let good: BareSocket;
let lastId = 0;

beforeAll(async () => {
  gateway = await startGateway({
    auth: { keys: [{ sha256, tenant: "desk" }] },
    heartbeat: { hello_ms: 1_500 },
  });
  good = await BareSocket.open(gateway.url, { headers: { authorization: "Bearer good" } });
});
afterAll(() => gateway.stop());

const open = (first: string | Uint8Array) => RawPeer.open(gateway.port, first);

async function upgraded(headers: readonly string[]): Promise<RawPeer> {
  const peer = await open(upgradeRequest(headers));
  await peer.status();
  return peer;
}

const states: Readonly<Record<string, () => Promise<RawPeer>>> = {
  "no byte sent": () => open(""),
  "half a request": () => open("GET /v2/he"),
  "headers that do not end": () => open("GET /metrics HTTP/1.1\r\nHost: localhost\r\nX-Slow: "),
  "an answered request": async () => {
    const peer = await open("GET /v2/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await peer.status();
    return peer;
  },
  "refused with 401": () => upgraded([offered, "Authorization: Bearer bad"]),
  "refused with 404": async () => {
    const peer = await open(upgradeRequest([offered], "/v1/"));
    await peer.status();
    return peer;
  },
  "an upgrade that is none": async () => {
    const peer = await open(
      "GET /v1 HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    );
    await peer.status();
    return peer;
  },
  "no subprotocol (4406)": () => upgraded([token]),
  "no subprotocol, no token": () => upgraded([]),
  "no token": () => upgraded([offered]),
  "a token, no hello": () => upgraded([offered, token]),
  welcomed: async () => {
    const peer = await upgraded([offered, token]);
    peer.write(rawFrame(hello));
    return peer;
  },
  "closed by the gateway, not by the peer": async () => {
    const peer = await upgraded([offered, token]);
    peer.write(rawFrame(Uint8Array.of(0xc1)));
    expect(await peer.closeCode()).toBe(4400);
    return peer;
  },
  "half a message": async () => {
    const peer = await upgraded([offered, token]);
    peer.write(Buffer.concat([rawFrame(hello), rawFrame(new Uint8Array(1_000), { fin: false })]));
    return peer;
  },
};

const repeated = (bytes: Uint8Array, count: number) => Buffer.concat(new Array(count).fill(bytes));
const get = "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";

const attacks: Readonly<Record<string, (peer: RawPeer) => void>> = {
  "a frame with RSV1": (peer) => peer.write(rawFrame(Uint8Array.of(1), { rsv: 4 })),
  "a frame without mask": (peer) => peer.write(rawFrame(Uint8Array.of(1), { masked: false })),
  "opcode 3": (peer) => peer.write(rawFrame(Uint8Array.of(1), { opcode: 3 })),
  "1 TiB announced": (peer) => peer.write(rawFrame(new Uint8Array(), { announced: 2 ** 40 })),
  "a length of 2^63": (peer) =>
    peer.write(Buffer.from([0x82, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0])),
  "a ping of 200 bytes": (peer) => peer.write(rawFrame(new Uint8Array(200), { opcode: 9 })),
  "a ping in two pieces": (peer) => peer.write(rawFrame(Uint8Array.of(1), { opcode: 9, fin: false })),
  "a close with one byte": (peer) => peer.write(rawFrame(Uint8Array.of(1), { opcode: 8 })),
  "a close with code 1": (peer) => peer.write(rawFrame(Uint8Array.of(0, 1), { opcode: 8 })),
  "a continuation of nothing": (peer) => peer.write(rawFrame(Uint8Array.of(1), { opcode: 0 })),
  "2 MiB in pieces": (peer) => {
    peer.write(rawFrame(new Uint8Array(1_024), { fin: false }));
    peer.write(repeated(rawFrame(new Uint8Array(65_536), { fin: false, opcode: 0 }), 32));
  },
  "20,000 pieces": (peer) => {
    peer.write(rawFrame(new Uint8Array(1), { fin: false }));
    peer.write(repeated(rawFrame(new Uint8Array(1), { fin: false, opcode: 0 }), 20_000));
  },
  "pings by the thousand": (peer) => peer.write(repeated(rawFrame(Uint8Array.of(7), { opcode: 9 }), 5_000)),
  "pongs by the thousand": (peer) => peer.write(repeated(rawFrame(Uint8Array.of(7), { opcode: 10 }), 5_000)),
  "closes by the thousand": (peer) =>
    peer.write(repeated(rawFrame(Uint8Array.of(3, 232), { opcode: 8 }), 5_000)),
  "a second upgrade": (peer) => peer.write(upgradeRequest([offered, token])),
  "1,000 requests at once": (peer) => peer.write(get.repeat(1_000)),
  "a body that never ends": (peer) =>
    peer.write(
      `POST /metrics HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nffffff\r\n${"x".repeat(100_000)}`,
    ),
  "two lengths": (peer) =>
    peer.write(
      `GET /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 50\r\n\r\nhello${get}`,
    ),
  "a length and chunks": (peer) =>
    peer.write(
      `POST /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${get}`,
    ),
  "headers of 1 MiB": (peer) =>
    peer.write(`GET / HTTP/1.1\r\nHost: localhost\r\nX: ${"y".repeat(1_048_576)}\r\n\r\n`),
  "no HTTP at all": (peer) => peer.write(Uint8Array.from({ length: 5_000 }, (_, i) => (i * 7) & 255)),
  "a TLS hello": (peer) => peer.write(Uint8Array.of(0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3)),
  "a half-close": (peer) => void peer.socket.end(),
  "a reset": (peer) => peer.reset(),
  "an end of both": (peer) => peer.destroy(),
};

/** Sockets by kind, as the metrics tell them. */
async function counted(): Promise<Readonly<Record<string, number>>> {
  const text = await (
    await fetch(`${gateway.http}/metrics`, { headers: { connection: "close", authorization: "Bearer good" } })
  ).text();
  return Object.fromEntries(
    [...text.matchAll(/^headgate_sockets\{kind="(\w+)"\} (\d+)$/gm)].map(([, kind, count]) => [
      kind,
      Number(count),
    ]),
  );
}

async function expectOthersServed(): Promise<void> {
  good.send({ type: "infer", id: ++lastId, model: "market-impact", inputs: { X: rowsOf(0.5, 1, 16) } });
  expect(await good.answer(lastId)).toMatchObject({ type: "result" });
}

describe.each(Object.entries(states))("%s", (_, state) => {
  it("then anything at all: the process lives, others are served, and no count keeps a socket", async () => {
    const peers = await Promise.all(
      Object.values(attacks).map(async (attack) => {
        const peer = await state();
        attack(peer);
        return peer;
      }),
    );
    await expectOthersServed();
    for (const peer of peers) peer.write("and more");
    await until(async () => {
      await expectOthersServed();
      for (const peer of peers.splice(0)) peer.destroy();
      expect(await counted()).toEqual({ http: 1, unauthenticated: 0, accepted: 1 });
    });
  });
});

describe("what a client that never closes keeps", () => {
  it.each([
    ["refused with 401", [offered, "Authorization: Bearer bad"], "/v1"],
    ["refused with 403", [offered, "Origin: https://evil.example"], "/v1"],
    ["refused with 404", [offered], "/v1/"],
    ["of a version that is unknown", [offered, "Sec-WebSocket-Version: 7"], "/v1"],
  ])("nothing when it was %s", async (_, headers, path) => {
    const peers = await Promise.all(Array.from({ length: 20 }, () => open(upgradeRequest(headers, path))));
    for (const peer of peers) await peer.end;
    await until(async () => expect(await counted()).toMatchObject({ http: 1, unauthenticated: 0 }));
    for (const peer of peers) peer.destroy();
  });

  it.each([
    ["closed with 4406", [token]],
    ["without a token", [offered]],
  ])("and is not read beyond its budget when it is %s", async (_, headers) => {
    const peer = await upgraded(headers);
    const piece = rawFrame(new Uint8Array(1_048_576), { opcode: 0, fin: false });
    peer.write(rawFrame(new Uint8Array(1), { fin: false }));
    for (let i = 0; i < 31; i++) peer.write(piece);
    await peer.closeCode();
    const { bytesWritten, writableLength } = peer.socket;
    expect(bytesWritten - writableLength).toBeLessThan(16 * 1_048_576); // the rest of it lies in the two kernels' buffers
    await peer.end;
    peer.destroy();
  });

  it("a place for a second when it was closed with 4406, among those without a token", async () => {
    const peers = await Promise.all(Array.from({ length: 20 }, () => upgraded([token])));
    expect((await counted())["unauthenticated"]).toBeGreaterThan(0);
    for (const peer of peers) expect(await peer.closeCode()).toBe(4406);
    for (const peer of peers) await peer.end;
    await until(async () => expect(await counted()).toMatchObject({ unauthenticated: 0, accepted: 1 }));
    for (const peer of peers) peer.destroy();
  });
});

describe("a burst of pings", () => {
  it.each([64, 1_000, 5_000])("of %i closes nothing, and the last is answered", async (count) => {
    const peer = await upgraded([offered, token]);
    peer.write(rawFrame(hello));
    const pings = Array.from({ length: count }, (_, i) => rawFrame(Buffer.from(`${i}`), { opcode: 9 }));
    peer.write(Buffer.concat(pings));
    const last = `${count - 1}`;
    await peer.until(() => peer.pongs.some((payload) => payload.toString() === last) || undefined);
    if (count <= 1_000) expect(peer.pongs).toHaveLength(count);
    peer.write(rawFrame(messageOf(codec(), [{ type: "close", id: 1, stream: "none" }])));
    await peer.until(() => peer.text.includes("not_found") || undefined);
    peer.destroy();
  });
});

it("a message in more pieces than `ws` holds closes with 1008, and its socket is gone soon", async () => {
  const peer = await upgraded([offered, token]);
  peer.write(rawFrame(hello));
  peer.write(rawFrame(new Uint8Array(1), { fin: false }));
  peer.write(repeated(rawFrame(new Uint8Array(1), { fin: false, opcode: 0 }), 17_000));
  expect(await peer.closeCode()).toBe(1008);
  await peer.end;
  const text = await (
    await fetch(`${gateway.http}/metrics`, { headers: { authorization: "Bearer good" } })
  ).text();
  expect(text).toMatch(/headgate_connections_closed_total\{code="1008"\} [1-9]/);
  peer.destroy();
});
