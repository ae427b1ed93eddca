/** Backtests by the real trainer, from the request to the predictions of rows that no model has seen. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { connect, type Gate } from "../../client/typescript/index.js";
import { startGateway, type TestGateway } from "../support/gateway.js";
import { suiteEnvironment } from "./environment.js";
import { changeOf, days, moveOf, XOf } from "./market-days.js";

let gateway: TestGateway;
let gate: Gate;
beforeAll(async () => {
  gateway = await startGateway({
    training: { environment: suiteEnvironment().folder, processes: 1, threads: 2 },
  });
  gate = await connect(gateway.url);
});
afterAll(async () => {
  gate.close();
  await gateway.stop();
});

const history = days(400);
const rolling = { kind: "rolling", train_rows: 200, test_rows: 40, purge: 2 };
const forest = { trainer: "random_forest_classifier", parameters: { n_estimators: 20, random_state: 1 } };

it("predicts the rows that no fold was trained on, as a fit of one fold does", async () => {
  const inputs = { X: XOf(history), y: moveOf(history) };
  const { outputs, handle } = await gate.train("walk_forward", inputs, {
    parameters: { estimator: forest, splitter: rolling },
  });
  expect(handle).toBeUndefined();
  const predictions = Array.from(outputs["predictions"]?.data ?? [], Number);
  expect(predictions.slice(0, 202).every(Number.isNaN)).toBe(true);
  expect(predictions.slice(202).every((label) => [0, 1, 2].includes(label))).toBe(true);
  expect(outputs["feature_importances"]?.shape).toEqual([5, 5]);
  expect(Array.from(outputs["train_ranges"]?.data ?? [], Number).slice(0, 4)).toEqual([0, 200, 40, 240]);
  const right = predictions.slice(202, 242).filter((label, row) => label === Number(history.move[202 + row]));
  expect(outputs["fold_scores"]?.data[0]).toBeCloseTo(right.length / 40, 12);
});

it("is neither kept nor published, and says why", async () => {
  const inputs = { X: XOf(history), y: changeOf(history) };
  const parameters = { estimator: { trainer: "ridge" }, splitter: rolling };
  const refused = { code: "failed_precondition", message: expect.stringContaining("makes no model") };
  await expect(gate.train("walk_forward", inputs, { parameters, keepSeconds: 60 })).rejects.toMatchObject(
    refused,
  );
  await expect(
    gate.train("walk_forward", inputs, { parameters, publish: { model: "backtest" } }),
  ).rejects.toMatchObject(refused);
});

it("names the field of a splitter that leaves no fold, and of an estimator that there is not", async () => {
  const inputs = { X: XOf(history), y: changeOf(history) };
  const ask = (estimator: string, splitter: object) =>
    gate.train("walk_forward", inputs, {
      parameters: { estimator: { trainer: estimator }, splitter: { ...splitter } },
    });
  await expect(ask("ridge", { ...rolling, train_rows: 400 })).rejects.toMatchObject({
    code: "invalid_argument",
    message: expect.stringContaining("parameters.splitter.train_rows"),
  });
  await expect(ask("walk_forward", rolling)).rejects.toMatchObject({
    code: "invalid_argument",
    message: expect.stringContaining("parameters.estimator.trainer"),
  });
});

it("ends its processes when it is cancelled", async () => {
  const inputs = { X: XOf(history), y: changeOf(history) };
  const slow = { trainer: "random_forest_regressor", parameters: { n_estimators: 100_000 } };
  const job = await gate.train("walk_forward", inputs, {
    background: true,
    parameters: { estimator: slow, splitter: rolling },
  });
  await expect.poll(async () => (await job.state()).state, { timeout: 20_000 }).toBe("running");
  await job.cancel();
  await expect.poll(async () => (await job.state()).state, { timeout: 20_000 }).toBe("cancelled");
  // The only place is free again, and the process or its successor trains.
  const { outputs } = await gate.train("ridge", { X: XOf(history), y: changeOf(history) });
  expect(outputs["coef"]?.shape).toEqual([5]);
});
