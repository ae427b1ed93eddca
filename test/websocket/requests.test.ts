import { describe, expect, it } from "vitest";
import type { ClientFrame, ErrorFrame } from "../../protocol/frames.js";
import { hello, testHouse, testSession } from "../support/house.js";
import { model, rowsOf } from "../support/servables.js";
import { codec } from "../support/transport.js";

const infer = (id: number, overrides: Record<string, unknown> = {}): ClientFrame => ({
  type: "infer",
  id,
  model: "echo",
  inputs: { X: rowsOf(id) },
  ...overrides,
});

async function greeted(overrides: Record<string, unknown> = {}) {
  const house = testHouse(overrides);
  const client = testSession(house);
  await client.send(hello);
  client.heard();
  return { ...house, ...client };
}

describe("a wrong request", () => {
  const wrong: readonly [string, ClientFrame, string, RegExp][] = [
    ["an unknown model", infer(1, { model: "none" }), "not_found", /^model: no model "none"/],
    ["an unknown version", infer(1, { version: "9" }), "not_found", /^version: /],
    ["a missing input", infer(1, { inputs: {} }), "invalid_argument", /^inputs\.X: missing/],
    ["an unknown output", infer(1, { outputs: ["Z"] }), "invalid_argument", /^outputs: /],
    ["a priority there is not", infer(1, { priority: 9 }), "invalid_argument", /^priority: /],
    ["an unknown parameter", infer(1, { parameters: { k: 1 } }), "invalid_argument", /^parameters\.k: /],
    ["a detector that is asked", { type: "describe", id: 1, model: "none" }, "not_found", /^model: /],
    ["an unknown stream", { type: "close", id: 1, stream: "SPX" }, "not_found", /^stream: /],
    ["an unknown subscription", { type: "unsubscribe", id: 1, topic: "regime.SPX" }, "not_found", /^topic: /],
    [
      "an unknown detector",
      { type: "open", id: 1, stream: "SPX", detector: "none" },
      "not_found",
      /^detector: /,
    ],
  ];

  it.each(wrong)("is answered, and the session lives: %s", async (_, frame, code, message) => {
    const { send, heard, transport } = await greeted();
    await send(frame, { type: "describe", id: 2 });
    const answers = heard();
    const error = answers.find((each) => "id" in each && each.id === 1);
    expect(error).toMatchObject({ type: "error", id: 1, code, processed: "no", retryable: false });
    expect((error as ErrorFrame).message).toMatch(message);
    expect(answers).toHaveLength(2);
    expect(answers).toContainEqual(expect.objectContaining({ type: "ack", id: 2 }));
    expect(transport.closes).toEqual([]);
  });

  it("that does not even parse is answered under its id", async () => {
    const { session, heard, transport, clock } = await greeted();
    const frame = { type: "infer", id: 7, model: 3, inputs: {} };
    session.receive(codec().encode(frame as never) as Uint8Array);
    await clock.settle();
    expect(heard()).toMatchObject([{ type: "error", id: 7, code: "invalid_argument" }]);
    expect(transport.closes).toEqual([]);
  });
});

describe("ids", () => {
  it("in flight twice close the session with 4400", async () => {
    const { send, transport, engine, clock } = await greeted();
    await send(infer(1), infer(1));
    expect(transport.closes).toEqual([{ code: 4400, reason: "id 1 is in flight already" }]);
    await clock.settle();
    expect(engine.runs).toEqual([]);
  });

  it("may be used again once answered", async () => {
    const { send, heard, engine, clock } = await greeted();
    for (const round of [1, 2]) {
      await send(infer(1));
      engine.finishAll();
      await clock.settle();
      expect(heard(), `round ${round}`).toMatchObject([{ type: "result", id: 1 }]);
    }
    await send({ type: "describe", id: 1 }, { type: "describe", id: 1 });
    expect(heard()).toMatchObject([{ type: "ack" }, { type: "ack" }]);
  });
});

describe("cancel", () => {
  it("takes a waiting request out of the queue: it is never computed", async () => {
    const { send, heard, engine, clock } = await greeted();
    await send(infer(1));
    await send(infer(2), { type: "cancel", id: 2 });
    expect(heard()).toMatchObject([{ type: "error", id: 2, code: "cancelled", processed: "no" }]);
    engine.finishAll();
    await clock.settle();
    expect(heard()).toMatchObject([{ type: "result", id: 1 }]);
    expect(engine.runs).toHaveLength(1);
  });

  it("of a running request is answered at once, and its late result is dropped", async () => {
    const { send, heard, engine, clock } = await greeted();
    await send(infer(1));
    await send({ type: "cancel", id: 1 }, { type: "cancel", id: 1 });
    expect(heard()).toMatchObject([{ type: "error", id: 1, code: "cancelled", processed: "maybe" }]);
    engine.finishAll();
    await clock.settle();
    expect(heard()).toEqual([]);
  });

  it("of nothing is ignored", async () => {
    const { send, heard, transport } = await greeted();
    await send({ type: "cancel", id: 9 }, { type: "describe", id: 9 });
    expect(heard()).toMatchObject([{ type: "ack", id: 9 }]);
    expect(transport.closes).toEqual([]);
  });
});

