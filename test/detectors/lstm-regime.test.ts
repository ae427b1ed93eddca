/** What is particular to a detector that asks a learned model: its features, and all that may not go with it. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { barFeatures, barsBefore } from "../../engines/detectors/bar-features.js";
import type { ModelClient } from "../../engines/detectors/detector.js";
import { lstmRegimeDetector } from "../../engines/detectors/lstm-regime.js";
import { findWindowModel } from "../../engines/detectors/window-model.js";
import type { Parameters, Servable } from "../../engines/servable.js";
import { StreamHistory } from "../../gateway/regimes/history.js";
import { HeadgateError } from "../../protocol/errors.js";
import { toWire } from "../../protocol/tensor.js";
import { bars } from "../conformance/detectors.js";
import { completed, follow } from "../support/detecting.js";
import { noModels, shippedModels } from "../support/models.js";

const inRepository = (path: string) => new URL(`../../${path}`, import.meta.url);

/** What training/features.py made of the same bars, in float64. */
const fixture = JSON.parse(readFileSync(inRepository("training/fixtures/lstm-regime.json"), "utf8")) as {
  readonly rows: readonly { readonly date: string; readonly values: readonly number[] }[];
};

const days = readFileSync(inRepository("examples/data/sp500.csv"), "utf8")
  .trimEnd()
  .split("\n")
  .slice(1)
  .map((line) => line.split(","));

describe("features of bars", () => {
  it("are those that the training made, of days all over the twenty years", () => {
    const table = barFeatures(Float64Array.from(days.flatMap((day) => day.slice(2, 6).map(Number))));
    for (const { date, values } of fixture.rows) {
      const t = days.findIndex(([each]) => each === date) - barsBefore;
      const window = table.subarray((t - 41) * 4, (t + 1) * 4);
      values.forEach((value, i) => {
        expect(window[i]).toBeCloseTo(value, 12);
      });
    }
    expect(fixture.rows).toHaveLength(3);
  });
});

describe("answers", () => {
  it("are the golden ones of torch, on the days of the model's golden file", async () => {
    const golden = JSON.parse(readFileSync(inRepository("models/lstm-regime/1/golden.json"), "utf8"));
    const X: number[] = golden.inputs.X.data;
    const said: number[] = golden.outputs.probabilities.data;
    for (let i = 0; i < said.length / 2; i++) {
      const rows = Array.from({ length: 42 }, (_, t) => X.slice((i * 42 + t) * 4, (i * 42 + t + 1) * 4));
      const last = (await follow(lstmRegimeDetector, {}, rows)).at(-1);
      expect(last?.[0]).toBeCloseTo(said[2 * i] as number, 5);
      expect(last?.[1]).toBeCloseTo(said[2 * i + 1] as number, 5);
    }
  });
});

/** The shipped model, but for what a test says of it. */
function other(change: (servable: Servable) => Servable, infer = shippedModels.infer): ModelClient {
  return { find: (model, version) => change(shippedModels.find(model, version)), infer };
}

const reshaped = (input: readonly (number | string)[], output: readonly (number | string)[]) =>
  other((servable) => {
    const [X] = servable.signature.inputs;
    const [Y] = servable.signature.outputs;
    if (X === undefined || Y === undefined) throw new Error("the shipped model has both");
    const inputs = [{ ...X, shape: input }];
    return { ...servable, signature: { ...servable.signature, inputs, outputs: [{ ...Y, shape: output }] } };
  });

const admit = (given: Parameters, models: ModelClient, d?: number) =>
  lstmRegimeDetector.admit?.(completed(lstmRegimeDetector, given), models, d);

