/** The request service without a socket, a frame or a codec. */
import { describe, expect, it } from "vitest";
import type { InferenceRequest } from "../../gateway/catalog/inference-request.js";
import type { Requester } from "../../gateway/requests/requester.js";
import { HeadgateError } from "../../protocol/errors.js";
import { fromWire, toWire } from "../../protocol/tensor.js";
import { keptLog } from "../support/kept-log.js";
import { anybody, testRequests } from "../support/requests.js";
import { model, rowsOf } from "../support/servables.js";

const asker: Requester = { principal: anybody, connection: "page-1" };
const echo = (value: number, rest: Partial<InferenceRequest> = {}): InferenceRequest => ({
  model: "echo",
  inputs: { X: rowsOf(value) },
  ...rest,
});
const tick = (ts: number, value = 1) => ({
  stream: "SPX",
  ts,
  values: toWire({ datatype: "FP64", shape: [1], data: Float64Array.of(value) }),
});

function harness(servables = [model()]) {
  const lines: Record<string, unknown>[] = [];
  return { lines, ...testRequests({ models: "/srv/headgate/models" }, servables, keptLog(lines)) };
}

describe("an inference", () => {
  it("is in flight until its one answer, a plain value, and is counted", async () => {
    const { requests, engine, clock, metrics, lines } = harness();
    const running = requests.infer(asker, echo(1.5));
    expect(requests.lifecycle.inFlight).toBe(1);
    await clock.settle();
    engine.finishAll();
    const { outputs, timing, ...answer } = await running.answer;
    expect(answer).toEqual({ model: "echo", version: "1", backend: "scripted", precision: "FP32" });
    expect(timing).toEqual({ queue_ms: 0, compute_ms: 1, batch_size: 1 });
    expect(outputs["Y"] && Array.from(fromWire(outputs["Y"]).data, Number)).toEqual([1.5]);
    expect(running.cached).toBe(false);
    expect(requests.lifecycle.inFlight).toBe(0);
    expect(await metrics.scrape()).toContain(
      'headgate_inference_request_success{model="echo",version="1"} 1',
    );
    expect(lines).toEqual([]);
  });

  it("has no getter of its own: V8 would make a hidden class for each, which outlives the request", async () => {
    const { requests, engine, clock } = harness();
    const handles = [requests.infer(asker, echo(1)), requests.infer(asker, echo(2, { key: "once" }))];
    for (const handle of handles) expect(Object.getOwnPropertyDescriptor(handle, "cached")).toBeUndefined();
    await clock.settle();
    engine.finishAll();
    for (const { answer } of handles) await answer;
  });

  it("that is wrong is refused at once; nothing runs, and no line is logged", () => {
    const { requests, engine, lines } = harness();
    expect(() => requests.infer(asker, echo(1, { model: "none" }))).toThrow(
      expect.objectContaining({ code: "not_found", processed: "no" }),
    );
    expect(() => requests.infer(asker, echo(1, { priority: 9 }))).toThrow(/^priority: /);
    expect(requests.lifecycle.inFlight).toBe(0);
    expect(engine.runs).toEqual([]);
    expect(lines).toEqual([]);
  });

  it("is cancelled once, answered for that, and counted as refused", async () => {
    const { requests, engine, clock, metrics } = harness();
    const running = requests.infer(asker, echo(1));
    const answer = expect(running.answer).rejects.toMatchObject({ code: "cancelled", processed: "maybe" });
    await clock.settle();
    running.cancel();
    running.cancel();
    await answer;
    expect(requests.lifecycle.inFlight).toBe(0);
    expect(engine.runs[0]?.aborted).toBe(true);
    expect(await metrics.scrape()).toContain(
      'headgate_inference_request_failure{model="echo",version="1",reason="CANCELED"} 1',
    );
  });

  it("has its own time, then is refused", async () => {
    const { requests, clock } = harness();
    const late = expect(requests.infer(asker, echo(1, { timeoutMs: 5 })).answer).rejects.toMatchObject({
      code: "deadline_exceeded",
    });
    await clock.advance(4);
    expect(requests.lifecycle.inFlight).toBe(1);
    await clock.advance(1);
    await late;
    expect(requests.lifecycle.inFlight).toBe(0);
  });

  it("under a key is computed once for two faces, and says so to the second", async () => {
    const { requests, engine, clock } = harness();
    const first = requests.infer(asker, echo(1, { key: "order-17" }));
    const other = requests.infer({ principal: anybody }, echo(1, { key: "order-17" }));
    expect(requests.lifecycle.inFlight).toBe(2);
    await clock.settle();
    engine.finishAll();
    expect(await other.answer).toEqual(await first.answer);
    expect([first.cached, other.cached]).toEqual([false, true]);
    expect(engine.runs).toHaveLength(1);
  });
});

