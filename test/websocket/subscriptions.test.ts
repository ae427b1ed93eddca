import { describe, expect, it, vi } from "vitest";
import type { ClientFrame, GatewayFrame, SubscribeFrame } from "../../protocol/frames.js";
import { toWire } from "../../protocol/tensor.js";
import { hello, type TestHouse, testHouse, testSession } from "../support/house.js";
import { change, publish } from "../support/regimes.js";
import { anybody } from "../support/requests.js";

const topic = "regime.SPX";
const key = { namespace: "default", topic };

const open: ClientFrame = { type: "open", id: 1, stream: "SPX", detector: "openly" };
const subscribe = (id: number, overrides: Partial<SubscribeFrame> = {}): ClientFrame => ({
  type: "subscribe",
  id,
  topic,
  ...overrides,
});
const observe = (ts: readonly number[], p: readonly number[], id?: number): ClientFrame => ({
  type: "observe",
  ...(id !== undefined && { id }),
  stream: "SPX",
  ts,
  values: toWire({ datatype: "FP64", shape: [p.length, 1], data: Float64Array.from(p) }),
});

async function greeted(test: TestHouse, principal = anybody) {
  const client = testSession(test, principal);
  await client.send(hello);
  client.heard();
  return client;
}

const told = (frames: readonly GatewayFrame[]) =>
  frames.map((frame) => ("offset" in frame ? `${frame.type} ${frame.offset}` : frame.type));

describe("subscribe", () => {
  it("is answered by ack, snapshot, then events; the publisher's own socket too", async () => {
    const test = testHouse();
    const { send, heard } = await greeted(test);
    await send(open, subscribe(2), observe([1, 2, 3, 4], [0, 0, 1, 1], 3));
    const frames = heard();
    const mine = frames.filter((frame) => !("id" in frame && (frame.id === 1 || frame.id === 3)));
    expect(told(mine)).toEqual(["ack", "snapshot 0", "event 1", "event 2"]);
    expect(mine[1]).toMatchObject({ topic, recovered: false });
    expect(mine[3]).toMatchObject({ data: { from: "calm", to: "turbulent", observed_ts: 4 } });
    expect(frames.at(-1)).toMatchObject({ type: "ack", id: 3, accepted: 4, duplicate: false, last_ts: 4 });
  });

  it("whose past cannot be read closes the connection, to be resumed later, and harms no other", async () => {
    const test = testHouse();
    await publish(test, key, change());
    const [reader, other] = [await greeted(test), await greeted(test)];
    vi.spyOn(test.journal, "read").mockRejectedValueOnce(new Error("/data: no route to the store"));
    await other.send(subscribe(1));
    await reader.send(subscribe(1, { since: { epoch: test.house.hub.log.epoch, offset: 0 } }));
    expect(reader.transport.closes).toEqual([
      { code: 1013, reason: "the event log cannot be read now; reconnect and resume later" },
    ]);
    await publish(test, key, change());
    expect(told(reader.heard())).toEqual(["ack"]);
    expect(told(other.heard())).toEqual(["ack", "snapshot 1", "event 2"]);
  });

  it("tells the state there is", async () => {
    const test = testHouse();
    const { send, heard } = await greeted(test);
    await send(open, observe([1, 2], [0, 0]));
    heard();
    await send(subscribe(2));
    expect(heard().at(-1)).toMatchObject({
      type: "snapshot",
      offset: 1,
      position: 1,
      data: { kind: "regime_state", regime: "calm", observations: 2, last_ts: 2 },
    });
  });

  it("the same topic twice is refused, and once unsubscribed it may come again", async () => {
    const { send, heard } = await greeted(testHouse());
    await send(subscribe(1), subscribe(2));
    expect(heard()).toContainEqual(expect.objectContaining({ id: 2, code: "failed_precondition" }));
    await send({ type: "unsubscribe", id: 3, topic }, subscribe(4));
    expect(told(heard())).toEqual(["ack", "ack", "snapshot 0"]);
  });

  it("is bounded for a connection", async () => {
    const { send, heard } = await greeted(testHouse({ limits: { subscriptions: 2 } }));
    for (let id = 1; id <= 3; id++) await send(subscribe(id, { topic: `regime.S${id}` }));
    expect(heard().at(-1)).toMatchObject({ id: 3, code: "resource_exhausted", retryable: false });
  });

  it("resumes from since, by offset for a topic and by position for the pattern", async () => {
    const test = testHouse();
    for (let i = 0; i < 3; i++) await publish(test, key, change());
    const { epoch } = test.house.hub.log;
    const one = await greeted(test);
    await one.send(subscribe(1, { since: { epoch, offset: 2 } }));
    expect(told(one.heard())).toEqual(["ack", "event 3", "snapshot 3"]);
    const all = await greeted(test);
    await all.send(subscribe(1, { topic: "regime.*", since: { epoch, position: 1 } }));
    expect(told(all.heard())).toEqual(["ack", "event 2", "event 3", "snapshot 3"]);
  });

  it("hears nothing of another namespace", async () => {
    const test = testHouse();
    const stranger = await greeted(test, { ...anybody, namespace: "other" });
    await stranger.send(subscribe(1), subscribe(2, { topic: "regime.*" }));
    stranger.heard();
    const { send } = await greeted(test);
    await send(open, observe([1, 2], [0, 0]));
    expect(stranger.heard()).toEqual([]);
    await stranger.send({ type: "close", id: 3, stream: "SPX" });
    expect(stranger.heard()).toMatchObject([{ id: 3, code: "not_found" }]);
  });
});

