/** Datasets over a session, without a socket: puts in parts, and what requests with references are answered. */
import { describe, expect, it } from "vitest";
import type { PutFrame } from "../../protocol/dataset-frames.js";
import type { GatewayFrame, InferFrame } from "../../protocol/frames.js";
import { fromWire, toWire, type WireTensor } from "../../protocol/tensor.js";
import { hello, type TestHouse, type TestSession, testHouse, testSession } from "../support/house.js";
import { anybody } from "../support/requests.js";
import { fitting, model, rowsOf } from "../support/servables.js";

/** A column of the numbers from the first on, whose rows are lists of one. */
const rows = (from: number, count: number): WireTensor =>
  toWire({
    datatype: "FP32",
    shape: [count, 1],
    data: Float32Array.from({ length: count }, (_, i) => from + i),
  });

async function joined(house: TestHouse, principal = anybody): Promise<TestSession> {
  const session = testSession(house, principal);
  await session.send(hello);
  session.heard();
  return session;
}

async function opened(overrides: Record<string, unknown> = {}, servables = [model(), fitting()]) {
  const house = testHouse(overrides, servables);
  const session = await joined(house);
  const ask = async (...frames: Parameters<TestSession["send"]>): Promise<GatewayFrame[]> => {
    await session.send(...frames);
    for (let i = 0; i < 10; i++) {
      await house.clock.settle();
      house.engine.finishAll();
    }
    return byId(session.heard());
  };
  return { ...house, session, ask };
}

/** Answers come as they are ready: in the order of the requests they are easier to compare. */
function byId(frames: GatewayFrame[]): GatewayFrame[] {
  const idOf = (frame: GatewayFrame) => ("id" in frame ? Number(frame.id) : 0);
  return frames.sort((a, b) => idOf(a) - idOf(b));
}

const infer = (id: number, X: InferFrame["inputs"][string], more: Partial<InferFrame> = {}): InferFrame => ({
  type: "infer",
  id,
  model: "fit",
  inputs: { X },
  ...more,
});

function numbers(frame: GatewayFrame | undefined): number[] {
  if (frame?.type !== "result") throw new Error(`no result: ${JSON.stringify(frame)}`);
  return [...(fromWire(frame.outputs["Y"] as WireTensor).data as Float32Array)];
}

