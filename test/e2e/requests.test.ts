/** Requests over a real socket, with the TypeScript client and with a bare one. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import WebSocket from "ws";
import { connect, type Gate, tensor } from "../../client/typescript/index.js";
import { toWire } from "../../protocol/tensor.js";
import { startGateway, type TestGateway } from "../support/gateway.js";
import { slowInfer, slowModel, slowParameters, slowSamples } from "../support/slow-fit.js";
import { BareSocket } from "../support/socket.js";

let gateway: TestGateway;
let gate: Gate;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());
beforeEach(async () => {
  gate = await connect(gateway.url);
});
afterEach(() => gate.close());

const market = (value: number, rows = 1) => ({
  X: tensor(new Float32Array(rows * 16).fill(value), [rows, 16]),
});

/** A worker's lane is free again: a brief fit is answered. */
const briefFit = () => gate.infer("standard_scaler", { X: tensor([[1], [2], [3]], "FP64") });

describe("many in flight", () => {
  it("are each answered with their own rows, the same as alone", async () => {
    const values = Array.from({ length: 300 }, (_, i) => ({ value: i / 300, rows: 1 + (i % 3) }));
    const together = await Promise.all(
      values.map(({ value, rows }) => gate.infer("market-impact", market(value, rows))),
    );
    for (const at of [0, 1, 2, 149, 299]) {
      const { value = 0, rows = 1 } = values[at] ?? {};
      const alone = await gate.infer("market-impact", market(value, rows));
      const [mine, his] = [together[at], alone].map((answer) => answer?.outputs["impact_bps"]);
      expect(mine?.shape).toEqual([rows, 1]);
      for (let row = 0; row < rows; row++)
        expect(Number(mine?.data[row])).toBeCloseTo(Number(his?.data[row]), 4);
    }
    expect(Math.max(...together.map(({ timing }) => timing.batchSize))).toBeGreaterThan(3);
  });

  it("are answered as they are ready: models while a fit goes on", async () => {
    const abort = new AbortController();
    const slow = gate.infer(
      slowModel,
      { X: slowSamples() },
      { parameters: slowParameters, signal: abort.signal },
    );
    const ended = expect(slow).rejects.toMatchObject({ code: "cancelled" });
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        gate.infer(i % 2 === 0 ? "market-impact" : "signal-random-forest", {
          X: tensor(new Float32Array(i % 2 === 0 ? 16 : 12), [1, i % 2 === 0 ? 16 : 12]),
        }),
      ),
    );
    expect(answers.map(({ model }) => model).slice(0, 2)).toEqual(["market-impact", "signal-random-forest"]);
    abort.abort();
    await ended;
    expect((await briefFit()).outputs["mean"]).toEqual(tensor([2], "FP64"));
  });

  it("in one message are answered out of order", async () => {
    const socket = await BareSocket.open(gateway.url);
    socket.send(slowInfer(1), {
      type: "infer",
      id: 2,
      model: "market-impact",
      inputs: { X: toWire(market(0.5).X) },
    });
    expect(await socket.answer(2)).toMatchObject({
      type: "result",
      version: "1",
      backend: "onnxruntime-cpu",
    });
    socket.send({ type: "cancel", id: 1 });
    expect(await socket.answer(1)).toMatchObject({ type: "error", code: "cancelled", processed: "maybe" });
    await socket.close();
  });
});