describe("what was not foreseen", () => {
  it("is told in short, and logged whole with where it came from", async () => {
    const { requests, lines, streams, metrics } = harness();
    streams.observe = () => Promise.reject(new TypeError("x is undefined"));
    await expect(requests.streams.observe(asker, tick(1), "r-7")).rejects.toMatchObject({
      code: "internal",
      message: "the gateway failed; its log says more",
      processed: "maybe",
    });
    expect(lines).toMatchObject([
      { connection: "page-1", request: "r-7", type: "observe", err: { message: "x is undefined" } },
    ]);
    expect(requests.lifecycle.inFlight).toBe(0);
    expect(await metrics.scrape()).not.toContain('reason="BACKEND"} 1');
  });

  it("names no folder of the server to who asked, and does to the operator", async () => {
    const { requests, lines, streams } = harness();
    const cause = new HeadgateError("unavailable", "no file /srv/headgate/models/echo/1/model.onnx", {
      retryAfterMs: 70,
    });
    streams.observe = () => Promise.reject(cause);
    await expect(requests.streams.feed(asker, tick(1))).rejects.toMatchObject({
      code: "unavailable",
      message: "no file echo/1/model.onnx",
      retryAfterMs: 70,
    });
    expect(lines).toMatchObject([{ type: "observe", err: { message: cause.message } }]);
  });

  it("of the engine is counted against the model, once, and logged once", async () => {
    const { requests, engine, clock, metrics, lines } = harness();
    const running = requests.infer(asker, echo(1), 3);
    const told = expect(running.answer).rejects.toMatchObject({ code: "internal" });
    await clock.settle();
    for (const run of engine.open) run.fail(new Error("onnx: bad node"));
    await told;
    expect(lines).toMatchObject([{ connection: "page-1", request: 3, type: "infer" }]);
    expect(await metrics.scrape()).toContain(
      'headgate_inference_request_failure{model="echo",version="1",reason="BACKEND"} 1',
    );
  });
});

describe("a drain", () => {
  it("refuses every kind of request, and what is in flight is answered", async () => {
    const { requests, engine, clock } = harness();
    await requests.streams.open(asker, { stream: "SPX", detector: "openly" });
    const running = requests.infer(asker, echo(1));
    await clock.settle();
    requests.lifecycle.drain();
    const refused = { code: "unavailable", retryable: true, processed: "no" };
    expect(() => requests.infer(asker, echo(2))).toThrow(expect.objectContaining(refused));
    expect(() => requests.describe(asker, "echo")).toThrow(expect.objectContaining(refused));
    expect(() => requests.streams.feed(asker, tick(1))).toThrow(expect.objectContaining(refused));
    expect(() => requests.lifecycle.immediately(asker, "subscribe", 1, () => 1)).toThrow(
      expect.objectContaining(refused),
    );
    await expect(requests.streams.open(asker, { stream: "VIX", detector: "openly" })).rejects.toMatchObject(
      refused,
    );
    await expect(requests.streams.observe(asker, tick(1))).rejects.toMatchObject(refused);
    await expect(requests.streams.state(asker, { stream: "SPX" })).rejects.toMatchObject(refused);
    expect(() => requests.streams.close(asker, "SPX")).toThrow(expect.objectContaining(refused));
    expect(requests.lifecycle.inFlight).toBe(1);
    engine.finishAll();
    await expect(running.answer).resolves.toMatchObject({ model: "echo" });
    expect(requests.lifecycle.inFlight).toBe(0);
  });

  it("does not refuse what an asker sent before it went: nobody could tell it to ask again", async () => {
    const { requests } = harness();
    await requests.streams.open(asker, { stream: "SPX", detector: "openly" });
    requests.lifecycle.drain();
    const taken = await requests.streams.observe({ ...asker, left: true }, tick(1));
    expect(taken).toEqual({ accepted: 1, duplicates: 0, lastTs: 1 });
  });
});

describe("a stream", () => {
  it("is opened, observed, asked where it stands and closed, in plain values", async () => {
    const { requests } = harness();
    const opened = await requests.streams.open(asker, { stream: "SPX", detector: "openly" });
    expect(opened).toEqual({ created: true, lastTs: null, observations: 0 });
    expect(await requests.streams.observe(asker, tick(5))).toEqual({ accepted: 1, duplicates: 0, lastTs: 5 });
    expect(await requests.streams.observe(asker, tick(5))).toEqual({ accepted: 0, duplicates: 1, lastTs: 5 });
    await requests.streams.feed(asker, tick(6, 0.25));
    const { state, path } = await requests.streams.state(asker, {
      stream: "SPX",
      path: "filtered",
      values: true,
    });
    expect(state).toMatchObject({ stream: "SPX", observations: 2, last_ts: 6 });
    expect(path).toMatchObject({ kind: "filtered", regimes: ["calm", "turbulent"] });
    expect(path && [...path.times]).toEqual([5, 6]);
    expect(path?.rows && [...path.rows]).toEqual([1, 0.25]);
    await requests.streams.close(asker, "SPX");
    await expect(requests.streams.observe(asker, tick(7))).rejects.toMatchObject({ code: "not_found" });
    expect(requests.lifecycle.inFlight).toBe(0);
  });

  it("counts in flight what is answered, and not what is only fed", async () => {
    const { requests } = harness();
    await requests.streams.open(asker, { stream: "SPX", detector: "openly" });
    const answered = requests.streams.observe(asker, tick(1));
    const fed = requests.streams.feed(asker, tick(2));
    expect(requests.lifecycle.inFlight).toBe(1);
    await Promise.all([answered, fed]);
    expect(requests.lifecycle.inFlight).toBe(0);
  });
});

it("a description is the same value for as long as nothing of it changes", () => {
  const { requests } = harness();
  const described = requests.describe(asker, "echo");
  expect(described.models).toMatchObject([{ name: "echo", state: "ready" }]);
  expect(requests.describe({ principal: anybody }, "echo")).toBe(described);
  expect(() => requests.describe(asker, "none")).toThrow(expect.objectContaining({ code: "not_found" }));
});
