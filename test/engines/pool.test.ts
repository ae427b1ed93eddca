/** Real workers, killed. */
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import type { Lane } from "../../engines/lane.js";
import { fitLane } from "../../engines/numerics/lane.js";
import { modelLane } from "../../engines/onnx/lane.js";
import { modelConfigSchema, signatureOf } from "../../engines/onnx/model-config.js";
import { LocalEngine } from "../../engines/pool/local-engine.js";
import type { WorkerLabel } from "../../engines/pool/worker-handle.js";
import { HeadgateError } from "../../protocol/errors.js";
import { fitPool, modelPool } from "../support/pools.js";
import { echoConfig, repositoryOf } from "../support/repository.js";

let engine: LocalEngine | undefined;
afterEach(() => engine?.close());

interface Death {
  readonly lane: string;
  readonly lost: number;
}

async function harness(modelWorkers = 1, modelThreadsMax = 4) {
  const deaths: Death[] = [];
  const waiting: (() => void)[] = [];
  const events = {
    idle: () => {
      for (const resolve of waiting.splice(0)) resolve();
    },
    died: ({ lane }: WorkerLabel, _reason: string, lost: number) => deaths.push({ lane: lane.name, lost }),
  };
  const models = modelPool(modelWorkers, modelThreadsMax, events);
  const made = new LocalEngine([models, fitPool(1, events)]);
  engine = made;
  const folder = await repositoryOf({ echo: {} });
  const source = {
    signature: signatureOf(modelConfigSchema.parse(echoConfig("echo")), "1"),
    folder: join(folder, "echo", "1"),
    linkedFolders: [],
    modelPath: join(folder, "echo", "1", "model.onnx"),
    goldenPath: join(folder, "echo", "1", "golden.json"),
    settingsDigest: "",
    rows: { maxBatchSize: 8, batching: "proven" } as const,
    bytes: 1_000,
    providers: null,
    warmRows: [1, 8],
  };
  /** A worker that can take work; waits for one. */
  const idle = async (lane: Lane, key: string) => {
    for (;;) {
      const worker = made.idleWorker(lane, key);
      if (worker !== undefined) return worker;
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
  };
  return { engine: made, pool: models, source, deaths, idle };
}

const work = (key: string, value: number) => ({
  key,
  inputs: { X: { datatype: "FP32", shape: [1, 2], data: Float32Array.of(value, value) } as const },
  parameters: {},
  outputs: null,
});

const samples = (n: number) => ({
  datatype: "FP64" as const,
  shape: [n, 1],
  data: Float64Array.from({ length: n }, (_, i) => Math.sin(i * i) * (i % 50 < 25 ? 1 : 5)),
});

/** A fit that takes far longer than a test: it has to be stopped. */
const slowFit = (n_iter = 1_000_000) => ({
  key: "gaussian_hmm@1",
  inputs: { X: samples(500) },
  parameters: {
    n_components: 2,
    n_iter,
    tol: -1,
    covariance_type: "diag",
    random_state: 0,
    precision: "auto",
  },
  outputs: null,
});

it("a killed worker gives up what it held, comes back with its models, and answers", async () => {
  const { pool: made, source, deaths, idle } = await harness();
  await made.load("echo@1", source, 1);
  const [worker] = made.workers;
  const killed = worker?.kill();
  const lost = worker?.run(work("echo@1", 1)).done;
  await expect(lost).rejects.toMatchObject({ code: "unavailable", processed: "maybe", retryable: true });
  await killed;
  expect(deaths).toEqual([{ lane: "models", lost: 1 }]);
  expect(made.idleWorker("echo@1")).toBeUndefined();
  const again = await idle(modelLane, "echo@1");
  const { outputs, backend } = await again.run(work("echo@1", 7)).done;
  expect(outputs["Y"]?.data).toEqual(Float32Array.of(7, 7));
  expect(backend).toBe("onnxruntime-cpu");
});

it("work goes only to a worker that holds the model", async () => {
  const { pool: made, source } = await harness(2);
  expect(made.idleWorker("echo@1")).toBeUndefined();
  await made.load("echo@1", source, 1);
  const holders = made.workers.filter((worker) => worker.holds("echo@1"));
  expect(holders).toHaveLength(1);
  expect(made.idleWorker("echo@1")).toBe(holders[0]);
  await made.load("other@1", source, 1);
  expect(made.idleWorker("other@1")).not.toBe(holders[0]);
});

it("a model that cannot be opened is refused with the reason, and nothing of it is kept", async () => {
  const { pool: made, source, idle } = await harness();
  await expect(made.load("bad@1", { ...source, modelPath: "no/such.onnx" }, 1)).rejects.toThrow(/such\.onnx/);
  expect(made.idleWorker("bad@1")).toBeUndefined();
  await made.load("echo@1", source, 1);
  await expect((await idle(modelLane, "echo@1")).run(work("echo@1", 3)).done).resolves.toBeDefined();
});

it("a fit stops when it is asked to, and the next one runs", async () => {
  const { idle } = await harness();
  const worker = await idle(fitLane, slowFit().key);
  const { job, done } = worker.run(slowFit());
  worker.abort(job);
  await expect(done).rejects.toMatchObject({ code: "cancelled" });
  const { outputs } = await (await idle(fitLane, slowFit().key)).run(slowFit(1)).done;
  expect(Object.keys(outputs)).toContain("means");
});

it("a pool that is closed answers what it held, and stays closed", async () => {
  const { engine: made, idle, deaths } = await harness();
  const { done } = (await idle(fitLane, slowFit().key)).run(slowFit());
  const ending = expect(done).rejects.toBeInstanceOf(HeadgateError);
  await made.close();
  await ending;
  expect(deaths).toEqual([]);
});
