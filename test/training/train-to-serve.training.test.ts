/** From a request to a served model, with the real trainers: what is trained answers through ONNX a moment later. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { connect, type Gate, type Tensor, tensor } from "../../client/typescript/index.js";
import { startGateway, type TestGateway } from "../support/gateway.js";
import { suiteEnvironment } from "./environment.js";
import { changeOf, days, moveOf, XOf } from "./market-days.js";

let gateway: TestGateway;
let gate: Gate;
beforeAll(async () => {
  gateway = await startGateway({ training: { environment: suiteEnvironment().folder, processes: 2 } });
});
afterAll(() => gateway.stop());
beforeEach(async () => {
  gate = await connect(gateway.url);
});
afterEach(() => gate.close());

const [history, fresh] = [days(600), days(200, 2)];
const heldOut = (y: (of: typeof fresh) => Tensor) => ({ X_eval: XOf(fresh), y_eval: y(fresh) });
const numbers = (of: Tensor | undefined) => Array.from(of?.data ?? [], Number);
const accuracy = (labels: readonly number[]) =>
  labels.filter((label, row) => label === Number(fresh.move[row])).length / fresh.rows;

describe.each([
  ["random_forest_classifier", { n_estimators: 30, random_state: 1 }],
  ["xgb_classifier", { n_estimators: 200, early_stopping_rounds: 5, random_state: 1 }],
  ["lgbm_classifier", { n_estimators: 200, early_stopping_round: 5, random_state: 1, verbosity: -1 }],
] as const)("%s", (trainer, parameters) => {
  it("answers by its handle, and as a version, what it scored in Python", async () => {
    const trained = await gate.train(
      trainer,
      { X: XOf(history), y: moveOf(history), ...heldOut(moveOf) },
      {
        parameters,
        keepSeconds: 600,
        publish: { model: trainer.replaceAll("_", "-"), aliases: ["champion"] },
      },
    );
    expect(numbers(trained.outputs["classes"])).toEqual([0, 1, 2]);
    expect(trained.outputs["feature_importances"]?.shape).toEqual([5]);
    expect(trained.fitMs).toBeGreaterThan(0);
    expect(trained.convertMs).toBeGreaterThan(0);
    expect(trained.published).toEqual({ model: trainer.replaceAll("_", "-"), version: "1" });
    if (trainer !== "random_forest_classifier") {
      const best = Number(trained.outputs["best_iteration"]?.data[0]);
      expect(best).toBeLessThan(150);
      expect(trained.outputs["evals_result"]?.shape[0]).toBe(1);
      expect(trained.outputs["evals_result"]?.shape[1]).toBeGreaterThanOrEqual(best);
    }
    // The score that the library computed is that of the answers through ONNX, to the last row.
    const [score] = numbers(trained.outputs["eval_score"]);
    expect(score).toBeGreaterThan(0.6);
    const handle = trained.handle ?? "";
    const kept = await gate.infer(`${trainer}.apply`, { X: XOf(fresh) }, { parameters: { handle } });
    expect(accuracy(numbers(kept.outputs["labels"]))).toBeCloseTo(score ?? Number.NaN, 12);
    expect(kept.outputs["probabilities"]?.shape).toEqual([fresh.rows, 3]);
    const served = await gate.infer(trainer.replaceAll("_", "-"), { X: XOf(fresh) });
    expect(served.version).toBe("1");
    expect(served.outputs).toEqual(kept.outputs);
  });
});

describe("regressors", () => {
  it.each([
    ["xgb_regressor", {}],
    ["lgbm_regressor", { verbosity: -1 }],
    ["pipeline", { steps: [{ transformer: "standard_scaler" }], estimator: { trainer: "lgbm_regressor" } }],
  ] as const)("%s predicts by its handle what it scored in Python", async (trainer, parameters) => {
    const inputs = { X: XOf(history), y: changeOf(history), ...heldOut(changeOf) };
    const trained = await gate.train(trainer, inputs, { parameters, keepSeconds: 60 });
    const apply = { parameters: { handle: trained.handle ?? "" } };
    const { outputs } = await gate.infer(`${trainer}.apply`, { X: XOf(fresh) }, apply);
    const predictions = numbers(outputs["predictions"]);
    const squares = predictions.map((value, row) => (value - (fresh.change[row] ?? 0)) ** 2);
    const rmse = Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / fresh.rows);
    expect(rmse).toBeCloseTo(numbers(trained.outputs["eval_rmse"])[0] ?? Number.NaN, 6);
  });
});

it("classes may be text", async () => {
  const names = ["down", "flat", "up"];
  const inputs = {
    X: XOf(history),
    y: tensor(Array.from(history.move, (move) => names[Number(move)] ?? "")),
  };
  const trained = await gate.train("lgbm_classifier", inputs, { keepSeconds: 60 });
  expect(trained.outputs["classes"]?.data).toEqual(names);
  const apply = { parameters: { handle: trained.handle ?? "" } };
  const { outputs } = await gate.infer("lgbm_classifier.apply", { X: XOf(fresh) }, apply);
  const labels = (outputs["labels"]?.data ?? []) as readonly string[];
  expect(accuracy(labels.map((name) => names.indexOf(name)))).toBeGreaterThan(0.6);
});

describe("a job", () => {
  it("tells its progress and its curve, and becomes a version", async () => {
    const job = await gate.train(
      "xgb_regressor",
      { X: XOf(history), y: changeOf(history), ...heldOut(changeOf) },
      { parameters: { n_estimators: 150 }, publish: { model: "change" }, background: true, label: "nightly" },
    );
    const state = await job.wait();
    expect(state).toMatchObject({
      state: "done",
      trainer: "xgb_regressor",
      label: "nightly",
      published: { model: "change", version: "1" },
    });
    const { outputs } = await gate.infer("change", { X: XOf(fresh) });
    expect(outputs["predictions"]?.shape).toEqual([fresh.rows]);
    const again = await job.result();
    const losses = again.outputs["evals_result"];
    expect(losses?.shape).toEqual([1, 150]);
    // How many points there are depends on the time that the fit took; each has the loss of its iteration.
    const curve = await job.curve();
    expect(curve.length).toBeGreaterThan(0);
    for (const { iteration, loss } of curve) expect(loss).toBe(losses?.data[iteration - 1]);
  });

  it("is cancelled within the fit, and the next one runs", async () => {
    const endless = await gate.train(
      "lgbm_regressor",
      { X: XOf(history), y: changeOf(history) },
      { parameters: { n_estimators: 100_000, verbosity: -1 }, background: true },
    );
    for await (const { iteration } of endless) if ((iteration ?? 0) > 0) break;
    await endless.cancel();
    expect(await endless.wait()).toMatchObject({ state: "cancelled" });
    const next = await gate.train("ridge", { X: XOf(history), y: changeOf(history) });
    expect(next.outputs["coef"]?.shape).toEqual([5]);
  });
});

describe("bad input", () => {
  const inputs = { X: XOf(history), y: changeOf(history) };
  const { X } = inputs;
  it.each([
    [
      "lgbm_regressor",
      { ...inputs, y: tensor(new Float64Array(600).fill(Number.NaN), [600]) },
      {},
      "inputs.y",
    ],
    ["xgb_classifier", { X, y: tensor(new BigInt64Array(600), [600]) }, {}, "inputs.y"],
    ["xgb_regressor", inputs, { n_trees: 3 }, "parameters.n_trees"],
    ["xgb_regressor", inputs, { subsample: 2 }, "parameters.subsample"],
    ["xgb_regressor", inputs, { early_stopping_rounds: 3 }, "parameters.early_stopping_rounds"],
    ["lgbm_regressor", inputs, { monotone_constraints: [1] }, "parameters.monotone_constraints"],
  ] as const)("%s names the field: %#", async (trainer, given, parameters, field) => {
    await expect(gate.train(trainer, given, { parameters })).rejects.toMatchObject({
      code: "invalid_argument",
      message: expect.stringContaining(field),
    });
  });

  it("splits by category fit, and cannot be kept", async () => {
    const parameters = { categorical_feature: [0], verbosity: -1 };
    await expect(gate.train("lgbm_regressor", inputs, { parameters, keepSeconds: 60 })).rejects.toMatchObject(
      {
        code: "failed_precondition",
        message: expect.stringContaining("parameters.categorical_feature"),
      },
    );
    const trained = await gate.train("lgbm_regressor", inputs, { parameters });
    expect(trained.handle).toBeUndefined();
  });

  it("a trainer whose library is not installed tells the command", async () => {
    await expect(
      gate.train("lstm_regressor", {
        X: tensor(new Float64Array(60), [10, 3, 2]),
        y: tensor(new Float64Array(10), [10]),
      }),
    ).rejects.toMatchObject({
      code: "failed_precondition",
      message: expect.stringContaining("headgate trainer install --with torch "),
    });
  });
});
