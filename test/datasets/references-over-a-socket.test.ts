/**
 * A real gateway with its workers: a reference answers what the bytes answer, bit for bit, whatever fit or model is
 * asked and whichever rows. All questions are about the same datasets, so that an engine that changed what it was given
 * would show in the questions after it.
 */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { GatewayFrame, InferFrame, Parameters, ResultFrame } from "../../protocol/frames.js";
import type { DatasetReference } from "../../protocol/reference.js";
import { toWire, type WireTensor } from "../../protocol/tensor.js";
import { startGateway, type TestGateway } from "../support/gateway.js";
import { checkAsync } from "../support/seeded.js";
import { BareSocket } from "../support/socket.js";

const rows = 160;

/** Positive numbers in two groups, so that every fit finds something. */
function valueAt(row: number, column: number): number {
  const noise = Math.sin((row + 1) * 12.9898 + (column + 1) * 78.233) * 43_758.5453;
  return (noise - Math.floor(noise)) * (row % 2 === 0 ? 1 : 2.5) + column / 10 + 0.01;
}

function part(from: number, to: number, columns: readonly number[]): WireTensor {
  const data = new Float64Array((to - from) * columns.length);
  let at = 0;
  for (let row = from; row < to; row++) for (const column of columns) data[at++] = valueAt(row, column);
  return toWire({ datatype: "FP64", shape: [to - from, columns.length], data });
}

/** The same rows as FP32, of a model's width. */
function floats(from: number, to: number, columns: number): WireTensor {
  const data = new Float32Array((to - from) * columns);
  for (let i = 0; i < data.length; i++) data[i] = valueAt(from + Math.floor(i / columns), i % columns) - 1;
  return toWire({ datatype: "FP32", shape: [to - from, columns], data });
}

const everyColumn = [0, 1, 2, 3, 4, 5];
const names = everyColumn.map((column) => `c${column}`);

const fits: readonly (readonly [model: string, parameters: Parameters | undefined])[] = (
  [
    ["standard_scaler"],
    ["max_abs_scaler"],
    ["pca"],
    ["pca", { n_components: 2, whiten: true, svd_solver: "full" }],
    ["fast_ica", { n_components: 2, random_state: 1 }],
    ["nmf", { n_components: 2 }],
    ["kmeans", { n_clusters: 3, random_state: 1 }],
    ["dbscan"],
    ["gaussian_mixture", { n_components: 2, random_state: 1 }],
    ["isolation_forest", { n_estimators: 10, random_state: 1 }],
    ["empirical_covariance"],
    ["ledoit_wolf"],
    ["oas"],
    ["gaussian_hmm", { random_state: 1 }],
    ["jump_model"],
  ] as const
).map(([model, parameters]) => [model, parameters]);

let gateway: TestGateway;
let socket: BareSocket;
let lastId = 0;

type Question = Omit<InferFrame, "type" | "id">;

function ask(question: Question): Promise<GatewayFrame> {
  const id = ++lastId;
  socket.send({ type: "infer", id, ...question });
  return socket.answer(id);
}

/** What an answer says, without the times. */
function content(answer: GatewayFrame) {
  if (answer.type !== "result") return answer.type === "error" ? { error: answer.message } : answer;
  const { model, version, backend, precision, outputs } = answer;
  const bytes = Object.entries(outputs).map(([name, { datatype, shape, data }]) => [
    name,
    datatype,
    shape,
    data instanceof Uint8Array ? Buffer.from(data).toString("base64") : data,
  ]);
  return { model, version, backend, precision, bytes };
}

async function expectSame(question: Question, X: WireTensor, reference: DatasetReference): Promise<void> {
  const bytes = await ask({ ...question, inputs: { X } });
  const byReference = await ask({ ...question, inputs: { X: reference } });
  expect(bytes.type, JSON.stringify(content(bytes))).toBe("result");
  expect(content(byReference)).toEqual(content(bytes));
  expect((byReference as ResultFrame).inputs_used?.["X"]).toMatchObject({ ref: reference.ref });
}