describe("after unsubscribe, and after the end", () => {
  it("no event follows the ack", async () => {
    const test = testHouse();
    const { send, heard } = await greeted(test);
    await send(subscribe(1));
    heard();
    await send({ type: "unsubscribe", id: 2, topic });
    await publish(test, key, change());
    await test.clock.settle();
    expect(told(heard())).toEqual(["ack"]);
    expect(test.house.hub.subscriptions).toBe(0);
  });

  it("a connection that is gone holds no subscription", async () => {
    const test = testHouse();
    const { send, session } = await greeted(test);
    await send(subscribe(1), subscribe(2, { topic: "regime.*" }));
    expect(test.house.hub.subscriptions).toBe(2);
    session.gone();
    expect(test.house.hub.subscriptions).toBe(0);
  });
});

describe("a slow reader", () => {
  it("is closed with 4480 and the others feel nothing", async () => {
    const test = testHouse({ limits: { outbox_bytes: 2_000 } });
    const [slow, quick] = [await greeted(test), await greeted(test)];
    await slow.send(subscribe(1));
    await quick.send(subscribe(1));
    quick.heard();
    slow.transport.stuck = true;
    for (let i = 0; i < 20; i++) {
      await publish(test, key, change());
      await test.clock.settle();
    }
    expect(slow.transport.closes).toMatchObject([{ code: 4480 }]);
    expect(quick.transport.closes).toEqual([]);
    expect(told(quick.heard())).toEqual(Array.from({ length: 20 }, (_, i) => `event ${i + 1}`));
    expect(test.house.hub.subscriptions).toBe(1);
  });

  it("resumes where it was, each event once", async () => {
    const test = testHouse({ limits: { outbox_bytes: 2_000 } });
    const first = await greeted(test);
    await first.send(subscribe(1));
    first.transport.stuck = true;
    for (let i = 0; i < 20; i++) {
      await publish(test, key, change());
      await test.clock.settle();
    }
    const seen = first.transport.frames.filter((frame) => frame.type === "event");
    const { epoch } = test.house.hub.log;
    const second = await greeted(test);
    await second.send(subscribe(1, { since: { epoch, offset: seen.at(-1)?.offset ?? 0 } }));
    const missed = second.transport.frames.filter((frame) => frame.type === "event");
    expect([...seen, ...missed].map(({ offset }) => offset)).toEqual(
      Array.from({ length: 20 }, (_, i) => i + 1),
    );
  });

  it("is not taken for one because of a long history: a replay waits for the socket", async () => {
    const test = testHouse({ limits: { outbox_bytes: 100_000 } });
    for (let i = 0; i < 3_000; i++) await publish(test, key, change());
    const { send, transport } = await greeted(test);
    transport.stuck = true;
    await send(subscribe(1, { since: { epoch: test.house.hub.log.epoch, offset: 0 } }));
    const before = transport.frames.length;
    expect(before).toBeLessThan(1_000);
    while (transport.bufferedBytes > 0) {
      expect(transport.bufferedBytes).toBeLessThan(200_000);
      transport.leave(1);
      await test.clock.settle();
    }
    expect(transport.closes).toEqual([]);
    const events = transport.frames.filter((frame) => frame.type === "event");
    expect(events.map(({ offset }) => offset)).toEqual(Array.from({ length: 3_000 }, (_, i) => i + 1));
    expect(transport.frames.at(-1)).toMatchObject({ type: "snapshot", recovered: true });
  });

  it("in mode latest gets the last state instead of being closed", async () => {
    const test = testHouse({ limits: { outbox_bytes: 2_000 } });
    const { send, heard, transport } = await greeted(test);
    await send(subscribe(1, { mode: "latest" }));
    heard();
    transport.stuck = true;
    for (let i = 0; i < 20; i++) {
      await publish(test, key, change());
      await test.clock.settle();
    }
    expect(transport.closes).toEqual([]);
    expect(told(heard())).toEqual(["event 1"]);
    transport.leave();
    await test.clock.settle();
    expect(told(heard())).toEqual(["event 20"]);
  });
});

describe("observe", () => {
  it("without id is silent, and tells only a failure", async () => {
    const { send, heard, transport } = await greeted(testHouse());
    await send(open);
    heard();
    await send(observe([1, 2], [0.5, 0.5]));
    expect(heard()).toEqual([]);
    await send(observe([2, 3], [0.6, 0.5]));
    expect(heard()).toMatchObject([
      { type: "error", stream: "SPX", ts: 2, code: "failed_precondition", processed: "no" },
    ]);
    expect(heard()).toEqual([]);
    expect(transport.closes).toEqual([]);
  });

  it("that repeats is acked as a duplicate, and open tells where a feed goes on", async () => {
    const { send, heard } = await greeted(testHouse());
    await send(open, observe([1, 2], [0.5, 0.5], 2));
    await send(observe([1, 2], [0.5, 0.5], 3), { ...open, id: 4 } as ClientFrame);
    const frames = heard();
    expect(frames).toContainEqual(
      expect.objectContaining({ id: 3, accepted: 0, duplicates: 2, duplicate: true, last_ts: 2 }),
    );
    expect(frames).toContainEqual(
      expect.objectContaining({ id: 4, created: false, last_ts: 2, observations: 2 }),
    );
  });

  it("may follow open in the same message, and come before another socket's", async () => {
    const test = testHouse();
    const [one, two] = [await greeted(test), await greeted(test)];
    await one.send(open, observe([1], [0.5], 2));
    await two.send(observe([2], [0.5], 1));
    expect(one.heard()).toContainEqual(expect.objectContaining({ id: 2, last_ts: 1 }));
    expect(two.heard()).toMatchObject([{ id: 1, accepted: 1, last_ts: 2 }]);
  });
});
