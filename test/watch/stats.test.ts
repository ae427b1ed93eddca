/** What a watcher of gateway.stats is sent, over a session: of all tenants, or of its own. */
import { describe, expect, it } from "vitest";
import type { Principal } from "../../gateway/auth/principal.js";
import { statsSchema } from "../../gateway/watch/stats/stats-schema.js";
import type { ClientFrame, GatewayFrame, SampleFrame } from "../../protocol/frames.js";
import type { StatsSample } from "../../protocol/samples.js";
import { toWire } from "../../protocol/tensor.js";
import { hello, type TestHouse, type TestSession, testHouse, testSession } from "../support/house.js";
import { anybody } from "../support/requests.js";
import { rowsOf } from "../support/servables.js";

const operator: Principal = { ...anybody, tenant: "ops", scopes: new Set(["metrics:read"]) };
const desk: Principal = { ...anybody, tenant: "desk", namespace: "desk", scopes: withoutMetrics() };
const rival: Principal = { ...desk, tenant: "rival-secret", namespace: "rival-secret" };

function withoutMetrics(): Principal["scopes"] {
  return new Set([...anybody.scopes].filter((scope) => scope !== "metrics:read"));
}

const watchStats: ClientFrame = { type: "watch", id: 1, topic: "gateway.stats" };

async function client(house: TestHouse, principal: Principal, ...frames: ClientFrame[]) {
  const session = testSession(house, principal);
  await session.send(hello, ...frames);
  session.heard();
  return session;
}

function samples(heard: readonly GatewayFrame[]): StatsSample[] {
  return heard
    .filter((frame): frame is SampleFrame<"gateway.stats"> => frame.type === "sample")
    .map(({ data }) => data);
}

function infer(id: number, rows = 1): ClientFrame {
  return { type: "infer", id, model: "echo", inputs: { X: rowsOf(1, rows) } };
}

/** Sends requests, and finishes their batches after so many milliseconds. */
async function traffic(house: TestHouse, session: TestSession, ms: number, ...frames: ClientFrame[]) {
  await session.send(...frames);
  await house.clock.advance(ms);
  house.engine.finishAll();
  await house.clock.settle();
}

describe("a watch of gateway.stats", () => {
  it("is acked with its interval, and brings a sample after each", async () => {
    const house = testHouse();
    const session = testSession(house, operator);
    await session.send(hello, { ...watchStats, interval_ms: 700 });
    const [, ack] = session.heard();
    expect(ack).toEqual({ type: "ack", id: 1, topic: "gateway.stats", interval_ms: 1_000 });
    await house.clock.advance(999);
    expect(session.heard()).toEqual([]);
    await house.clock.advance(1);
    await house.clock.advance(2_000);
    const heard = session.heard();
    expect(heard.map((frame) => (frame as SampleFrame).seq)).toEqual([1, 2, 3]);
    for (const sample of samples(heard)) {
      expect(statsSchema.parse(sample)).toEqual(sample);
      expect(sample).toMatchObject({ scope: "gateway", interval_ms: 1_000, requests: 0, latency_ms: null });
    }
  });

  it("shows what requests brought in the interval: rates, latency, batches, bytes, errors", async () => {
    const house = testHouse();
    const watching = await client(house, operator, { ...watchStats, interval_ms: 2_000 });
    const asking = await client(house, desk);
    await traffic(house, asking, 40, infer(1, 3));
    await traffic(house, asking, 10, infer(2));
    await asking.send({ ...infer(3), model: "nothing" } as ClientFrame);
    await asking.send({ type: "state", id: 4, stream: "SPX" });
    await house.clock.advance(2_000);
    const [sample] = samples(watching.heard());
    expect(sample).toMatchObject({
      requests: 3,
      requests_per_second: 1.5,
      inferences: 4,
      inferences_per_second: 2,
      errors: { not_found: 2 },
      latency_ms: { max: 40 },
      in_flight: 0,
      queue: 0,
    });
    expect(sample?.latency_ms?.p50).toBeGreaterThan(10 * 0.97);
    expect(sample?.latency_ms?.p50).toBeLessThan(10 * 1.03);
    expect(sample?.models).toMatchObject([
      {
        model: "echo",
        version: "1",
        requests: 2,
        errors: 0,
        inferences: 4,
        compute_ms: 2,
        batch: { count: 2, mean_rows: 2, max_rows: 3, sizes: { 1: 1, 3: 1 } },
      },
    ]);
    expect(sample?.tenants).toMatchObject([
      { tenant: "desk", requests: 3, errors: 1, inferences: 4, compute_ms: 2, bytes_in: (3 + 1 + 1) * 4 },
    ]);
    await house.clock.advance(2_000);
    expect(samples(watching.heard())).toMatchObject([{ requests: 0, models: [], errors: {} }]);
  });

  it("shows requests that wait and run now, also of a model that answers none", async () => {
    const house = testHouse();
    const watching = await client(house, operator, watchStats);
    const asking = await client(house, desk);
    await asking.send(infer(1));
    await asking.send(infer(2), infer(3));
    await house.clock.advance(1_000);
    const [sample] = samples(watching.heard());
    expect(sample).toMatchObject({ requests: 0, in_flight: 3, queue: 2 });
    expect(sample?.models).toMatchObject([{ model: "echo", requests: 0, queue: 2, batch: null }]);
    expect(sample?.tenants).toMatchObject([{ tenant: "desk", in_flight: 3, waiting: 2, latency_ms: null }]);
  });

  it("counts accepted observations and their bytes", async () => {
    const house = testHouse();
    const watching = await client(house, operator, watchStats);
    const feed = await client(house, desk, { type: "open", id: 1, stream: "SPX", detector: "openly" });
    const values = toWire({ datatype: "FP64", shape: [2, 1], data: Float64Array.of(1, 2) });
    await feed.send({ type: "observe", id: 2, stream: "SPX", ts: [1, 2], values });
    await feed.send({ type: "observe", stream: "SPX", ts: [1, 2], values }); // both are known
    await house.clock.advance(1_000);
    const [sample] = samples(watching.heard());
    expect(sample).toMatchObject({ observations: 2, observations_per_second: 2 });
    expect(sample?.tenants).toMatchObject([{ tenant: "desk", observations: 2, bytes_in: 32 }]);
  });
});

