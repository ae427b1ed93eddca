/** Models opened while others serve: in threads of their own, and not in ever more of them. Real workers. */
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { modelConfigSchema, signatureOf } from "../../engines/onnx/model-config.js";
import type { ModelSource } from "../../engines/onnx/model-source.js";
import { type ModelPool, modelPool } from "../support/pools.js";
import { echoConfig, repositoryOf } from "../support/repository.js";
import { until } from "../support/until.js";

let pool: ModelPool | undefined;
afterEach(() => pool?.close());

async function harness(modelWorkers: number, modelThreadsMax: number) {
  const made = modelPool(modelWorkers, modelThreadsMax);
  pool = made;
  const models = await repositoryOf({ echo: {} });
  const source = (bytes = 1_000): ModelSource => ({
    signature: signatureOf(modelConfigSchema.parse(echoConfig("echo")), "1"),
    folder: join(models, "echo", "1"),
    linkedFolders: [],
    modelPath: join(models, "echo", "1", "model.onnx"),
    goldenPath: join(models, "echo", "1", "golden.json"),
    settingsDigest: "",
    rows: { maxBatchSize: 8, batching: "proven" } as const,
    bytes,
    providers: null,
    warmRows: [],
  });
  /** Keys by thread, those without any left out. */
  const threads = () =>
    made.workers.map((worker) => [...worker.held.keys()].sort()).filter((keys) => keys.length > 0);
  const aside = (key: string, bytes?: number, { count = 1, background = false } = {}) =>
    made.loadInReservedWorkers(key, source(bytes), { count, background });
  return { pool: made, source, threads, aside };
}

const answer = async (of: ModelPool, key: string) => {
  const X = { datatype: "FP32", shape: [1, 2], data: Float32Array.of(3, 4) } as const;
  const worker = of.idleWorker(key);
  const done = await worker?.run({ key, inputs: { X }, parameters: {}, outputs: null }).done;
  return done?.outputs["Y"]?.data;
};

describe("models that are opened at the start, all at once", () => {
  it.each([1, 4, 8])("are spread over %d workers", async (workers) => {
    const { pool: made, source } = await harness(workers, workers + 4);
    const keys = Array.from({ length: 14 }, (_, i) => `m${i}@1`);
    await Promise.all(keys.map((key) => made.load(key, source(), 1)));
    const counts = made.workers.map(({ modelCount }) => modelCount);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(14);
    expect(Math.max(...counts)).toBe(Math.ceil(14 / workers));
    expect(Math.min(...counts)).toBe(Math.floor(14 / workers));
  });

  it("are opened where least is computed, not where the fewest are", async () => {
    const { pool: made, source } = await harness(2, 2);
    await made.load("hot@1", source(), 1);
    const [hot, cold] = made.workers;
    for (const key of ["a@1", "b@1"]) await cold?.load(key, source());
    hot?.busyTime.took(5_000, performance.now());
    await made.load("new@1", source(), 1);
    expect([...(cold?.held.keys() ?? [])]).toEqual(["a@1", "b@1", "new@1"]);
  });
});

describe("a model that is opened aside", () => {
  it("has a thread that serves nothing else: an empty one first, then a new one", async () => {
    const { pool: made, aside, threads } = await harness(1, 4);
    expect(await aside("a@1")).toEqual({
      backend: "onnxruntime-cpu",
      fellBack: [],
      notes: [],
      batching: expect.objectContaining({ together: true, proof: "graph", exact: true }),
      inline: expect.objectContaining({ possible: true }),
    });
    await aside("b@1");
    expect(threads()).toEqual([["a@1"], ["b@1"]]);
    expect(made.workers).toHaveLength(2);
    for (const key of ["a@1", "b@1"]) expect(await answer(made, key)).toEqual(Float32Array.of(3, 4));
  });

  it("is joined with what the smallest threads hold when there would be too many", async () => {
    const { pool: made, aside, threads } = await harness(1, 2);
    await aside("big@1", 1_000_000);
    await aside("small@1", 10);
    await aside("new@1", 1_000);
    expect(threads().sort()).toEqual([["big@1"], ["new@1", "small@1"]]);
    await until(async () => expect(made.workers).toHaveLength(2));
    for (const key of ["big@1", "small@1", "new@1"])
      expect(await answer(made, key)).toEqual(Float32Array.of(3, 4));
  });

  it("keeps its instances apart", async () => {
    const { aside, threads } = await harness(2, 2);
    await aside("a@1", 10, { count: 2 });
    await aside("b@1", 10, { count: 2 });
    expect(threads().flat().sort()).toEqual(["a@1", "a@1", "b@1", "b@1"]);
    for (const keys of threads()) expect(new Set(keys).size).toBe(keys.length);
  });

  it("and cannot be opened leaves nothing behind, and what is open stays", async () => {
    const { pool: made, source, aside, threads } = await harness(1, 4);
    await aside("a@1");
    const missing = { ...source(), modelPath: "no/such.onnx" };
    await expect(made.loadInReservedWorkers("b@1", missing, { count: 1, background: false })).rejects.toThrow(
      /no\/such\.onnx/,
    );
    expect(threads()).toEqual([["a@1"]]);
    expect(made.workers).toHaveLength(1);
  });

  it("ends its thread when it is closed, after what it had", async () => {
    const { pool: made, aside } = await harness(1, 4);
    await aside("a@1");
    await aside("b@1");
    const last = answer(made, "b@1");
    made.unload("b@1");
    expect(await last).toEqual(Float32Array.of(3, 4));
    expect(made.workers).toHaveLength(1);
    expect(made.holds("b@1")).toBe(false);
  });
});

it("a shadow lives alone, beside the others", async () => {
  const { pool: made, aside, threads } = await harness(1, 1);
  await aside("a@1");
  await aside("shadow@1", 10, { background: true });
  await aside("b@1");
  expect(threads().sort()).toEqual([["a@1", "b@1"], ["shadow@1"]]);
  made.unload("shadow@1");
  expect(made.workers).toHaveLength(1);
});