describe("open", () => {
  it("asks of one window at a time where the model's rows are not proven to stay apart", () => {
    const settings = { model: "lstm-regime", version: undefined, window: 42, states: 2 };
    const alone = other((servable) => ({
      ...servable,
      scheduling: { ...servable.scheduling, gathering: { allowed: false } },
    }));
    expect(findWindowModel(shippedModels, settings).rowsMax).toBeGreaterThan(1);
    expect(findWindowModel(alone, settings).rowsMax).toBe(1);
  });

  it("takes the shipped model as it is, with features or bars", () => {
    admit({}, shippedModels);
    admit({}, shippedModels, 4);
    admit({ input: "bars" }, shippedModels, 4);
    admit({ model_version: "1" }, shippedModels);
  });

  it.each<[string, Parameters, ModelClient, number | undefined, RegExp]>([
    [
      "no such model",
      {},
      noModels,
      undefined,
      /^parameters\.model: no model "lstm-regime" is served; put it into/,
    ],
    [
      "another window",
      { window: 21 },
      shippedModels,
      undefined,
      /^parameters\.window: .* looks at 42 .* got 21/,
    ],
    [
      "three regimes",
      { n_components: 3 },
      shippedModels,
      undefined,
      /^parameters\.n_components: .* knows 2 /,
    ],
    ["returns", {}, shippedModels, 1, /^values\.shape: lstm-regime takes 4 values an observation, got 1/],
    [
      "bars of closes",
      { input: "bars" },
      shippedModels,
      1,
      /\(high, low, close, volume\) an observation, got 1/,
    ],
    ["bars to others", { input: "bars" }, reshaped(["b", 42, 7], ["b", 2]), 4, /^parameters\.input: /],
    [
      "no windows",
      {},
      reshaped(["b", 4], ["b", 2]),
      undefined,
      /^parameters\.model: .* is no model of windows/,
    ],
    [
      "no regimes",
      {},
      reshaped(["b", 42, 4], ["b"]),
      undefined,
      /^parameters\.model: .* is no model of windows/,
    ],
  ])("refuses %s, and says what to change", (_, given, models, d, message) => {
    expect(() => admit(given, models, d)).toThrow(message);
  });

  it("leaves sizes to the stream that a model leaves open", () => {
    admit({ window: 9, n_components: 3 }, reshaped(["b", "t", "d"], ["b", "k"]), 7);
  });
});

describe("a model that does not answer", () => {
  const rows = bars(63);
  const parameters = completed(lstmRegimeDetector, { input: "bars" });

  /** One that has taken all rows but the last. */
  async function warm() {
    const state = lstmRegimeDetector.start(parameters);
    const history = new StreamHistory(lstmRegimeDetector.memory(parameters), 4);
    const coming = { rows: Float64Array.from(rows.slice(0, 62).flat()), n: 62, d: 4 };
    await state.prefetch?.(coming, history, shippedModels);
    for (const [t, row] of rows.slice(0, 62).entries()) {
      state.step(Float64Array.from(row));
      history.push(t, Float64Array.from(row));
    }
    const last = (row: readonly number[], models: ModelClient) =>
      state.prefetch?.({ rows: Float64Array.from(row), n: 1, d: 4 }, history, models);
    return { state, last, row: rows[62] as readonly number[] };
  }

  it.each<[string, ModelClient, string]>([
    ["is gone", noModels, "unavailable"],
    ["has another window now", reshaped(["b", 21, 4], ["b", 2]), "failed_precondition"],
    [
      "fails",
      other(
        (each) => each,
        () => Promise.reject(new HeadgateError("unavailable", "it died")),
      ),
      "unavailable",
    ],
    [
      "gives scores and no probabilities",
      other(
        (each) => each,
        async () => ({
          probabilities: toWire({ datatype: "FP32", shape: [1, 2], data: Float32Array.of(-1, 3) }),
        }),
      ),
      "failed_precondition",
    ],
  ])("because it %s leaves the state as it was", async (_, models, code) => {
    const { state, last, row } = await warm();
    await expect(last(row, models)).rejects.toMatchObject({ code, processed: "no" });
    expect(state.probabilities).toBeUndefined();
    expect(() => state.step(Float64Array.from(row))).toThrow("without a prefetched answer");
    await last(row, shippedModels);
    state.step(Float64Array.from(row));
    expect(state.probabilities?.[0]).toBeGreaterThan(0.5);
  });

  it.each<[string, readonly number[], RegExp]>([
    ["a price of 0", [2, 0, 1, 5], /^values: row 0 has the low 0; all four of a bar are above 0/],
    ["no volume", [2, 1, 1, 0], /^values: row 0 has the volume 0/],
    ["a high below its low", [1, 2, 1, 5], /^values: row 0 has its high 1 below its low 2/],
    ["a close alone", [1], /^values\.shape: /],
  ])("refuses a bar with %s", async (_, row, message) => {
    const { state } = await warm();
    const coming = { rows: Float64Array.from(row), n: 1, d: row.length };
    await expect(
      state.prefetch?.(coming, new StreamHistory(1_000, row.length), shippedModels),
    ).rejects.toThrow(message);
  });
});
