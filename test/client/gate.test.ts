/** What a client says and counts while a gateway is there, is away, and is there again. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { connectOn } from "../../client/typescript/connect.js";
import { Gate } from "../../client/typescript/gate.js";
import {
  type Alert,
  type ConnectOptions,
  type Outage,
  tensor,
  UnavailableError,
} from "../../client/typescript/index.js";
import type { ClientFrame, GatewayFrame } from "../../protocol/frames.js";
import { ScriptedPlatform } from "../support/scripted-platform.js";

const url = "ws://gateway/v1";
const refused = "nothing listens there (connection refused): is the gateway running, is the address right?";
const X = tensor([[1]]);

let warnings: unknown[];
beforeEach(() => {
  vi.useFakeTimers();
  warnings = [];
  vi.spyOn(console, "warn").mockImplementation((text) => void warnings.push(text));
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

async function made(options: ConnectOptions = {}) {
  const platform = new ScriptedPlatform();
  const gate = new Gate([url], { wait: false, backoff: { firstMs: 10, mostMs: 10 }, ...options }, platform);
  await passed(0);
  return { platform, gate };
}

/** Lets time pass, and what was promised settle. */
const passed = (ms: number) => vi.advanceTimersByTimeAsync(ms);

const outcome = (call: Promise<unknown>) =>
  call.then(
    () => undefined,
    (error: unknown) => error,
  );

async function answered(
  platform: ScriptedPlatform,
  call: Promise<unknown>,
  frame: (id: number) => GatewayFrame,
) {
  await passed(0);
  platform.send(frame((platform.sent.at(-1) as ClientFrame & { id: number }).id));
  await passed(0);
  return call;
}

const result = (id: number): GatewayFrame => ({
  type: "result",
  id,
  model: "m",
  version: "1",
  outputs: {},
  backend: "b",
  precision: "fp64",
  timing: { queue_ms: 0, compute_ms: 0, batch_size: 1 },
});

describe("connect without waiting", () => {
  it("gives a client at once, and calls wait for the gateway in their own time", async () => {
    const platform = new ScriptedPlatform();
    const gate = await connectOn(platform, url, { wait: false });
    expect(gate.connected).toBe(false);
    const call = gate.infer("m", { X });
    await passed(0);
    platform.greet();
    expect(await answered(platform, call, result)).toMatchObject({ model: "m", source: "gateway" });
  });

  it("waits otherwise, and its error names the addresses and the cause", async () => {
    const platform = new ScriptedPlatform();
    const failure = outcome(connectOn(platform, url, { connectTimeoutMs: 300 }));
    await passed(0);
    platform.lose(refused);
    await passed(300);
    const error = await failure;
    expect(error).toBeInstanceOf(UnavailableError);
    expect(error).toMatchObject({
      code: "unavailable",
      addresses: [url],
      cause: refused,
      message: `no gateway answered within 0.3 s at ${url}: ${refused}`,
    });
    expect(warnings).toEqual([]); // the error says it
  });
});

describe("while no gateway answers", () => {
  it("a call's own time ends it, with the addresses, the cause and the next attempt", async () => {
    const { platform, gate } = await made({ backoff: { firstMs: 60_000, mostMs: 60_000 } });
    vi.spyOn(Math, "random").mockReturnValue(0.5);
    platform.lose(refused);
    const failure = outcome(gate.infer("m", { X }, { timeoutMs: 100 }));
    await passed(200);
    expect(await failure).toMatchObject({
      code: "unavailable",
      processed: "no",
      retryable: true,
      answered: false,
      addresses: [url],
      cause: refused,
      message: expect.stringMatching(
        /within the call's 100 ms at ws:\/\/gateway\/v1: .*It is tried again in 29\.9 s\.$/,
      ),
    });
  });

  it("a call that was under way when the connection went is told so, and that it may have run", async () => {
    const { platform, gate } = await made();
    platform.greet();
    const failure = outcome(gate.infer("m", { X }));
    await passed(0);
    platform.lose("reset");
    expect(await failure).toMatchObject({
      code: "unavailable",
      processed: "maybe",
      addresses: [url],
      cause: "reset",
      message: `the connection to ${url} was lost: reset`,
    });
  });

  it("an outage is logged at its start and its end, once", async () => {
    const { platform } = await made();
    platform.greet();
    platform.lose("reset");
    await passed(10);
    platform.lose("reset");
    await passed(10);
    platform.greet();
    expect(warnings).toEqual([
      expect.stringContaining(`no gateway answers at ${url}: reset`),
      expect.stringMatching(/answers again after 0\.0 s; 0 calls were answered by the fallback/),
    ]);
  });

  it("an outage is told to `onBack` with its length, and not logged where events are listened to", async () => {
    const outages: Outage[] = [];
    const alerts: Alert[] = [];
    const { platform, gate } = await made({
      fallback: () => ({ Y: X }),
      fallbackAfterMs: 20,
      onEvent: () => {},
      onBack: (outage) => outages.push(outage),
      onFallback: (alert) => alerts.push(alert),
    });
    vi.spyOn(Math, "random").mockReturnValue(1);
    platform.greet();
    platform.lose("reset");
    await passed(5_000);
    expect(await gate.infer("m", { X })).toMatchObject({ source: "fallback" });
    platform.greet();
    expect(alerts).toMatchObject([
      { model: "m", source: "fallback", error: { code: "unavailable", cause: "reset" } },
    ]);
    expect(outages).toEqual([{ addresses: [url], cause: "reset", lastedMs: 5_000, fallbacks: 1 }]);
    expect(warnings).toEqual([]);
  });

  it("a hook that throws, or rejects, is logged and stops nothing", async () => {
    const errors: unknown[] = [];
    vi.spyOn(console, "error").mockImplementation((...all) => void errors.push(all.at(-1)));
    const { platform, gate } = await made({
      onEvent: () => {
        throw new Error("mine");
      },
      onBack: async () => {
        throw new Error("late");
      },
    });
    platform.lose(refused);
    await passed(10);
    platform.greet();
    expect(await answered(platform, gate.infer("m", { X }), result)).toMatchObject({ model: "m" });
    expect(errors.map(String)).toContain("Error: mine");
    expect(errors.map(String)).toContain("Error: late");
  });
});

