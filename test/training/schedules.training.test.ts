/** Schedules that retrain for real: a first version, one that is promoted, and one that stays the challenger. */
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  connect,
  type Dataset,
  type Gate,
  type ScheduleState,
  tensor,
} from "../../client/typescript/index.js";
import type { ScheduleSettings } from "../../protocol/schedule-frames.js";
import { startGateway, type TestGateway } from "../support/gateway.js";
import { until } from "../support/until.js";
import { suiteEnvironment } from "./environment.js";

let gateway: TestGateway;
let gate: Gate;
beforeAll(async () => {
  const training = { environment: suiteEnvironment().folder, schedule_interval_ms: 100 };
  gateway = await startGateway({ training });
  gate = await connect(gateway.url);
});
afterAll(async () => {
  await gate?.close();
  await gateway?.stop();
});

/** Rows whose target is a plane with a small noise that repeats itself, and whose class is the target's sign. */
function rows(from: number, to: number) {
  const numbers = Array.from({ length: to - from }, (_, i) => from + i);
  const x = numbers.map((i) => [Math.sin(i), Math.cos(1.7 * i)] as const);
  const y = x.map(([a, b], i) => 2 * a - b + 0.2 * Math.sin(31 * (from + i)));
  const side = Int32Array.from(y, (value) => (value > 0 ? 7 : -1));
  return { X: tensor(x, "FP64"), y: tensor(y, "FP64"), side: tensor(side) };
}

let there = 200;
async function grow(dataset: Dataset): Promise<void> {
  await dataset.append(rows(there, there + 50));
  there += 50;
}

async function afterRetrain(schedule: string, retrains: number): Promise<ScheduleState> {
  let state = await gate.scheduleState(schedule);
  await until(async () => {
    state = await gate.scheduleState(schedule);
    expect(state.error).toBeNull();
    expect([state.retrains, state.running]).toEqual([retrains, null]);
  }, 60_000);
  return state;
}

/** R² of a version's answers, by its definition. */
async function r2(version: string, [from, to]: readonly [number, number]): Promise<number> {
  const { X, y } = rows(from, to);
  const { outputs } = await gate.infer("plane", { X }, { version });
  const predicted = Array.from(outputs["predictions"]?.data ?? [], Number);
  const wanted = Array.from(y.data, Number);
  const mean = wanted.reduce((sum, each) => sum + each, 0) / wanted.length;
  const error = wanted.reduce((sum, each, i) => sum + (each - (predicted[i] ?? Number.NaN)) ** 2, 0);
  return 1 - error / wanted.reduce((sum, each) => sum + (each - mean) ** 2, 0);
}

it("promotes the first version, then what is not worse, and keeps what is worse as the challenger", async () => {
  const bars = await gate.dataset(rows(0, there), { name: "bars" });
  const settings: ScheduleSettings = {
    schedule: "plane",
    model: "plane",
    trainer: "ridge",
    parameters: { alpha: 0.1 },
    inputs: { X: { ref: "bars", columns: "X" }, y: { ref: "bars", columns: "y" } },
    trigger: { dataset: "bars", every_rows: 50 },
    validation: { rows: 40, folds: 2 },
  };
  await gate.schedule(settings);
  await grow(bars);
  expect((await afterRetrain("plane", 1)).last).toMatchObject({
    version: "1",
    promoted: true,
    reason: "first_version",
    score: "r2",
    rows: [210, 250],
  });
  await grow(bars);
  const second = await afterRetrain("plane", 2);
  const known = second.last?.champion_score ?? Number.NaN;
  expect(second.last).toMatchObject({
    champion: "1",
    rows: [260, 300],
    champion_trained_on: "none",
  });
  expect(known).toBeCloseTo(await r2("1", [260, 300]), 9);
  // The plane is the same: both know it well, and one of the two decisions is right by the scores that it tells.
  const candidate = second.last?.candidate ?? Number.NaN;
  expect(candidate).toBeGreaterThan(0.97);
  expect(second.last?.promoted).toBe(candidate >= known);
  // Within this tolerance the next one is not worse in any case.
  await gate.schedule({ ...settings, tolerance: 0.05 }, { replace: true });
  await grow(bars);
  const third = await afterRetrain("plane", 1);
  expect(third.last).toMatchObject({ version: "3", promoted: true, reason: "not_worse" });
  // So much of a penalty leaves nothing of the plane.
  await gate.schedule({ ...settings, parameters: { alpha: 1e9 } }, { replace: true });
  await grow(bars);
  const fourth = await afterRetrain("plane", 1);
  expect(fourth.last).toMatchObject({
    version: "4",
    promoted: false,
    reason: "worse",
    champion: "3",
    champion_trained_on: "none",
  });
  expect(fourth.last?.candidate).toBeLessThan(0.1);
  const { models } = await gate.describe("plane");
  const shown = models.map(({ version, traffic, aliases }) => [version, traffic, aliases]);
  expect(shown).toContainEqual(["3", 1, ["champion"]]);
  expect(shown).toContainEqual(["4", 0, ["challenger"]]);
  await gate.unschedule("plane");
  expect((await gate.schedules()).schedules).toEqual([]);
}, 240_000);

it("scores a classifier by its probabilities, and tells what fails until it does not", async () => {
  const sides = await gate.dataset(rows(0, there), { name: "sides" });
  await gate.schedule({
    schedule: "sides",
    model: "sides",
    trainer: "pipeline",
    parameters: {
      steps: [{ transformer: "standard_scaler" }],
      estimator: { trainer: "logistic_regression", parameters: {} },
    },
    inputs: { X: { ref: "sides", columns: "X" }, y: { ref: "sides", columns: "side" } },
    last_rows: 200,
    trigger: { dataset: "sides", every_rows: 50 },
    validation: { rows: 40, purge: 2, score: "log_loss" },
    tolerance: 0.5,
  });
  await grow(sides);
  expect((await afterRetrain("sides", 1)).last).toMatchObject({ reason: "first_version", score: "log_loss" });
  await grow(sides);
  const { last } = await afterRetrain("sides", 2);
  expect(last).toMatchObject({ version: "2", promoted: true, reason: "not_worse", champion: "1" });
  expect(last?.candidate).toBeLessThan(0.5);
  expect(last?.champion_score).toBeLessThan(0.5);
}, 120_000);
