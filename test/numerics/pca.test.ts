import { describe, expect, it } from "vitest";
import { chooseSolver } from "../../engines/numerics/decomposition/pca.js";
import {
  expectGolden,
  type GoldenCase,
  goldenCases,
  goldenData,
  matrix,
  numbersOf,
  runFit,
  tensor,
} from "../golden/golden.js";

/** Only directions that have variance are defined. */
function comparable({ data, expected, rank = 0 }: GoldenCase) {
  const { components, ...rest } = expected;
  const p = goldenData(data).shape[1] ?? 0;
  return { rest, defined: components?.data.slice(0, rank * p) ?? [], size: rank * p };
}

describe("pca", () => {
  for (const golden of goldenCases("pca")) {
    it(`gives scikit-learn's numbers for ${golden.data} ${JSON.stringify(golden.parameters)}`, async () => {
      const outputs = await runFit("pca", { X: tensor(goldenData(golden.data)) }, golden.parameters);
      const { rest, defined, size } = comparable(golden);
      expectGolden(outputs, rest, 1e-9);
      expect(size).toBeGreaterThan(0);
      const worst = defined.map((value, i) =>
        Math.abs((numbersOf(outputs, "components")[i] ?? Number.NaN) - value),
      );
      expect(Math.max(...worst)).toBeLessThan(1e-9);
      expect(outputs.components?.shape).toEqual(golden.expected.components?.shape);
    });
  }

  it("gives the values another implementation gave for iris", async () => {
    const outputs = await runFit("pca", { X: tensor(goldenData("iris")) });
    const variance = [4.22824171, 0.24267075, 0.0782095, 0.02383509];
    numbersOf(outputs, "explained_variance").forEach((value, i) => {
      expect(value).toBeCloseTo(variance[i] ?? Number.NaN, 8);
    });
    const loadings = [0.36138659, -0.08452251, 0.85667061, 0.3582892];
    loadings.forEach((value, i) => {
      expect(numbersOf(outputs, "components")[i]).toBeCloseTo(value, 8);
    });
  });

  it("has orthonormal components, also where there is no variance", async () => {
    for (const name of ["collinear", "constant", "wide"]) {
      const outputs = await runFit("pca", { X: tensor(goldenData(name)) }, { svd_solver: "full" });
      const [k = 0, p = 0] = outputs.components?.shape ?? [];
      const rows = numbersOf(outputs, "components");
      for (let i = 0; i < k; i++) {
        for (let j = 0; j <= i; j++) {
          let dot = 0;
          for (let c = 0; c < p; c++)
            dot += (rows[i * p + c] ?? Number.NaN) * (rows[j * p + c] ?? Number.NaN);
          expect(dot).toBeCloseTo(i === j ? 1 : 0, 12);
        }
      }
    }
  });

  it("is the same for samples in another order", async () => {
    const { data, shape } = goldenData("wine");
    const p = shape[1] ?? 1;
    const reversed = Array.from({ length: 178 }, (_, i) => data.slice((177 - i) * p, (178 - i) * p)).flat();
    const outputs = await runFit("pca", { X: tensor({ shape, data: reversed }) });
    const same = await runFit("pca", { X: tensor({ shape, data }) });
    for (const name of ["explained_variance", "components"]) {
      const expected = { [name]: { shape: same[name]?.shape ?? [], data: numbersOf(same, name) } };
      expectGolden(outputs, expected, 1e-9);
    }
  });

  it("answers zero shares for data without variance", async () => {
    const outputs = await runFit("pca", {
      X: matrix([
        [2, 3],
        [2, 3],
        [2, 3],
      ]),
    });
    expect(numbersOf(outputs, "explained_variance_ratio")).toEqual([0, 0]);
    expect(numbersOf(outputs, "mean")).toEqual([2, 3]);
  });

  it.each([
    ["by the Gram matrix", {}],
    ["directly", { n_oversamples: 1, iterated_power: 0 }],
  ])(
    "randomized, fewer rows than columns, %s: the scores have the variances that are told",
    async (_, more) => {
      const [n, p, k] = [40, 60, 5];
      const rows = Array.from({ length: n }, (_, i) =>
        Array.from({ length: p }, (_, j) => Math.sin(12.9898 * (i * p + j + 1)) * 3 + Math.cos(i * j)),
      );
      const outputs = await runFit(
        "pca",
        { X: matrix(rows) },
        { n_components: k, svd_solver: "randomized", random_state: 0, ...more },
      );
      const [mean, components] = [numbersOf(outputs, "mean"), numbersOf(outputs, "components")];
      numbersOf(outputs, "explained_variance").forEach((variance, c) => {
        const scores = rows.map((row) =>
          row.reduce((sum, x, j) => sum + (x - (mean[j] ?? 0)) * (components[c * p + j] ?? 0), 0),
        );
        const spread = scores.reduce((sum, score) => sum + score ** 2, 0) / (n - 1);
        expect(spread / variance).toBeCloseTo(1, 10);
      });
    },
  );

  it("chooses scikit-learn's solver", () => {
    expect(chooseSolver(500, 50, null)).toBe("covariance_eigh");
    expect(chooseSolver(252, 50, 10)).toBe("full");
    expect(chooseSolver(2520, 500, 10)).toBe("randomized");
    expect(chooseSolver(2520, 500, 400)).toBe("full");
    expect(chooseSolver(2520, 500, 0.9)).toBe("full");
    expect(chooseSolver(2520, 500, "mle")).toBe("full");
  });

  it.each([
    [{ n_components: 3 }, /parameters\.n_components: 3 is not between 0 and min\(n, p\) = 2/],
    [{ n_components: 0, svd_solver: "randomized" }, /parameters\.n_components: 0 is not between 1/],
    [{ n_components: "mle", svd_solver: "randomized" }, /parameters\.n_components/],
    [{ n_components: 1.5 }, /parameters\.n_components/],
    [{ n_components: -1 }, /parameters\.n_components/],
  ])("refuses %j", async (parameters, problem) => {
    await expect(
      runFit(
        "pca",
        {
          X: matrix([
            [1, 2],
            [3, 5],
            [4, 4],
          ]),
        },
        parameters,
      ),
    ).rejects.toThrow(problem);
  });

  it("refuses one row", async () => {
    await expect(runFit("pca", { X: matrix([[1, 2]]) })).rejects.toThrow(/inputs\.X: 1 row/);
  });
});
