/** Datasets as a container has them: a real gateway, its workers, the client. */
import { connect, type Gate, type Tensor } from "headgate-client";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startGateway, type TestGateway } from "../support/gateway.js";

const width = 3;

function table(rows: number, from = 0): Tensor {
  const data = Float64Array.from({ length: rows * width }, (_, i) => Math.sin((from * width + i) * 12.9898));
  return { datatype: "FP64", shape: [rows, width], data };
}

let gateway: TestGateway | undefined;
let gate: Gate;

beforeAll(async () => {
  gateway = await startGateway();
  gate = await connect(gateway.url);
}, 60_000);
afterAll(async () => {
  await gate.close();
  await gateway?.stop();
});

it("a table is put once, referred to, grown and dropped", async () => {
  const dataset = await gate.dataset({ X: table(60) }, { name: "desk/returns", ts: 5 });
  expect(dataset).toMatchObject({ name: "desk/returns", rows: 60, bytes: 1_440 });
  expect(dataset.version).toBe(dataset.sha256.slice(0, 32));
  const byBytes = await gate.infer("ledoit_wolf", { X: table(40, 20) });
  const byReference = await gate.infer("ledoit_wolf", { X: dataset.ref({ last: 40 }) });
  expect(byReference.outputs).toEqual(byBytes.outputs);
  const used = { ref: "desk/returns", version: dataset.version, rows: [20, 60] };
  expect([byBytes.inputsUsed, byReference.inputsUsed]).toEqual([undefined, { X: used }]);

  const before = dataset.ref();
  await dataset.append({ X: table(10, 60) });
  expect(dataset.rows).toBe(70);
  expect((await gate.dataset({ X: table(70) })).sha256).toBe(dataset.sha256);
  const first = await gate.infer("pca", { X: before });
  expect(first.inputsUsed).toMatchObject({ X: { rows: [0, 60] } });
  await dataset.drop();
  await expect(gate.infer("pca", { X: dataset.ref() })).rejects.toMatchObject({
    code: "not_found",
    message: "inputs.X.ref: the dataset desk/returns was dropped; put it",
  });
});

it.each(["msgpack", "json"] as const)(
  "a table larger than a part is put in parts, in %s",
  async (encoding) => {
    const rows = encoding === "json" ? 25_000 : 400_000; // 0.6 and 9.6 MB
    const large = table(rows);
    const y: Tensor = { datatype: "INT32", shape: [rows], data: new Int32Array(rows).fill(7) };
    const other = await connect((gateway as TestGateway).url, { encoding });
    const dataset = await other.dataset({ X: large, y }, { name: `large-${encoding}` });
    await other.close();
    expect(dataset).toMatchObject({ name: `large-${encoding}`, rows, bytes: rows * 28 });
    const byBytes = await gate.infer("ledoit_wolf", { X: table(40, rows - 40) });
    const byReference = await gate.infer("ledoit_wolf", { X: dataset.ref({ last: 40, columns: "X" }) });
    expect(byReference.outputs).toEqual(byBytes.outputs);
    const words = { datatype: "BYTES", shape: [1], data: ["a"] } as const;
    await expect(gate.dataset({ X: large, words })).rejects.toMatchObject({ code: "invalid_argument" });
  },
);

it("an append is refused when somebody else has changed the dataset", async () => {
  const [one, other] = await Promise.all([
    gate.dataset({ X: table(5) }, { name: "shared" }),
    gate.dataset({ X: table(5) }, { name: "shared" }),
  ]);
  await one.append({ X: table(1, 5) });
  await expect(other.append({ X: table(1, 9) })).rejects.toMatchObject({ code: "failed_precondition" });
  await other.append({ X: table(1, 5) }); // the same rows: as a repeat of the first
  expect(other.version).toBe(one.version);
});

it("a fallback is not asked for what only the gateway has", async () => {
  const asked: unknown[] = [];
  const fallback = (request: unknown) => void asked.push(request);
  const away = await connect("ws://127.0.0.1:9/v1", { fallback, wait: false, onEvent: () => {} });
  const answer = away.infer("pca", { X: { ref: "returns" } }, { timeoutMs: 200 });
  await expect(answer).rejects.toMatchObject({ code: "unavailable" });
  expect(asked).toEqual([]);
  await away.close();
});

it("a model is asked about the window of a stream, as of its last observation", async () => {
  const stream = await gate.openStream("ES", { detector: "lstm-regime" });
  const rows = Array.from({ length: 60 }, (_, i) => [Math.sin(i) / 100, -4.5, 0.1, -4.4]);
  await stream.observe(
    rows.map((_, i) => i * 60_000),
    rows,
  );
  const answer = await gate.infer("lstm-regime", { X: { stream: "ES", last: 42 } });
  expect(answer.inputsUsed).toEqual({ X: { stream: "ES", rows: [18, 60], last_ts: 59 * 60_000 } });
  const data = Float32Array.from(rows.slice(18).flat());
  const same = await gate.infer("lstm-regime", { X: { datatype: "FP32", shape: [1, 42, 4], data } });
  expect(answer.outputs).toEqual(same.outputs);
});
