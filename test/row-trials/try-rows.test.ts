/** Trials that speak for rows that stay apart, and against those that do not, however small or rare the difference. */
import { describe, expect, it } from "vitest";
import type { Tensors } from "../../engines/engine.js";
import { judgeRows } from "../../engines/onnx/row-proof.js";
import { trialRows } from "../../engines/onnx/row-trials/rows.js";
import { trialTexts } from "../../engines/onnx/row-trials/texts.js";
import { type InferenceFunction, tryRows } from "../../engines/onnx/row-trials/try-rows.js";

const width = 4;
const inputs: Tensors = {
  X: {
    datatype: "FP32",
    shape: [3, width],
    data: Float32Array.of(1, -2, 0.5, 3, 0.1, 0.2, -0.7, 1, 2, 2, -1, -1),
  },
};

/** Answers Y [n, 1]: of each row what is made of it and of all. */
function answering(make: (row: Float32Array, all: readonly Float32Array[]) => number): InferenceFunction {
  return async ({ X }) => {
    const data = X?.data as Float32Array;
    const all = Array.from({ length: data.length / width }, (_, i) =>
      data.subarray(i * width, (i + 1) * width),
    );
    return {
      Y: { datatype: "FP32", shape: [all.length, 1], data: Float32Array.from(all, (row) => make(row, all)) },
    };
  };
}

const sum = (row: Float32Array) => row.reduce((a, b) => a + b, 0);
const tried = (run: InferenceFunction, rowsMax = 256) => tryRows(trialRows(inputs), run, { rowsMax });

describe("trials", () => {
  it("find answers that are the same bit by bit", async () => {
    expect(await tried(answering(sum))).toMatchObject({ exact: true, worst: 0, tried: 21 });
  });

  it("find that sums are rounded otherwise in company, where the golden numbers are too short to show it", async () => {
    const weights = Float32Array.of(0.3, -0.7, 1.1, 0.9);
    const forward = (row: Float32Array) =>
      row.reduce((all, x, i) => Math.fround(all + Math.fround(x * (weights[i] as number))), 0);
    const fused = (row: Float32Array) =>
      row.reduce((all, x, i) => Math.fround(all + x * (weights[i] as number)), 0);
    const short: Tensors = {
      X: { datatype: "FP32", shape: [1, width], data: Float32Array.of(0, 1, 0, 0) },
    };
    const run = answering((row, all) => (all.length > 1 ? fused(row) : forward(row)));
    const found = await tryRows(trialRows(short), run, { rowsMax: 256 });
    expect(found.against).toBeUndefined();
    expect(found).toMatchObject({ exact: false });
  });

  it("measure what other orders of adding do, and let it pass", async () => {
    const run = answering((row, all) => sum(row) * (all.length > 4 ? 1 + 2e-7 : 1));
    const found = await tried(run);
    expect(found).toMatchObject({ exact: false });
    expect(found.against).toBeUndefined();
    expect(found.worst).toBeGreaterThan(0);
    expect(found.worst).toBeLessThan(1e-6);
  });

  it.each([
    [
      "a mean taken away from answers of a millionth",
      answering((row, all) => 1e-6 * (sum(row) - all.reduce((a, each) => a + sum(each), 0) / all.length)),
    ],
    [
      "a neighbour that is a thousand times larger",
      answering((row, all) => sum(row) + (all.some((each) => Math.abs(each[0] ?? 0) > 500) ? 1 : 0)),
    ],
    ["company of more than sixteen", answering((row, all) => sum(row) + (all.length > 16 ? 0.01 : 0))],
    ["company of exactly seven", answering((row, all) => sum(row) + (all.length === 7 ? 0.01 : 0))],
    [
      "a row that stands twice",
      answering((row, all) => sum(row) + (all.filter((each) => each[0] === row[0]).length > 4 ? 0.1 : 0)),
    ],
    ["what is no number", answering((row, all) => (all.length > 2 ? Number.NaN : sum(row)))],
  ])("find %s", async (_, run) => {
    expect((await tried(run)).against).toMatch(/the answer of one differs from its answer alone/);
  });

  it("find labels that differ, where there is nothing else to go by", async () => {
    const labels: InferenceFunction = async ({ X }) => {
      const count = X?.shape[0] ?? 0;
      return {
        L: { datatype: "INT64", shape: [count], data: new BigInt64Array(count).fill(count > 7 ? 1n : 0n) },
      };
    };
    expect((await tried(labels)).against).toMatch(/differs from its answer alone/);
  });

  it("find outputs that have not a row for each row", async () => {
    const one: InferenceFunction = async () => ({
      Y: { datatype: "FP32", shape: [1, 1], data: Float32Array.of(1) },
    });
    expect((await tried(one)).against).toBe("output Y has shape [1,1] for 2 rows");
  });

  it("leave out made rows that the model does not take", async () => {
    const strict: InferenceFunction = async (asked) => {
      if (Array.from(asked["X"]?.data ?? [], Number).some((value) => Math.abs(value) > 100))
        throw new Error("out of range");
      return answering(sum)(asked);
    };
    expect(await tried(strict)).toMatchObject({ exact: true });
  });

  it("go no further than the batch, and stop in time", async () => {
    const sizes: number[] = [];
    const counting: InferenceFunction = (asked) => {
      sizes.push(asked["X"]?.shape[0] ?? 0);
      return answering(sum)(asked);
    };
    await tried(counting, 4);
    expect(Math.max(...sizes)).toBe(4);
    let now = 0;
    const slow = await tryRows(trialRows(inputs), answering(sum), {
      rowsMax: 256,
      now: () => (now += 3_000),
    });
    expect(slow.tried).toBe(2);
  });
});