describe("credits", () => {
  it("refuse one request too many, and the others live on", async () => {
    const { send, heard, engine, clock } = await greeted({ limits: { requests_in_flight: 2 } });
    await send(infer(1), infer(2), infer(3));
    expect(heard()).toMatchObject([
      { type: "error", id: 3, code: "resource_exhausted", processed: "no", retryable: true },
    ]);
    engine.finishAll();
    await clock.settle();
    expect(heard().map((frame) => "id" in frame && frame.id)).toEqual([1, 2]);
    await send(infer(3));
    engine.finishAll();
    await clock.settle();
    expect(heard()).toMatchObject([{ type: "result", id: 3 }]);
  });

  it("refuse bytes beyond the limit, and take them again once answered", async () => {
    const { send, heard, engine, clock } = await greeted({ limits: { bytes_in_flight: 2_000 } });
    const big = (id: number) => infer(id, { inputs: { X: rowsOf(1, 1, 300) } });
    await send(big(1), big(2));
    expect(heard()).toMatchObject([{ type: "error", id: 2, code: "resource_exhausted", processed: "no" }]);
    engine.finishAll();
    await clock.settle();
    expect(heard()).toMatchObject([{ id: 1, type: "result" }]);
    await send(big(2));
    engine.finishAll();
    await clock.settle();
    expect(heard()).toMatchObject([{ id: 2, type: "result" }]);
  });

  it("are given back by every kind of end", async () => {
    const { send, heard, clock, engine } = await greeted({ limits: { requests_in_flight: 1 } });
    for (let round = 0; round < 3; round++) {
      await send(infer(1, { model: "none" }));
      await send({ type: "describe", id: 1 });
      await send({ type: "close", id: 1, stream: "SPX" });
      await send(infer(1), { type: "cancel", id: 1 });
      await send(infer(1, { timeout_ms: 5 }));
      await clock.advance(5);
      engine.finishAll();
    }
    const codes = heard().map((frame) => (frame.type === "error" ? frame.code : frame.type));
    const round = ["not_found", "ack", "not_found", "cancelled", "deadline_exceeded"];
    expect(codes).toEqual([...round, ...round, ...round]);
  });

  it("are not taken by an observe without id, but its bytes are", async () => {
    const { send, heard } = await greeted({ limits: { requests_in_flight: 1, bytes_in_flight: 1_024 } });
    await send({ type: "open", id: 1, stream: "SPX", detector: "openly" });
    const values = { datatype: "FP64", shape: [200], data: new Uint8Array(1_600) } as const;
    await send({ type: "observe", stream: "SPX", ts: 5, values });
    expect(heard().at(-1)).toMatchObject({
      type: "error",
      stream: "SPX",
      ts: 5,
      code: "resource_exhausted",
      processed: "no",
    });
    expect(heard()).toEqual([]);
  });
});

describe("a result", () => {
  it("bigger than the client takes becomes an error, once", async () => {
    const house = testHouse();
    const { send, heard, transport } = testSession(house);
    await send({ type: "hello", max_message_bytes: 1_024 }, infer(1, { inputs: { X: rowsOf(1, 1, 400) } }));
    heard();
    house.engine.finishAll();
    await house.clock.settle();
    expect(heard()).toMatchObject([
      { type: "error", id: 1, code: "resource_exhausted", retryable: false, processed: "maybe" },
    ]);
    await send(infer(1));
    house.engine.finishAll();
    await house.clock.settle();
    expect(heard()).toMatchObject([{ type: "result", id: 1 }]);
    expect(transport.closes).toEqual([]);
  });

  it("that fills what the client takes to the byte is sent", async () => {
    const probe = testHouse();
    const first = testSession(probe);
    const wide = infer(1, { inputs: { X: rowsOf(1, 1, 400) } });
    await first.send(hello, wide);
    probe.engine.finishAll();
    await probe.clock.settle();
    const size = first.transport.codec.size(first.transport.messages.at(-1) ?? "");
    for (const [bytes, type] of [
      [size, "result"],
      [size - 1, "error"],
    ] as const) {
      const house = testHouse();
      const { send, heard } = testSession(house);
      await send({ type: "hello", max_message_bytes: bytes }, wide);
      house.engine.finishAll();
      await house.clock.settle();
      expect(heard().at(-1)?.type).toBe(type);
    }
  });
});