describe("a put in parts", () => {
  const part = (id: number, at: number, X: WireTensor, more: Partial<PutFrame> = {}): PutFrame => ({
    type: "put",
    id,
    dataset: "t",
    columns: { X },
    upload: "u",
    part: at,
    ...more,
  });

  it("is there with its last part and not before, the same as a put of all of it", async () => {
    const { ask } = await opened();
    const heard = await ask(part(1, 0, rows(0, 3)), part(2, 1, rows(3, 2)), infer(3, { ref: "t" }), {
      type: "datasets",
      id: 4,
    });
    expect(heard).toMatchObject([
      { type: "ack", id: 1, upload: "u", part: 0, rows: 3, bytes: 12 },
      { type: "ack", id: 2, upload: "u", part: 1, rows: 5, bytes: 20 },
      { type: "error", id: 3, code: "not_found" },
      { type: "ack", id: 4, total: 0 },
    ]);
    const [last, whole] = await ask(part(5, 2, rows(5, 1), { last: true, ts: 7 }), {
      type: "put",
      id: 6,
      dataset: "w",
      columns: { X: rows(0, 6) },
    });
    expect(last).toMatchObject({ type: "ack", dataset: "t", rows: 6, bytes: 24 });
    expect(whole).toEqual({ ...last, id: 6, dataset: "w" });
    expect(numbers((await ask(infer(7, { ref: "t", last: 2 })))[0])).toEqual([4, 5]);
  });

  it("whose part is out of order is dropped, and the parts after it are refused", async () => {
    const { ask, datasets } = await opened();
    const heard = await ask(
      part(1, 0, rows(0, 3)),
      part(2, 2, rows(3, 2)),
      part(3, 3, rows(5, 1), { last: true }),
    );
    expect(heard).toMatchObject([
      {
        id: 1,
        code: "failed_precondition",
        message: expect.stringContaining("part 2 came in place of part 1"),
      },
      {
        id: 2,
        code: "failed_precondition",
        message: expect.stringContaining("part: part 1 of the upload u must come next, got 2"),
      },
      {
        id: 3,
        code: "failed_precondition",
        message: expect.stringContaining("part 0 of the upload u must come next, got 3"),
      },
    ]);
    expect(datasets.bytes).toEqual({ kept: 0, resident: 0 });
    expect((await ask(part(4, 0, rows(0, 1), { last: true })))[0]).toMatchObject({ type: "ack", rows: 1 });
  });

  it.each([
    ["of other columns", { columns: { Y: rows(0, 1) } }, "invalid_argument"],
    ["that is too much", { columns: { X: rows(0, 300_000) } }, "resource_exhausted"],
  ])("%s is refused whole", async (_, more, code) => {
    const { ask, datasets } = await opened({ datasets: { dataset_bytes: 1_048_576 } });
    const heard = await ask(
      part(1, 0, rows(0, 3)),
      part(2, 1, rows(3, 1), more),
      part(3, 2, rows(4, 1), { last: true }),
    );
    expect(heard).toMatchObject([
      { type: "ack", id: 1 },
      { type: "error", id: 2, code },
      { type: "error", id: 3, code: "failed_precondition" },
    ]);
    expect(datasets.bytes).toEqual({ kept: 0, resident: 0 });
  });

  it("under a name that only the gateway gives is refused with its first part, and with any later one", async () => {
    const { ask, datasets } = await opened();
    const dataset = "auto:mine";
    const [first] = await ask(part(1, 0, rows(0, 3), { dataset }));
    expect(first).toMatchObject({ code: "invalid_argument", message: expect.stringContaining("dataset:") });
    const [, last] = await ask(part(2, 0, rows(0, 3)), part(3, 1, rows(3, 1), { dataset, last: true }));
    expect(last).toMatchObject({ code: "invalid_argument" });
    expect(datasets.bytes).toEqual({ kept: 0, resident: 0 });
  });

  it("that waits too long for its next part is dropped", async () => {
    const { ask, clock, datasets } = await opened();
    await ask(part(1, 0, rows(0, 3)));
    await clock.advance(59_000);
    await ask(part(2, 1, rows(3, 1)));
    await clock.advance(59_000);
    expect(datasets.bytes.kept).toBe(16);
    await clock.advance(2_000);
    expect(datasets.bytes).toEqual({ kept: 0, resident: 0 });
    expect(await ask(part(3, 2, rows(4, 1), { last: true }))).toMatchObject([
      { code: "failed_precondition" },
    ]);
  });

  it("ends with its connection, and nothing of it is left", async () => {
    const { ask, session, clock, datasets, quotas } = await opened();
    await ask(part(1, 0, rows(0, 3)));
    session.session.gone();
    await clock.settle();
    expect(datasets.bytes).toEqual({ kept: 0, resident: 0 });
    expect(quotas.of(anybody.tenant).used("dataset_bytes", 0)).toBe(0);
  });

  it("is one of a few on a connection", async () => {
    const { ask } = await opened({ datasets: { uploads: 1 } });
    const [, second] = await ask(part(1, 0, rows(0, 3)), part(2, 0, rows(0, 3), { upload: "v" }));
    expect(second).toMatchObject({
      code: "resource_exhausted",
      message: expect.stringContaining("datasets.uploads"),
    });
  });

  it("into a dataset that has grown meanwhile is its newest version", async () => {
    const { ask } = await opened();
    await ask(part(1, 0, rows(10, 2)), { type: "put", id: 2, dataset: "t", columns: { X: rows(0, 1) } });
    await ask(part(3, 1, rows(12, 1), { last: true }));
    expect(numbers((await ask(infer(4, { ref: "t" })))[0])).toEqual([10, 11, 12]);
  });
});

