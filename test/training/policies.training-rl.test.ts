/** Policies from a request to a served model: trained, published and asked, cancelled, and resumed after a restart. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { connect, type Gate, tensor } from "../../client/typescript/index.js";
import { startGateway, type TestGateway } from "../support/gateway.js";
import { suiteEnvironment } from "./environment.js";

const rows = 500;

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
  data = await mkdtemp(join(tmpdir(), "headgate-policies-"));
  await start();
});
afterAll(async () => {
  await stop();
  await rm(data, { recursive: true, force: true });
});

/** Prices that swing, and a feature that says where in the swing they are. */
function market() {
  const at = (row: number) => Math.sin(row / 12) + Math.sin(row * 12.9898) / 20;
  const prices = Float64Array.from({ length: rows }, (_, row) => 100 * Math.exp(at(row) / 10));
  const features = Float64Array.from({ length: rows }, (_, row) => Math.cos(row / 12));
  return { prices: tensor(prices, [rows, 1]), features: tensor(features, [rows, 1]) };
}

const scaling = { kind: "causal", rows: 40 };
const discrete = { scaling, actions: { kind: "discrete", targets: [-1, 0, 1] }, episode_length: 60 };

interface Layout {
  readonly numbers: readonly string[];
  readonly history_rows: number;
}

it("a policy is trained, kept and published, and answers alike by its handle and as a version", async () => {
  const trained = await gate.train("ppo", market(), {
    parameters: {
      environment: discrete,
      total_timesteps: 2_000,
      n_steps: 128,
      learning_rate: 0.003,
      seeds: [1, 2],
      eval_freq: 1_000,
      vec_normalize: {},
    },
    keepSeconds: 600,
    publish: { model: "swing" },
  });
  const [layoutText] = trained.outputs["observation_layout"]?.data ?? [];
  const layout = JSON.parse(String(layoutText)) as Layout;
  expect(layout.numbers).toEqual(["return[0]", "feature[0]", "position[0]", "cash", "time_in_trade[0]"]);
  expect(layout.history_rows).toBe(41);
  expect(String(trained.outputs["summary"]?.data[0])).toContain("| holding |");
  expect(trained.outputs["test_total_return"]?.shape).toEqual([2]);
  const seen = Float32Array.from({ length: 20 * 5 }, (_, i) => Math.sin(i) * 2);
  const observation = tensor(seen, [20, 5]);
  const apply = { parameters: { handle: trained.handle ?? "" } };
  const kept = await gate.infer("ppo.apply", { observation }, apply);
  const served = await gate.infer("swing", { observation });
  expect(served.outputs).toEqual(kept.outputs);
  const actions = Array.from(kept.outputs["action"]?.data ?? [], Number);
  expect(actions).toHaveLength(20);
  const weights = Array.from(kept.outputs["weights"]?.data ?? [], Number);
  expect(weights).toEqual(actions.map((action) => action - 1));
});

it("a shipped policy and a trained one are asked in the same way", async () => {
  const { outputs: shipped } = await gate.infer("policy-ppo", {
    observation: tensor(new Float32Array(13), [1, 13]),
  });
  const trained = await gate.train("a2c", market(), {
    parameters: { environment: { scaling }, total_timesteps: 500 },
    keepSeconds: 60,
  });
  const apply = { parameters: { handle: trained.handle ?? "" } };
  const observation = tensor(new Float32Array(5), [1, 5]);
  const { outputs } = await gate.infer("a2c.apply", { observation }, apply);
  for (const { action } of [shipped, outputs])
    expect(action).toMatchObject({ datatype: "FP32", shape: [1, 1] });
});

it("a job tells its reward and its validation score, and is cancelled at a step", async () => {
  const job = await gate.train("dqn", market(), {
    parameters: { environment: discrete, total_timesteps: 10_000_000, eval_freq: 500 },
    background: true,
  });
  for await (const { iteration, score } of job) if ((iteration ?? 0) > 0 && score !== null) break;
  await job.cancel();
  expect(await job.wait()).toMatchObject({ state: "cancelled", error: { code: "cancelled" } });
});

it("a job goes on from its last checkpoint after a restart, is published, and answers", async () => {
  const { name } = await gate.train("ppo", market(), {
    parameters: { environment: discrete, total_timesteps: 100_000, n_steps: 64, n_epochs: 2 },
    background: true,
    publish: { model: "resumed" },
  });
  // A checkpoint goes to the gateway every five seconds.
  const began = Date.now();
  let reached = 0;
  for await (const { iteration } of gate.job(name)) {
    reached = iteration ?? reached;
    if (Date.now() - began > 9_000 && reached > 0) break;
  }
  expect(reached).toBeLessThan(100_000);
  await stop();
  await start();
  const job = gate.job(name);
  let first = 0;
  for await (const { iteration } of job) {
    first = iteration ?? 0;
    if (first > 0) break;
  }
  expect(await job.state()).toMatchObject({ state: "running", restarts: 1, resumed_from: "checkpoint" });
  expect(first).toBeGreaterThan(reached / 8);
  expect(await job.wait()).toMatchObject({ state: "done" });
  const observation = tensor(new Float32Array(5), [1, 5]);
  const { outputs } = await gate.infer("resumed", { observation });
  expect(outputs["action"]).toMatchObject({ datatype: "INT64", shape: [1] });
});

it("ranges that overlap are refused by their field", async () => {
  const ranges = { kind: "rows", train: [0, 300], test: [290, 500] };
  const parameters = { environment: { scaling, ranges }, total_timesteps: 100 };
  await expect(gate.train("ppo", market(), { parameters })).rejects.toMatchObject({
    code: "invalid_argument",
    message: expect.stringContaining("parameters.environment.ranges.test: begins at row 290"),
  });
});