describe("refresh", () => {
  const ack = (id: number): GatewayFrame => ({ type: "ack", id });

  it("gives the gateway the new token, which later connections have too", async () => {
    const { platform, gate } = await made({ token: "old" });
    platform.greet();
    await answered(platform, gate.refresh("new"), ack);
    expect(platform.last("refresh")).toMatchObject({ token: "new" });
    platform.lose("reset");
    await passed(10);
    expect(platform.tokens).toEqual(["old", "new"]);
  });

  it("leaves the token as it is when the gateway refuses the new one, and a function as it is always", async () => {
    const { platform, gate } = await made({ token: "old" });
    platform.greet();
    const failure = outcome(gate.refresh("wrong"));
    await answered(platform, failure, (id) => ({
      type: "error",
      id,
      code: "unauthenticated",
      message: "no",
      retryable: false,
      processed: "no",
    }));
    expect(await failure).toMatchObject({ code: "unauthenticated", answered: true });
    platform.lose("reset");
    await passed(10);
    expect(platform.tokens).toEqual(["old", "old"]);

    const asked = await made({ token: () => "made" });
    asked.platform.greet();
    await answered(asked.platform, asked.gate.refresh("new"), ack);
    asked.platform.lose("reset");
    await passed(10);
    expect(asked.platform.tokens).toEqual(["made", "made"]);
  });
});

it("calls are counted by outcome and source, as an object and for Prometheus", async () => {
  const { platform, gate } = await made({
    fallback: ({ model }) => (model === "known" ? { Y: X } : undefined),
    onEvent: () => {},
  });
  platform.greet();
  const slow = gate.infer("m", { X });
  await passed(0);
  await passed(8);
  platform.send(result(platform.last("infer").id));
  await slow;
  const wrong = outcome(gate.infer("m", { X }));
  await answered(platform, wrong, (id) => ({
    type: "error",
    id,
    code: "invalid_argument",
    message: "X: no",
    retryable: false,
    processed: "no",
  }));
  platform.lose("reset", 1006);
  const late = outcome(gate.infer("other", { X }, { timeoutMs: 20 }));
  const known = gate.infer("known", { X }, { timeoutMs: 20 });
  const stop = new AbortController();
  const aborted = outcome(gate.infer("m", { X }, { signal: stop.signal }));
  stop.abort();
  vi.spyOn(Math, "random").mockReturnValue(1);
  await passed(40);
  await Promise.all([late, known, aborted]);
  expect(gate.metrics.calls).toEqual(
    expect.arrayContaining([
      { outcome: "ok", source: "gateway", count: 1 },
      { outcome: "invalid_argument", source: "gateway", count: 1 },
      { outcome: "unavailable", source: "client", count: 1 },
      { outcome: "cancelled", source: "client", count: 1 },
      { outcome: "ok", source: "fallback", count: 1 },
    ]),
  );
  expect(gate.metrics.calls).toHaveLength(5);
  expect(gate.metrics.times).toMatchObject({
    gateway: { count: 1, meanMs: 8, p50Ms: 8, p99Ms: 8, mostMs: 8 },
    fallback: { count: 1 },
  });
  expect(JSON.parse(JSON.stringify(gate.metrics))).toMatchObject({
    connected: false,
    outages: 1,
    outage_seconds: 0.04,
    calls: gate.metrics.calls,
    times: gate.metrics.times,
  });
  const lines = gate.metrics.prometheus().split("\n");
  expect(lines).toEqual(
    expect.arrayContaining([
      'headgate_client_calls_total{outcome="ok",source="gateway"} 1',
      'headgate_client_response_seconds_bucket{source="gateway",le="0.0078125"} 0',
      'headgate_client_response_seconds_bucket{source="gateway",le="0.015625"} 1',
      'headgate_client_response_seconds_bucket{source="gateway",le="+Inf"} 1',
      'headgate_client_response_seconds_sum{source="gateway"} 0.008000',
      'headgate_client_response_seconds_count{source="fallback"} 1',
      "headgate_client_connected 0",
      "headgate_client_outages_total 1",
      "headgate_client_outage_seconds_total 0.040",
    ]),
  );
});