beforeAll(async () => {
  gateway = await startGateway();
  socket = await BareSocket.open(gateway.url, { hello: false });
  socket.send({ type: "hello", max_message_bytes: 1e8 });
  const columns = Object.fromEntries(
    everyColumn.map((column) => {
      const { datatype, shape, data } = part(0, rows, [column]);
      return [names[column], { datatype, shape: shape.slice(0, 1), data }];
    }),
  );
  socket.send(
    { type: "put", id: 9_001, dataset: "matrix", columns: { X: part(0, rows - 40, everyColumn) } },
    { type: "append", id: 9_002, dataset: "matrix", columns: { X: part(rows - 40, rows, everyColumn) } },
    { type: "put", id: 9_003, dataset: "named", columns },
    { type: "put", id: 9_004, dataset: "floats", columns: { X: floats(0, rows, 12), w: floats(0, rows, 4) } },
  );
  for (const id of [9_001, 9_002, 9_003, 9_004])
    expect(await socket.answer(id)).toMatchObject({ type: "ack" });
}, 60_000);

afterAll(async () => {
  await socket.close();
  await gateway.stop();
});

describe("a reference answers what the bytes answer", () => {
  const range = fc
    .tuple(fc.integer({ min: 0, max: rows - 60 }), fc.integer({ min: 40, max: 60 }))
    .map(([from, count]) => [from, from + count] as const);

  it("of every fit, for any rows of a matrix and of columns by name", async () => {
    const chosen = fc.shuffledSubarray(everyColumn, { minLength: 2 });
    const question = fc.record({ fit: fc.constantFrom(...fits), range, chosen, isNamed: fc.boolean() });
    await checkAsync(
      fc.asyncProperty(
        question,
        async ({ fit: [model, parameters], range: [from, to], chosen: columns, isNamed }) => {
          const used = isNamed ? columns : everyColumn;
          const reference = isNamed
            ? {
                ref: "named",
                rows: [from, to] as const,
                columns: used.map((column) => names[column] as string),
              }
            : { ref: "matrix", rows: [from, to] as const };
          await expectSame({ model, parameters, inputs: {} }, part(from, to, used), reference);
        },
      ),
      120,
    );
  }, 120_000);

  it.each(fits)("of %s, for the newest rows", async (model, parameters) => {
    const X = part(rows - 50, rows, everyColumn);
    await expectSame({ model, parameters, inputs: {} }, X, { ref: "matrix", last: 50 });
  });

  it("of a model, for any rows in one request and many at a time", async () => {
    const count = fc.integer({ min: 1, max: 8 });
    const question = fc.record({ from: fc.integer({ min: 0, max: rows - 8 }), count });
    await checkAsync(
      fc.asyncProperty(fc.array(question, { minLength: 1, maxLength: 12 }), async (questions) => {
        const model = "signal-random-forest";
        await Promise.all(
          questions.map(({ from, count: n }) =>
            expectSame({ model, inputs: {} }, floats(from, from + n, 12), {
              ref: "floats",
              rows: [from, from + n],
              columns: "X",
            }),
          ),
        );
      }),
      20,
    );
  }, 60_000);

  it("of a model whose row is a window, which is a batch of one", async () => {
    const { datatype, data } = floats(7, 49, 4);
    const X = { datatype, shape: [1, 42, 4], data };
    const reference = { ref: "floats", rows: [7, 49] as const, columns: "w" };
    await expectSame({ model: "lstm-regime", inputs: {} }, X, reference);
    const two = floats(0, 84, 4);
    await expectSame(
      { model: "lstm-regime", inputs: {} },
      { ...two, shape: [2, 42, 4] },
      { ref: "floats", rows: [0, 84], columns: "w", shape: [2, 42, 4] },
    );
  });
});