describe("the verdict", () => {
  const judged = (
    kind: "independent" | "coupled" | "undecided",
    setting: "proven" | "exact" | "asserted",
    run: InferenceFunction,
  ) =>
    judgeRows(
      kind === "independent" ? { kind } : { kind, reason: "Softmax goes over the rows" },
      trialRows(inputs),
      run,
      setting,
      8,
    );
  const close = answering((row, all) => sum(row) * (all.length > 2 ? 1 + 2e-7 : 1));
  const apart = answering(sum);

  it("is together where the graph proves it and trials agree", async () => {
    expect(await judged("independent", "proven", close)).toMatchObject({
      together: true,
      proof: "graph",
      exact: false,
      within: 1e-4,
    });
  });

  it("is alone where the graph joins rows, though no trial shows it, and whatever the operator says", async () => {
    for (const setting of ["proven", "asserted"] as const)
      expect(await judged("coupled", setting, apart)).toMatchObject({
        together: false,
        reason: expect.stringContaining("Softmax goes over the rows"),
      });
  });

  it("is alone where the graph proves nothing, until the operator vouches for it", async () => {
    expect(await judged("undecided", "proven", apart)).toMatchObject({
      together: false,
      reason: expect.stringContaining('set "batching": "asserted"'),
    });
    expect(await judged("undecided", "asserted", apart)).toMatchObject({
      together: true,
      proof: "operator",
      reason: "Softmax goes over the rows",
    });
  });

  it("is alone where a trial speaks against it, whoever vouches for it", async () => {
    const joined = answering((row, all) => sum(row) + all.length);
    for (const kind of ["independent", "undecided"] as const)
      expect(await judged(kind, "asserted", joined)).toMatchObject({
        together: false,
        reason: expect.stringContaining("depends on the rows beside it"),
      });
  });

  it("is alone where bits differ and exact ones are asked for", async () => {
    expect(await judged("independent", "exact", close)).toMatchObject({
      together: false,
      reason: expect.stringContaining("exact"),
    });
    expect(await judged("independent", "exact", apart)).toMatchObject({ together: true, exact: true });
  });
});

it("texts are tried at many lengths, the golden ones first", () => {
  const texts = trialTexts({
    text: { datatype: "BYTES", shape: [2], data: ["Shares rose.", "Profit fell sharply"] },
  });
  const words = texts.map(({ row }) => String(row["text"]?.data[0]).split(" ").length);
  expect(words.slice(0, 2)).toEqual([2, 3]);
  expect(Math.max(...words)).toBe(60);
});