describe("the end of a socket", () => {
  it("takes what is queued out, and asks what runs to stop", async () => {
    const { send, session, engine, clock, scheduler, heard } = await greeted();
    await send(infer(1, { model: "fit" }));
    await send(infer(2, { model: "fit" }), infer(3));
    session.gone();
    await clock.settle();
    expect(engine.runs).toHaveLength(1);
    expect(engine.runs[0]?.aborted).toBe(true);
    engine.finishAll();
    await clock.settle();
    expect(engine.runs).toHaveLength(1);
    expect(scheduler.pending).toBe(0);
    expect(heard()).toEqual([]);
  });

  it("leaves a keyed computation to the connection that asked for it again", async () => {
    const test = testHouse();
    const { clock, engine } = test;
    const [old, fresh] = [testSession(test), testSession(test)];
    await old.send(hello, infer(1, { key: "order-17" }));
    await fresh.send(hello, infer(5, { key: "order-17", inputs: { X: rowsOf(1) } }));
    old.session.gone();
    await clock.settle();
    engine.finishAll();
    await clock.settle();
    expect(fresh.heard().at(-1)).toMatchObject({ type: "result", id: 5, cached: true });
    expect(engine.runs).toHaveLength(1);
  });

  it("gives a repeat of a key its own deadline, and the first goes on", async () => {
    const test = testHouse();
    const [first, repeat] = [testSession(test), testSession(test)];
    await first.send(hello, infer(1, { key: "order-17" }));
    await repeat.send(hello, infer(5, { key: "order-17", inputs: { X: rowsOf(1) }, timeout_ms: 20 }));
    await test.clock.advance(20);
    expect(repeat.heard().at(-1)).toMatchObject({
      type: "error",
      id: 5,
      code: "deadline_exceeded",
      processed: "maybe",
    });
    test.engine.finishAll();
    await test.clock.settle();
    expect(first.heard().at(-1)).toMatchObject({ type: "result", id: 1 });
    expect(test.engine.runs).toHaveLength(1);
  });

  it("does not stand in the way of a keyed request that comes again", async () => {
    const test = testHouse();
    const [old, fresh] = [testSession(test), testSession(test)];
    await old.send(hello, infer(1, { key: "order-17" }));
    old.session.gone();
    await test.clock.settle();
    await fresh.send(hello, infer(5, { key: "order-17", inputs: { X: rowsOf(1) } }));
    test.engine.finishAll();
    await test.clock.settle();
    test.engine.finishAll();
    await test.clock.settle();
    expect(fresh.heard().at(-1)).toMatchObject({ type: "result", id: 5 });
  });
});

describe("a drain", () => {
  it("is told, refuses what is new, and answers what was accepted", async () => {
    const { house, send, session, heard, engine, clock } = await greeted();
    await send(infer(1));
    house.requests.lifecycle.drain();
    session.drain();
    await clock.settle();
    expect(heard()).toEqual([{ type: "drain", deadline_ms: 30_000, retry_min_ms: 500, retry_max_ms: 5_000 }]);
    expect(session.inFlight).toBe(1);
    await send(infer(2), { type: "describe", id: 3 });
    await send({
      type: "observe",
      stream: "SPX",
      ts: 1,
      values: { datatype: "FP64", shape: [1], data: new Uint8Array(8) },
    });
    expect(heard()).toMatchObject([
      { id: 2, code: "unavailable", processed: "no", retryable: true },
      { id: 3, code: "unavailable", processed: "no" },
      { stream: "SPX", ts: 1, code: "unavailable", processed: "no" },
    ]);
    engine.finishAll();
    await clock.settle();
    expect(heard()).toMatchObject([{ type: "result", id: 1 }]);
    expect(session.inFlight).toBe(0);
  });

  it("that came before hello is told after welcome", async () => {
    const test = testHouse();
    const { house } = test;
    const { send, session, heard } = testSession(test);
    house.requests.lifecycle.drain();
    session.drain();
    expect(heard()).toEqual([]);
    await send(hello);
    expect(heard().map(({ type }) => type)).toEqual(["welcome", "drain"]);
  });
});

it("a request that admission refused is counted as Triton would", async () => {
  const test = testHouse({}, [model({ maxQueueSize: 1 })]);
  const { send, heard } = testSession(test);
  await send(hello, infer(1), infer(2));
  expect(heard().at(-1)).toMatchObject({ id: 2, code: "resource_exhausted", processed: "no" });
  expect(await test.house.metrics.scrape()).toContain(
    'headgate_inference_request_failure{model="echo",version="1",reason="REJECTED"} 1',
  );
});