describe("without the scope metrics:read", () => {
  it("a tenant sees its own figures, and nothing of another tenant", async () => {
    const house = testHouse();
    const watching = await client(house, desk, watchStats);
    const all = await client(house, operator, watchStats);
    const one = await client(house, desk);
    const two = await client(house, rival);
    await one.send(infer(1));
    await two.send(infer(1), infer(2));
    await two.send({ type: "infer", id: 3, model: "fit", inputs: { X: rowsOf(1) } });
    await two.send({ type: "state", id: 4, stream: "their-stream" });
    for (let turn = 0; turn < 5; turn++) {
      await house.clock.advance(100);
      house.engine.finishAll();
    }
    await house.clock.advance(500);
    const [own] = samples(watching.heard());
    expect(own).toMatchObject({ scope: "tenant", requests: 1, inferences: 1, errors: {}, process: null });
    expect(own?.models.map(({ model, requests }) => [model, requests])).toEqual([["echo", 1]]);
    expect(own?.tenants.map(({ tenant }) => tenant)).toEqual(["desk"]);
    expect(JSON.stringify(own)).not.toMatch(/rival|their|fit/);
    const [every] = samples(all.heard());
    expect(every).toMatchObject({ scope: "gateway", errors: { not_found: 1 } });
    expect(every?.process?.heap_bytes).toBeGreaterThan(0);
    expect(every?.tenants.map(({ tenant }) => tenant).sort()).toEqual(["desk", "rival-secret"]);
    expect(every?.requests).toBe(4);
  });

  it("a tenant sees of the queue what is its own", async () => {
    const house = testHouse();
    const watching = await client(house, desk, watchStats);
    const one = await client(house, desk);
    const two = await client(house, rival);
    await two.send(infer(1));
    await two.send(infer(2), infer(3));
    await one.send(infer(1));
    await house.clock.advance(1_000);
    const [own] = samples(watching.heard());
    expect(own).toMatchObject({ in_flight: 1, queue: 1 });
    expect(own?.models).toMatchObject([{ model: "echo", queue: 1 }]);
    expect(own?.tenants).toMatchObject([{ tenant: "desk", in_flight: 1, waiting: 1 }]);
  });
});