describe("each call", () => {
  it("has a time of its own", async () => {
    const { platform, gate } = await made({ timeoutMs: 60_000 });
    platform.greet();
    const opening = gate.openStream("SPX", { detector: "bocpd", timeoutMs: 100 });
    await passed(0);
    platform.send({
      type: "ack",
      id: platform.last("open").id,
      created: true,
      observations: 0,
      last_ts: null,
    });
    const stream = await opening;
    const calls = [
      gate.describe("m", { timeoutMs: 100 }),
      gate.openStream("NDX", { detector: "bocpd", timeoutMs: 100 }),
      gate.streamState("SPX", { timeoutMs: 100 }),
      stream.observe(1, [1], { timeoutMs: 100 }),
      stream.state({ timeoutMs: 100 }),
      stream.close({ timeoutMs: 100 }),
    ].map(outcome);
    await passed(200);
    const codes = (await Promise.all(calls)).map((error) => (error as { code: string }).code);
    expect(codes).toEqual(codes.map(() => "deadline_exceeded"));
  });

  it.each([0, -1, Number.NaN])(
    "refuses a time of %s by name, and the connection lives",
    async (timeoutMs) => {
      const { platform, gate } = await made();
      platform.greet();
      expect(await outcome(gate.infer("m", { X }, { timeoutMs }))).toMatchObject({
        code: "invalid_argument",
        message: expect.stringContaining("timeoutMs"),
      });
      expect(await outcome(gate.describe("m", { timeoutMs }))).toMatchObject({ code: "invalid_argument" });
      expect(await answered(platform, gate.infer("m", { X }), result)).toMatchObject({ model: "m" });
    },
  );
});

describe("a subscription that is made", () => {
  const subscribed = (platform: ScriptedPlatform) =>
    platform.sent.flatMap((frame) => (frame.type === "subscribe" ? [frame.topic] : []));

  it("when the connection is told is sent once, and again on the next one", async () => {
    let gate: Gate | undefined;
    const topics = ["regime.A", "regime.B"];
    const onEvent: ConnectOptions["onEvent"] = ({ kind }) => {
      const topic = kind === "connected" ? topics.shift() : undefined;
      if (topic !== undefined) gate?.subscribe(topic);
    };
    const { platform, gate: client } = await made({ onEvent });
    gate = client;
    platform.greet();
    await passed(0);
    expect(subscribed(platform)).toEqual(["regime.A"]);
    platform.lose("gone");
    await passed(100);
    platform.greet();
    await passed(0);
    expect(subscribed(platform)).toEqual(["regime.A", "regime.A", "regime.B"]);
    await gate.close();
  });

  it("or a watch of the gateway's figures, is sent once", async () => {
    let gate: Gate | undefined;
    const onEvent: ConnectOptions["onEvent"] = ({ kind }) => {
      if (kind === "connected") void gate?.watch("gateway.stats", {}, () => {});
    };
    const { platform, gate: client } = await made({ onEvent });
    gate = client;
    platform.greet({ features: ["watch"] });
    await passed(0);
    expect(platform.sent.map(({ type }) => type)).toEqual(["watch"]);
    await gate.close();
  });

  it("when an outage is told to be over is sent once", async () => {
    let gate: Gate | undefined;
    const { platform, gate: client } = await made({
      onEvent() {},
      onBack: () => void gate?.subscribe("regime.A"),
    });
    gate = client;
    platform.greet();
    await passed(0);
    platform.lose("gone");
    await passed(100);
    platform.greet();
    await passed(0);
    expect(subscribed(platform)).toEqual(["regime.A"]);
    await gate.close();
  });
});
