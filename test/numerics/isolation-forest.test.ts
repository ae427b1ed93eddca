import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createPlainKernels } from "../../engines/kernels/index.js";
import { averagePathLength, scoreIsolationForest } from "../../engines/numerics/outliers/isolation-scores.js";
import {
  goldenCases,
  goldenData,
  matrix,
  numbersOf,
  relativeError,
  runFit,
  tensor,
} from "../golden/golden.js";
import { checkAsync } from "../support/seeded.js";

const context = { kernels: createPlainKernels(), aborted: () => false };

describe("isolation_forest", () => {
  for (const { data, expected, parameters } of goldenCases("isolation_forest")) {
    it(`grows scikit-learn's trees for ${data} ${JSON.stringify(parameters)}`, async () => {
      const outputs = await runFit("isolation_forest", { X: tensor(goldenData(data)) }, parameters);
      expect(Object.keys(expected)).toContain("score_samples");
      for (const [name, { shape, data: numbers }] of Object.entries(expected)) {
        expect(outputs[name]?.shape, name).toEqual(shape);
        // scikit-learn rounds X to float32 and splits between the rounded values.
        const tolerance = name === "threshold" ? 1e-7 : 1e-9;
        expect(relativeError(numbersOf(outputs, name), numbers), name).toBeLessThanOrEqual(tolerance);
      }
    });
  }

  it("takes c(n) as it is printed", () => {
    expect([0, 1, 2].map(averagePathLength)).toEqual([0, 0, 1]);
    expect(averagePathLength(256)).toBeCloseTo(10.2447709, 7);
  });

  it.each(["FP64", "FP32"] as const)("answers trees that give the scores again, in %s", async (datatype) => {
    const X = tensor(goldenData("outliers"), datatype);
    const outputs = await runFit("isolation_forest", { X }, { max_features: 0.5 });
    const data =
      datatype === "FP64"
        ? Float64Array.from(numbersOf({ X }, "X"))
        : Float32Array.from(numbersOf({ X }, "X"));
    const scores = scoreIsolationForest(treesOf(outputs), 256, data, 400, 4, context);
    expect(relativeError([...scores], numbersOf(outputs, "score_samples"))).toBeLessThan(
      datatype === "FP64" ? 1e-15 : 1e-7,
    );
  });

  it("refuses to walk what is no tree", async () => {
    const outputs = await runFit("isolation_forest", { X: tensor(goldenData("iris")) }, { n_estimators: 1 });
    const trees = treesOf(outputs);
    const x = new Float64Array(4);
    const circular = { ...trees, left: trees.left.map((child) => Math.min(child, 0)) };
    expect(() => scoreIsolationForest(circular, 150, x, 1, 4, context)).toThrow(/node 0 of tree 0/);
    expect(() => scoreIsolationForest(trees, 150, x.subarray(0, 1), 1, 1, context)).toThrow(
      /none of a tree over 1/,
    );
    const apart = { ...trees, offsets: Int32Array.of(1) };
    expect(() => scoreIsolationForest(apart, 150, x, 1, 4, context)).toThrow(/inputs\.tree_offsets: tree 0/);
    expect(() => scoreIsolationForest(trees, 2, x, 1, 4, context)).toThrow(
      /inputs\.max_samples: no tree of 2 rows is 8 deep/,
    );
  });

  it("scores what stands apart lowest, for any seed", async () => {
    const X = tensor(goldenData("outliers"));
    for (let random_state = 0; random_state < 5; random_state++) {
      const scores = numbersOf(await runFit("isolation_forest", { X }, { random_state }), "score_samples");
      const apart = scores.slice(380).reduce((sum, score) => sum + score / 20, 0);
      const among = scores.slice(0, 380).reduce((sum, score) => sum + score / 380, 0);
      expect(apart).toBeLessThan(among - 0.1);
    }
  });

  it("asks only for the order of the values along a column: shifts and powers of two change no score", async () => {
    const { shape, data } = goldenData("outliers");
    const exact = data.map((value) => Math.round(value * 64));
    const scoresOf = async (numbers: readonly number[]) =>
      numbersOf(
        await runFit("isolation_forest", { X: tensor({ shape, data: numbers }) }, { n_estimators: 5 }),
        "score_samples",
      );
    const before = await scoresOf(exact);
    const shift = fc.integer({ min: -1000, max: 1000 });
    const power = fc.integer({ min: -6, max: 20 });
    await checkAsync(
      fc.asyncProperty(shift, power, async (by, scale) => {
        expect(await scoresOf(exact.map((value) => (value + by) * 2 ** scale))).toEqual(before);
      }),
      10,
    );
  });

  it("says what to change", async () => {
    const X = matrix([
      [1, 2],
      [3, 4],
    ]);
    await expect(runFit("isolation_forest", { X }, { max_features: 3 })).rejects.toThrow(
      /parameters\.max_features: 3 of 2 columns/,
    );
    await expect(runFit("isolation_forest", { X }, { contamination: 0.6 })).rejects.toThrow(
      /parameters\.contamination/,
    );
    const many = tensor({ shape: [1000, 1], data: Array.from({ length: 1000 }, (_, i) => i) });
    await expect(
      runFit("isolation_forest", { X: many }, { n_estimators: 10_000, max_samples: 1000 }),
    ).rejects.toThrow(/parameters\.n_estimators: the forest's nodes/);
  });
});

function treesOf(outputs: Awaited<ReturnType<typeof runFit>>) {
  const integers = (name: string) => Int32Array.from(numbersOf(outputs, name));
  return {
    offsets: integers("tree_offsets"),
    feature: integers("feature"),
    threshold: Float64Array.from(numbersOf(outputs, "threshold")),
    missingLeft: Uint8Array.from(numbersOf(outputs, "missing_go_to_left")),
    left: integers("children_left"),
    right: integers("children_right"),
    samples: integers("n_node_samples"),
  };
}
