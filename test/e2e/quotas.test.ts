/** Quotas over real sockets: what clients see of them, and that other tenants see nothing. */
import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { connect, tensor } from "../../client/typescript/index.js";
import { toWire } from "../../protocol/tensor.js";
import { startGateway, type TestGateway } from "../support/gateway.js";
import { BareSocket, refusedUpgrade } from "../support/socket.js";
import { until } from "../support/until.js";

const keys = ["alpha", "beta", "gamma"].map((tenant) => ({
  sha256: createHash("sha256").update(tenant).digest("hex"),
  tenant,
  namespace: tenant,
}));
const bearer = (tenant: string, more: Record<string, string> = {}) => ({
  headers: { authorization: `Bearer ${tenant}`, ...more },
});

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway({
    auth: { keys },
    tenants: {
      alpha: { quotas: { requests: { per_second: 0.01, burst: 5 }, connections: 2, subscriptions: 1 } },
      gamma: { quotas: { requests: { per_second: 20, burst: 2 } } },
    },
    limits: { unauthenticated_connections_per_address: 2, trusted_proxies: ["127.0.0.1"] },
  });
});
afterAll(() => gateway.stop());

const metrics = async () => (await fetch(`${gateway.http}/metrics`, bearer("beta"))).text();

describe("a tenant over its rate", () => {
  it("is answered with the time that is left; a tick without an id gets an error too, and nothing else is lost", async () => {
    const socket = await BareSocket.open(gateway.url, bearer("alpha"));
    onTestFinished(async () => void (await socket.close()));
    socket.send({ type: "open", id: 1, stream: "SPX", detector: "gaussian_hmm" });
    const values = toWire({ datatype: "FP64", shape: [1], data: Float64Array.of(0.5) });
    for (let ts = 1; ts <= 6; ts++) socket.send({ type: "observe", stream: "SPX", ts, values });
    // The burst of 5 is the open and four ticks; the last two ticks are each refused by their time.
    for (const ts of [5, 6])
      expect(await socket.next((frame) => frame.type === "error" && frame.ts === ts)).toMatchObject({
        type: "error",
        stream: "SPX",
        code: "resource_exhausted",
        retryable: true,
        processed: "no",
        message: expect.stringMatching(
          /^quota requests: tenant alpha may use 0\.01 requests a second and 5 at once/,
        ),
      });
    const refused = await socket.next((frame) => frame.type === "error");
    if (refused.type !== "error") throw new Error("no error");
    expect(refused.retry_after_ms).toBeGreaterThan(50_000);
    expect(refused.retry_after_ms).toBeLessThanOrEqual(100_000);
    // The connection lives, and a tenant may end what it holds.
    socket.send({ type: "close", id: 2, stream: "SPX" });
    expect(await socket.answer(2)).toMatchObject({ type: "ack" });
    expect(await metrics()).toMatch(/headgate_quota_refusals_total\{tenant="alpha",quota="requests"\} 2/);
  });

  it("is served by the client later, and another tenant at once", async () => {
    const slow = await connect(gateway.url, { token: "gamma" });
    const other = await connect(gateway.url, { token: "beta" });
    onTestFinished(async () => void (await Promise.all([slow.close(), other.close()])));
    const scaled = (gate: typeof slow) => gate.infer("standard_scaler", { X: tensor([[1], [2]], "FP64") });
    // Beyond the burst the client waits for as long as the gateway says, and no call fails.
    const answers = await Promise.all([...Array.from({ length: 4 }, () => scaled(slow)), scaled(other)]);
    expect(answers).toHaveLength(5);
    expect(await metrics()).toMatch(/headgate_quota_refusals_total\{tenant="gamma",quota="requests"\} [1-9]/);
  });
});

describe("connections beyond a tenant's quota", () => {
  it("are refused with 429 and Retry-After at the upgrade, closed with 4429 after a hello, and taken again later", async () => {
    const held = [
      await BareSocket.open(gateway.url, bearer("alpha")),
      await BareSocket.open(gateway.url, bearer("alpha")),
    ];
    expect(await refusedUpgrade(gateway.url, bearer("alpha").headers)).toMatchObject({
      status: 429,
      retryAfter: "5",
    });
    const late = await BareSocket.open(gateway.url, { hello: false });
    late.send({ type: "hello", token: "alpha" });
    expect(await late.closed).toMatchObject({
      code: 4429,
      reason: expect.stringMatching(/^quota connections: tenant alpha may have 2 connections/),
    });
    const beta = await BareSocket.open(gateway.url, bearer("beta"));
    await beta.next(({ type }) => type === "welcome");
    await held[0]?.close();
    await until(async () => {
      const again = await BareSocket.open(gateway.url, bearer("alpha"));
      await again.next(({ type }) => type === "welcome");
      await again.close();
    });
    for (const socket of [held[1], beta]) await socket?.close();
  });
});

describe("connections without a token", () => {
  it("are bounded by address, as a trusted proxy tells it, and those with a token are not", async () => {
    const from = (address: string) => ({ hello: false, headers: { "x-forwarded-for": address } });
    const silent = [
      await BareSocket.open(gateway.url, from("198.51.100.1")),
      await BareSocket.open(gateway.url, from("203.0.113.9, 198.51.100.1")),
    ];
    expect(await refusedUpgrade(gateway.url, { "x-forwarded-for": "198.51.100.1" })).toMatchObject({
      status: 429,
      retryAfter: "5",
    });
    const tokens = await BareSocket.open(gateway.url, bearer("beta", { "x-forwarded-for": "198.51.100.1" }));
    await tokens.next(({ type }) => type === "welcome");
    const ipv6 = [
      await BareSocket.open(gateway.url, from("2001:db8:1:2::1")),
      await BareSocket.open(gateway.url, from("2001:db8:1:2::2")),
    ];
    expect(await refusedUpgrade(gateway.url, { "x-forwarded-for": "2001:db8:1:2::3" })).toMatchObject({
      status: 429,
    });
    const neighbour = await BareSocket.open(gateway.url, from("2001:db8:1:3::1"));
    // One that brings its token no longer counts.
    silent[0]?.send({ type: "hello", token: "beta" });
    await silent[0]?.next(({ type }) => type === "welcome");
    const next = await BareSocket.open(gateway.url, from("198.51.100.1"));
    for (const socket of [...silent, ...ipv6, tokens, neighbour, next]) await socket.close();
    expect(await metrics()).toMatch(
      /headgate_quota_refusals_total\{tenant="\(none\)",quota="unauthenticated_connections_per_address"\} 2/,
    );
  });
});