describe("a request with a reference", () => {
  const put = (id: number, X: WireTensor, dataset = "t"): PutFrame => ({
    type: "put",
    id,
    dataset,
    columns: { X },
  });

  it("is answered with what its rows were, whatever becomes of the dataset meanwhile", async () => {
    const { ask, session, clock, engine } = await opened();
    const [first] = await ask(put(1, rows(0, 4)));
    await session.send(infer(2, { ref: "t", last: 2 }), infer(3, { ref: "t", last: 2 }));
    await session.send(
      { type: "append", id: 4, dataset: "t", columns: { X: rows(4, 1) } },
      { type: "drop", id: 5, dataset: "t" },
    );
    for (let i = 0; i < 10; i++) {
      await clock.settle();
      engine.finishAll();
    }
    const results = session.heard().filter(({ type }) => type === "result");
    expect(results.map(numbers)).toEqual([
      [2, 3],
      [2, 3],
    ]);
    const { version } = first as { version: string } & GatewayFrame;
    for (const result of results)
      expect(result).toMatchObject({ inputs_used: { X: { ref: "t", version, rows: [2, 4] } } });
  });

  it("hands a worker a view of shared memory, and copies nothing", async () => {
    const { ask, engine } = await opened();
    await ask(put(1, rows(0, 100)));
    await ask(infer(2, { ref: "t", rows: [10, 40] }), infer(3, { ref: "t", rows: [20, 50] }));
    const [one, two] = engine.runs.map(({ work }) => work.inputs["X"]?.data as Float32Array);
    expect(one?.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(two?.buffer).toBe(one?.buffer);
    expect([one?.byteOffset, two?.byteOffset]).toEqual([40, 80]);
  });

  it("shares a batch with others, whose rows are gathered once", async () => {
    const { ask, session, clock, engine } = await opened();
    await ask(put(1, rows(0, 8)));
    const model = "echo";
    await session.send(infer(2, { ref: "t", rows: [0, 1] }, { model })); // keeps the worker busy
    await session.send(
      infer(3, { ref: "t", rows: [1, 3] }, { model }),
      infer(4, rowsOf(9), { model }),
      infer(5, { ref: "t", rows: [2, 4] }, { model }),
    );
    for (let i = 0; i < 10; i++) {
      await clock.settle();
      engine.finishAll();
    }
    const [, ...heard] = byId(session.heard());
    expect(heard.map(numbers)).toEqual([[1, 2], [9], [2, 3]]);
    expect(heard.map((frame) => (frame.type === "result" ? "inputs_used" in frame : undefined))).toEqual([
      true,
      false,
      true,
    ]);
    expect(engine.runs[1]?.work.inputs["X"]?.data).toEqual(Float32Array.of(1, 2, 9, 2, 3));
  });

  it("under a key is repeated as it was given: the first answer, and what that was made of", async () => {
    const { ask, engine } = await opened();
    const [first] = await ask(put(1, rows(0, 4)));
    const question = { key: "k" };
    const [answer] = await ask(infer(2, { ref: "t", last: 2 }, question));
    await ask({ type: "append", id: 3, dataset: "t", columns: { X: rows(4, 1) } });
    const runs = engine.runs.length;
    const [repeat] = await ask(infer(4, { ref: "t", last: 2 }, question));
    await ask({ type: "drop", id: 5, dataset: "t" });
    const [again] = await ask(infer(6, { ref: "t", last: 2 }, question));
    const used = {
      X: { ref: "t", version: (first as { version: string } & GatewayFrame).version, rows: [2, 4] },
    };
    expect(answer).toMatchObject({ inputs_used: used });
    for (const each of [repeat, again]) {
      expect(each).toMatchObject({ type: "result", cached: true, inputs_used: used });
      expect(numbers(each)).toEqual([2, 3]);
    }
    expect(engine.runs).toHaveLength(runs);
    expect(await ask(infer(7, { ref: "t", last: 3 }, question))).toMatchObject([
      { code: "failed_precondition" },
    ]);
  });

  it.each([
    ["a dataset that is not there", { ref: "u" }, "not_found", "inputs.X.ref: the dataset u"],
    ["rows out of range", { ref: "t", rows: [2, 9] as const }, "invalid_argument", "inputs.X.rows: "],
    ["a stream that is not open", { stream: "SPX", last: 2 }, "not_found", "stream: SPX is not open"],
    [
      "too few observations",
      { stream: "ES", last: 2 },
      "invalid_argument",
      "inputs.X.last: 2 observations, and ES remembers 1",
    ],
    [
      "a value that no observation has",
      { stream: "ES", columns: [3] },
      "invalid_argument",
      "inputs.X.columns[0]: 3, and an observation has 1 values",
    ],
  ] as const)("to %s names the field", async (_, X, code, message) => {
    const { ask, engine } = await opened();
    const values = toWire({ datatype: "FP64", shape: [1], data: Float64Array.of(0.25) });
    await ask(put(1, rows(0, 4)), { type: "open", id: 2, stream: "ES", detector: "openly" });
    await ask({ type: "observe", id: 3, stream: "ES", ts: 1, values });
    expect(await ask(infer(9, X))).toMatchObject([
      { type: "error", id: 9, code, processed: "no", message: expect.stringContaining(message) },
    ]);
    expect(engine.runs).toHaveLength(0);
    expect(numbers((await ask(infer(10, { ref: "t", last: 1 })))[0])).toEqual([3]); // the connection lives on
  });

  it("beside a wrong one leaves nothing behind", async () => {
    const { ask } = await opened();
    await ask({ type: "open", id: 2, stream: "ES", detector: "openly" });
    const both = { X: { stream: "ES", last: 2 }, Z: { ref: "t" } };
    const heard = await ask({ type: "infer", id: 3, model: "fit", inputs: both });
    expect(heard).toMatchObject([
      { id: 3, code: "invalid_argument", message: expect.stringContaining("inputs.Z") },
    ]);
  });

  it("that was cancelled, or whose time is over, before its rows were read is never computed", async () => {
    const { ask, session, clock, engine, datasets } = await opened({ datasets: { memory_bytes: 1_048_576 } });
    await ask(put(1, rows(0, 4)), put(2, rows(0, 300_000), "large")); // which takes the memory of the first
    expect(datasets.bytes.resident).toBe(1_200_000);
    await session.send(infer(3, { ref: "t" }), { type: "cancel", id: 3 });
    for (let i = 0; i < 10; i++) await clock.settle();
    expect(session.heard()).toMatchObject([{ type: "error", id: 3, code: "cancelled", processed: "no" }]);
    expect(engine.runs).toHaveLength(0);
    expect(numbers((await ask(infer(4, { ref: "t" })))[0])).toEqual([0, 1, 2, 3]);
  });

  it("to a stream is its newest observations, and the answer tells the time of the last", async () => {
    const { ask } = await opened();
    const values = toWire({ datatype: "FP64", shape: [3, 2], data: Float64Array.of(1, 2, 3, 4, 5, 6) });
    const heard = await ask(
      { type: "open", id: 1, stream: "ES", detector: "openly" },
      { type: "observe", id: 2, stream: "ES", ts: [10, 20, 30], values },
      infer(3, { stream: "ES", last: 2, columns: [1] }),
      infer(4, { stream: "ES", last: 2, shape: [1, 4] }),
    );
    const [window, shaped] = heard.filter(({ type }) => type === "result");
    expect(numbers(window)).toEqual([4, 6]);
    expect(window).toMatchObject({ inputs_used: { X: { stream: "ES", rows: [1, 3], last_ts: 30 } } });
    expect(numbers(shaped)).toEqual([3, 4, 5, 6]);
  });

  it("to a stream needs the right to read it", async () => {
    const test = await opened();
    const values = toWire({ datatype: "FP64", shape: [1], data: Float64Array.of(0.25) });
    await test.ask({ type: "open", id: 1, stream: "ES", detector: "openly" });
    await test.ask({ type: "observe", id: 2, stream: "ES", ts: 1, values });
    for (const other of [
      { ...anybody, scopes: new Set(["fits:run"] as const) },
      { ...anybody, topics: ["regime.NQ"] },
    ]) {
      const one = await joined(test, other);
      await one.send(infer(3, { stream: "ES", last: 1 }));
      expect(one.heard()).toMatchObject([{ type: "error", code: "permission_denied" }]);
    }
  });

  describe("whose rows must be copied", () => {
    const count = 131_072;
    const column = toWire({ datatype: "FP32", shape: [count], data: new Float32Array(count) });
    const table: PutFrame = { ...put(1, column), columns: { a: column, b: column, c: column } };
    const columns = ["a", "c"];
    /** 1 MiB, which is copied in several turns. */
    const many = (id: number, more: Partial<InferFrame> = {}) => infer(id, { ref: "t", columns }, more);
    /** 256 KiB, which are copied at once. */
    const few = (id: number) => infer(id, { ref: "t", last: 32_768, columns });
    const bounded = () => opened({ datasets: { copied_bytes: 1_048_576 } });

    it("is refused where the copies of others leave no room, before anything is copied", async () => {
      const { session, engine, clock, ask } = await bounded();
      await ask(table);
      await session.send(many(2), many(3), few(4));
      for (let i = 0; i < 20; i++) await clock.settle();
      const heard = session.heard();
      expect(heard).toMatchObject([
        {
          type: "error",
          code: "resource_exhausted",
          retryable: true,
          message: expect.stringMatching(/^inputs.X: 1048576 bytes must be copied .*datasets.copied_bytes/),
        },
        { type: "error", code: "resource_exhausted" },
      ]);
      engine.finishAll();
      for (let i = 0; i < 20; i++) await clock.settle();
      expect(session.heard()).toMatchObject([{ id: 2 }]);
    });

    it.each([
      ["answered", many, {}],
      ["answered at once", few, {}],
      ["refused for its parameters", many, { parameters: { none: 1 } }],
      ["refused for its rows", many, { model: "model" }],
      ["cancelled", many, {}],
    ])("gives its room back when it is %s", async (ending, frame, more) => {
      const { session, engine, clock, ask } = await bounded();
      await ask(table);
      for (let id = 2; id < 10; id++) {
        await session.send(frame(id, more));
        if (ending === "cancelled") await session.send({ type: "cancel", id });
        for (let i = 0; i < 20; i++) {
          await clock.settle();
          engine.finishAll();
        }
        const heard = session.heard();
        expect(heard).toMatchObject([{ id }]);
        expect(JSON.stringify(heard)).not.toContain("datasets.copied_bytes");
      }
    });
  });

  it("counts no bytes, because it sends none", async () => {
    const { ask } = await opened({ quotas: { bytes: { per_second: 1, burst: 100 } } });
    await ask(put(1, rows(0, 20)));
    for (let id = 2; id < 12; id++) expect(numbers((await ask(infer(id, { ref: "t" })))[0])).toHaveLength(20);
    expect(await ask(infer(12, rows(0, 20)))).toMatchObject([{ code: "resource_exhausted" }]);
  });
});
