/** How watches share timers and samples, what a slow reader gets, and that nothing goes on when nobody watches. */
import { describe, expect, it } from "vitest";
import type { Principal } from "../../gateway/auth/principal.js";
import { HeadgateError } from "../../protocol/errors.js";
import type { ClientFrame, GatewayFrame, SampleFrame } from "../../protocol/frames.js";
import { limits } from "../../protocol/limits.js";
import { hello, type TestHouse, type TestSession, testHouse, testSession } from "../support/house.js";
import { anybody } from "../support/requests.js";
import { rowsOf } from "../support/servables.js";

const operator: Principal = { ...anybody, tenant: "ops" };
const stats = { type: "watch", id: 1, topic: "gateway.stats" } as const;

async function watching(house: TestHouse, ...frames: ClientFrame[]): Promise<TestSession> {
  const session = testSession(house, operator);
  await session.send(hello, ...frames);
  session.heard();
  return session;
}

function samples(heard: readonly GatewayFrame[]): SampleFrame[] {
  return heard.filter((frame): frame is SampleFrame => frame.type === "sample");
}

describe("watches", () => {
  it("of one topic and interval share a timer and each sample's bytes; another interval has its own", async () => {
    const house = testHouse();
    const sessions = await Promise.all([1, 2, 3].map(() => watching(house, stats)));
    const slow = await watching(house, { ...stats, interval_ms: 2_000 });
    expect(house.house.watches.timers).toBe(2);
    await house.clock.advance(2_000);
    const frames = sessions.map((session) => samples(session.heard()));
    expect(frames.map((each) => each.map(({ seq }) => seq))).toEqual([
      [1, 2],
      [1, 2],
      [1, 2],
    ]);
    expect(samples(slow.heard()).map(({ seq }) => seq)).toEqual([1]);
    const [first, second] = sessions.map(({ transport }) => transport.messages.at(-1));
    expect(second).toBe(first);
  });

  it("end with unwatch and with the connection, and then no timer runs and no request is reported", async () => {
    const house = testHouse();
    const armed = house.clock.armed;
    const one = await watching(house, stats);
    const two = await watching(house, stats, { ...stats, id: 2, topic: "gateway.models" });
    expect(house.traffic.listener).toBeDefined();
    await one.send({ type: "unwatch", id: 3, topic: "gateway.stats" });
    expect(house.traffic.listener).toBeDefined();
    two.session.gone();
    expect(house.traffic.listener).toBeUndefined();
    expect([house.house.watches.timers, house.clock.armed]).toEqual([0, armed]);
    one.heard();
    await house.clock.advance(5_000);
    expect(one.heard()).toEqual([]);
  });

  it("skip samples while much waits for a slow reader, whose connection lives on", async () => {
    const house = testHouse();
    const slow = await watching(house, stats);
    const quick = await watching(house, stats);
    slow.transport.stuck = true;
    const rows = limits.sample_backlog_bytes_max / 4 + 1;
    await slow.send({ type: "infer", id: 5, model: "echo", inputs: { X: rowsOf(1, 1, rows) } });
    house.engine.finishAll();
    await house.clock.settle();
    expect(slow.transport.bufferedBytes).toBeGreaterThan(limits.sample_backlog_bytes_max);
    await house.clock.advance(3_000);
    slow.transport.stuck = false;
    slow.transport.leave();
    await house.clock.advance(1_000);
    expect(samples(slow.heard()).map(({ seq }) => seq)).toEqual([4]);
    expect(samples(quick.heard()).map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
    expect(slow.transport.closes).toEqual([]);
  });

  it("follow the rights of a changed token from one sample to the next", async () => {
    const house = testHouse();
    const principal = { ...operator };
    const session = testSession(house, principal);
    await session.send(hello, stats);
    await house.clock.advance(1_000);
    Object.assign(principal, { scopes: new Set(["streams:read"]) });
    await house.clock.advance(2_000); // the view of the tenant alone is made with the next sample
    const scopes = samples(session.heard()).map(({ data }) => (data as { scope: string }).scope);
    expect(scopes).toEqual(["gateway", "tenant"]);
  });

  it("are refused twice for a topic, when unknown, and beyond the views of a tenant; the connection lives on", async () => {
    const house = testHouse();
    const session = await watching(house, stats);
    await session.send({ ...stats, id: 2 }, { type: "unwatch", id: 3, topic: "gateway.models" });
    expect(session.heard()).toMatchObject([
      { type: "error", id: 2, code: "failed_precondition" },
      { type: "error", id: 3, code: "not_found", message: "topic: gateway.models is not watched" },
    ]);
    const streams = (n: number) =>
      ({ type: "watch", id: 9, topic: "gateway.streams", contains: `s${n}` }) as const;
    for (let n = 0; n < 63; n++) await watching(house, streams(n));
    const last = testSession(house, operator);
    await last.send(hello, streams(64));
    expect(last.heard()[1]).toMatchObject({
      type: "error",
      id: 9,
      code: "resource_exhausted",
      retryable: false,
    });
    await last.send(streams(5)); // a view that others of the tenant have
    expect(last.heard()).toMatchObject([{ type: "ack", id: 9 }, { type: "sample" }]);
    const other = testSession(house, { ...operator, tenant: "another" });
    await other.send(hello, streams(64));
    expect(other.heard()[1]).toMatchObject({ type: "ack", id: 9 });
  });

  it("end with an error that names the topic when the client takes no message as large as a sample", async () => {
    const house = testHouse();
    const session = testSession(house, operator);
    await session.send({ type: "hello", max_message_bytes: 1_024 });
    for (let i = 0; i < 20; i++)
      await session.send({ type: "open", id: i + 10, stream: `S${i}`, detector: "openly" });
    session.heard();
    await session.send({ type: "watch", id: 1, topic: "gateway.streams" });
    await house.clock.advance(3_000);
    expect(session.heard()).toMatchObject([
      { type: "ack", id: 1 },
      { type: "error", topic: "gateway.streams", code: "resource_exhausted", retryable: false },
    ]);
    expect(house.house.watches.timers).toBe(0);
  });

  it("go on when a collector fails: the sample is skipped", async () => {
    const house = testHouse();
    const session = await watching(house, { ...stats, topic: "gateway.models" });
    const { all } = house.catalog;
    house.catalog.all = () => {
      throw new HeadgateError("internal", "broken");
    };
    await house.clock.advance(1_000);
    house.catalog.all = all;
    expect(session.heard()).toEqual([]);
    await house.clock.advance(1_000);
    expect(samples(session.heard()).map(({ seq }) => seq)).toEqual([2]);
  });
});