describe("time", () => {
  it("that runs out while it is computed stops the fit", async () => {
    const late = gate.infer(slowModel, { X: slowSamples() }, { parameters: slowParameters, timeoutMs: 60 });
    await expect(late).rejects.toMatchObject({ code: "deadline_exceeded", processed: "maybe" });
    await briefFit();
  });

  it("that runs out in the queue means it was surely not run", async () => {
    const socket = await BareSocket.open(gateway.url);
    socket.send(slowInfer(1));
    await vi.waitFor(() => expect(gateway.gateway.engine.workers.at(-1)?.room).toBe(0), { interval: 2 });
    socket.send(slowInfer(2, { timeout_ms: 30 }));
    expect(await socket.answer(2)).toMatchObject({ code: "deadline_exceeded", processed: "no" });
    socket.send({ type: "cancel", id: 1 });
    await socket.answer(1);
    await socket.close();
  });

  it("is up when an AbortSignal says so, before and while it runs", async () => {
    const running = new AbortController();
    const asked = gate.infer(
      slowModel,
      { X: slowSamples() },
      { parameters: slowParameters, signal: running.signal },
    );
    const reason = new Error("enough");
    setTimeout(() => running.abort(reason), 20);
    await expect(asked).rejects.toMatchObject({ code: "cancelled", cause: reason });
    await expect(
      gate.infer("market-impact", market(1), { signal: AbortSignal.abort() }),
    ).rejects.toMatchObject({ code: "cancelled" });
    await briefFit();
  });
});

describe("the JSON form", () => {
  it("gives the client the same numbers", async () => {
    const json = await connect(gateway.url, { encoding: "json" });
    const [text, binary] = await Promise.all(
      [json, gate].map((each) => each.infer("market-impact", market(0.25))),
    );
    expect(text?.outputs).toEqual(binary?.outputs);
    await json.close();
  });

  it("can be typed by hand, several frames a message", async () => {
    const socket = await BareSocket.open(gateway.url, { subprotocol: "headgate.v1.json", hello: false });
    const data = new Array(16).fill(0.25);
    socket.raw(
      `{"type":"hello"}\n\n{"type":"infer","id":7,"model":"market-impact",` +
        `"inputs":{"X":{"datatype":"FP32","shape":[1,16],"data":${JSON.stringify(data)}}}}\n`,
    );
    expect(await socket.answer(7)).toMatchObject({ type: "result", precision: "FP32" });
    expect(socket.frames[0]?.type).toBe("welcome");
    await socket.close();
  });

  it("is text: a binary message closes, and so does text in the binary form", async () => {
    const text = await BareSocket.open(gateway.url, { subprotocol: "headgate.v1.json", hello: false });
    text.raw(new TextEncoder().encode('{"type":"hello"}'));
    expect(await text.closed).toMatchObject({ code: 4400 });
    const binary = await BareSocket.open(gateway.url, { hello: false });
    binary.raw('{"type":"hello"}');
    expect(await binary.closed).toMatchObject({ code: 4400 });
  });
});

it("no known subprotocol completes the upgrade and closes with 4406", async () => {
  const socket = new WebSocket(gateway.url);
  const code = await new Promise((resolve) => socket.on("close", resolve));
  expect(code).toBe(4406);
});

describe("an idempotency key", () => {
  it("runs once: a repeat gets the first answer, also on another connection", async () => {
    const other = await connect(gateway.url);
    const first = await gate.infer("market-impact", market(0.75), { key: "order-17" });
    const repeat = await other.infer("market-impact", market(0.75), { key: "order-17" });
    expect(first.cached).toBe(false);
    expect(repeat).toEqual({ ...first, cached: true });
    const otherRequest = other.infer("market-impact", market(0.5), { key: "order-17" });
    await expect(otherRequest).rejects.toMatchObject({ code: "failed_precondition", processed: "no" });
    await other.close();
  });
});

it("describe tells what there is", async () => {
  const { models, detectors } = await gate.describe();
  const names = models.map(({ name, state }) => `${name} ${state}`);
  expect(names).toContain("market-impact ready");
  expect(names).toContain("pca ready");
  expect(detectors.map(({ name }) => name)).toContain("gaussian_hmm");
  const one = await gate.describe("pca");
  expect(one.models).toMatchObject([{ name: "pca", kind: "fit", inputs: [{ name: "X" }] }]);
  await expect(gate.describe("none")).rejects.toMatchObject({ code: "not_found" });
});
