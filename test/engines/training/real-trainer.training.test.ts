/** The engine with the real package: HEADGATE_TRAINER names the environment, as for the gateway. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { defaultEnvironmentFolder } from "../../../engines/training/environment.js";
import { trainerPackage } from "../../../engines/training/installation/trainer-package.js";
import { InstalledEnvironment } from "../../../engines/training/installed-environment.js";
import { trainerSchemas } from "../../../engines/training/schemas/index.js";
import type { TrainingWork } from "../../../engines/training/trainer.js";
import {
  type FakeTrainers,
  fakeTrainers,
  membersOf,
  recordingListener,
} from "../../support/fake-trainer/program.js";
import { until } from "../../support/until.js";

const environment = new InstalledEnvironment({
  folder: process.env["HEADGATE_TRAINER"] ?? defaultEnvironmentFolder(process.env),
  source: trainerPackage().source,
  trainers: trainerSchemas.map(({ signature: { name }, library }) => ({ name, library })),
  threads: 1,
  foldWorkers: 1,
  variables: process.env,
});

let trainers: FakeTrainers;
let jobs = 0;

beforeEach(() => {
  trainers = fakeTrainers(environment, { processes: 1, startMs: 60_000, cancelMs: 2_000 });
});

afterEach(async () => {
  await expect(trainers.close()).resolves.toEqual([]);
});

/** y is 2 x0 - x1 + 3. */
function work(trainer: string, rows: number, parameters: TrainingWork["parameters"] = {}): TrainingWork {
  const X = Float64Array.from({ length: rows * 2 }, (_, i) => Math.sin(i * 12.9898) * 10);
  const y = Float64Array.from({ length: rows }, (_, i) => 2 * (X[2 * i] ?? 0) - (X[2 * i + 1] ?? 0) + 3);
  const inputs = {
    X: { datatype: "FP64", shape: [rows, 2], data: X },
    y: { datatype: "FP64", shape: [rows], data: y },
  } as const;
  jobs++;
  return { job: `job-${jobs}`, namespace: "desk", trainer, inputs, parameters, export: true };
}

describe("the real trainer", () => {
  it("fits and exports, and is warm for the next", async () => {
    const run = trainers.engine.start(work("ridge", 200, { alpha: 0 }), recordingListener());
    const { outputs, libraries } = await run.fitted;
    const [first, second] = [...(outputs["coef"]?.data ?? [])].map(Number);
    expect(first).toBeCloseTo(2, 9);
    expect(second).toBeCloseTo(-1, 9);
    expect(libraries["scikit-learn"]).toMatch(/^\d/);
    const exported = await run.exported;
    expect(exported?.onnx.length).toBeGreaterThan(100);
    expect(exported?.outputs.map(({ name }) => name)).toContain("predictions");
    await trainers.engine.start(work("ridge", 50), recordingListener()).exported;
    expect(trainers.started).toHaveLength(1);
  });

  it("refuses a fit with the field's name, and goes on", async () => {
    const bad = work("ridge", 10);
    const X = { datatype: "FP64", shape: [9, 2], data: new Float64Array(18) } as const;
    const run = trainers.engine.start({ ...bad, inputs: { ...bad.inputs, X } }, recordingListener());
    await expect(run.fitted).rejects.toMatchObject({
      code: "invalid_argument",
      message: expect.stringMatching(/^inputs\./),
    });
    await trainers.engine.start(work("ridge", 50), recordingListener()).fitted;
    expect(trainers.started).toHaveLength(1);
  });

  it.each([
    ["in its own iterations", work("random_forest_regressor", 20_000, { n_estimators: 5_000 })],
    ["in a call of the library", work("svr", 30_000, { C: 1e6, epsilon: 1e-9, tol: 1e-12 })],
  ])("ends a fit that is cancelled %s within seconds", async (_, long) => {
    await trainers.engine.start(work("ridge", 50), recordingListener()).exported;
    const run = trainers.engine.start(long, recordingListener());
    setTimeout(() => run.cancel(), 500);
    await expect(run.fitted).rejects.toMatchObject({ code: "cancelled" });
    await trainers.engine.start(work("ridge", 50), recordingListener()).fitted;
  });

  it("is killed beyond its memory, and the error names the limit", async () => {
    await trainers.close();
    trainers = fakeTrainers(environment, { processes: 1, startMs: 60_000, memoryBytes: 400_000_000 });
    const long = work("random_forest_regressor", 100_000, { n_estimators: 10_000 });
    const run = trainers.engine.start(long, recordingListener());
    await expect(run.fitted).rejects.toMatchObject({
      code: "resource_exhausted",
      message: expect.stringContaining("training.memory_bytes"),
    });
  });

  it("is gone with its group when it is idle and closed", async () => {
    await trainers.engine.start(work("ridge", 50), recordingListener()).fitted;
    const leader = trainers.started[0]?.pid ?? 0;
    expect(membersOf(leader).length).toBeGreaterThan(0);
    await trainers.close();
    await until(async () => expect(membersOf(leader)).toEqual([]));
  });
});
