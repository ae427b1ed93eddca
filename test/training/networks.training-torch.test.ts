/** Networks of torch from a request to a served model, and over a restart of the gateway from their last checkpoint. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { connect, type Gate, tensor } from "../../client/typescript/index.js";
import { startGateway, type TestGateway } from "../support/gateway.js";
import { suiteEnvironment } from "./environment.js";

const [rows, window, columns] = [240, 10, 3];

let data: string;
let gateway: TestGateway;
let gate: Gate;

async function start(): Promise<void> {
  gateway = await startGateway({ data, training: { environment: suiteEnvironment().folder } });
  gate = await connect(gateway.url);
}

async function stop(): Promise<void> {
  gate.close();
  await gateway.stop();
}

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), "headgate-networks-"));
  await start();
});
afterAll(async () => {
  await stop();
  await rm(data, { recursive: true, force: true });
});

/** The class of a window is the sign of its last observation's first column. */
function windows(seed: number) {
  const X = Float64Array.from(
    { length: rows * window * columns },
    (_, i) => Math.sin((i + seed) * 12.9898) * 3,
  );
  const last = (row: number) => X[(row * window + window - 1) * columns] ?? 0;
  const y = BigInt64Array.from({ length: rows }, (_, row) => (last(row) > 0 ? 1n : 0n));
  return {
    X: tensor(X, [rows, window, columns]),
    y: tensor(y),
    change: tensor(Float64Array.from({ length: rows }, (_, row) => last(row))),
  };
}

const [history, fresh] = [windows(1), windows(7)];

it("an LSTM answers windows by its handle, and as a version", async () => {
  const trained = await gate.train(
    "lstm_classifier",
    { X: history.X, y: history.y, X_eval: fresh.X, y_eval: fresh.y },
    {
      parameters: { epochs: 40, learning_rate: 0.01, patience: 10, random_state: 3 },
      keepSeconds: 600,
      publish: { model: "regime" },
    },
  );
  const [score] = Array.from(trained.outputs["eval_score"]?.data ?? [], Number);
  expect(score).toBeGreaterThan(0.9);
  const losses = trained.outputs["eval_loss_curve"]?.data ?? [];
  expect(Number(losses.at(-1))).toBeLessThan(Number(losses[0]));
  const apply = { parameters: { handle: trained.handle ?? "" } };
  const kept = await gate.infer("lstm_classifier.apply", { X: fresh.X }, apply);
  expect(kept.outputs["probabilities"]?.shape).toEqual([rows, 2]);
  const labels = Array.from(kept.outputs["labels"]?.data ?? [], Number);
  const right = labels.filter((label, row) => label === Number(fresh.y.data[row]));
  expect(right.length / rows).toBeCloseTo(score ?? Number.NaN, 12);
  const served = await gate.infer("regime", { X: fresh.X });
  expect(served.outputs).toEqual(kept.outputs);
});

it("a perceptron behind a scaler predicts by its handle", async () => {
  const table = tensor(
    Float64Array.from({ length: rows * columns }, (_, i) => Math.sin(i * 12.9898) * 3),
    [rows, columns],
  );
  const y = tensor(
    Float64Array.from({ length: rows }, (_, row) => Number(table.data[row * columns]) * 50 + 7),
  );
  const estimator = { trainer: "mlp_torch_regressor", parameters: { epochs: 80, learning_rate: 0.01 } };
  const trained = await gate.train(
    "pipeline",
    { X: table, y },
    { parameters: { steps: [{ transformer: "standard_scaler" }], estimator }, keepSeconds: 60 },
  );
  expect(Number(trained.outputs["train_score"]?.data[0])).toBeGreaterThan(0.99);
  const apply = { parameters: { handle: trained.handle ?? "" } };
  const { outputs } = await gate.infer("pipeline.apply", { X: table }, apply);
  const predictions = Array.from(outputs["predictions"]?.data ?? [], Number);
  const errors = predictions.map((value, row) => (value - Number(y.data[row])) ** 2);
  const rmse = Math.sqrt(errors.reduce((sum, each) => sum + each, 0) / rows);
  expect(rmse).toBeCloseTo(Number(trained.outputs["train_rmse"]?.data[0]), 6);
});

it("a job is cancelled within an epoch", async () => {
  const job = await gate.train(
    "lstm_regressor",
    { X: history.X, y: history.change },
    { parameters: { epochs: 100_000 }, background: true },
  );
  for await (const { iteration } of job) if ((iteration ?? 0) > 1) break;
  await job.cancel();
  expect(await job.wait()).toMatchObject({ state: "cancelled", error: { code: "cancelled" } });
});

it("a job goes on from its last checkpoint after a restart", async () => {
  const { name } = await gate.train(
    "lstm_regressor",
    { X: history.X, y: history.change },
    { parameters: { epochs: 100_000, random_state: 1 }, background: true },
  );
  // A checkpoint goes to the gateway every five seconds.
  const began = Date.now();
  let reached = 0;
  for await (const { iteration } of gate.job(name)) {
    if (Date.now() - began > 12_000) break;
    reached = iteration ?? reached;
  }
  await stop();
  await start();
  const job = gate.job(name);
  let first = 0;
  for await (const { iteration } of job) {
    first = iteration ?? 0;
    if (first > 0) break;
  }
  expect(await job.state()).toMatchObject({ state: "running", restarts: 1, resumed_from: "checkpoint" });
  expect(reached).toBeGreaterThan(20);
  expect(first).toBeGreaterThan(reached / 4);
  await job.cancel();
});
