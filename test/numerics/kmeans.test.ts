import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  expectGolden,
  goldenCases,
  goldenData,
  goldenInputs,
  matrix,
  numbersOf,
  runFit,
  tensor,
} from "../golden/golden.js";

const square = [
  [0, 0],
  [0.5, 0],
  [0.5, 1],
  [1, 1],
];

describe("kmeans", () => {
  for (const golden of goldenCases("kmeans")) {
    const { data, expected, parameters, inputs = {} } = golden;
    const named = [data, JSON.stringify(parameters), ...Object.keys(inputs)].join(" ");
    it(`gives scikit-learn's numbers for ${named}`, async () => {
      const outputs = await runFit("kmeans", goldenInputs(golden), parameters);
      const { inertia, ...rest } = expected;
      expectGolden(outputs, rest, 1e-9);
      // As many clusters as points leave an inertia of rounding alone.
      const reference = inertia?.data[0] ?? Number.NaN;
      if (reference < 1e-20) expect(numbersOf(outputs, "inertia")[0]).toBeLessThan(1e-20);
      else expectGolden(outputs, { inertia: { shape: [], data: [reference] } }, 1e-9);
    });
  }

  it("gives the inertia another implementation gave for iris", async () => {
    const outputs = await runFit("kmeans", { X: tensor(goldenData("iris")) }, { n_clusters: 3, n_init: 10 });
    expect(numbersOf(outputs, "inertia")[0]).toBeCloseTo(78.851441426, 8);
  });

  it("passes scikit-learn's test_kmeans_results, its weights as repeated rows", async () => {
    const X = matrix([0, 0, 0, 1, 2, 3, 3, 3].map((i) => square[i] ?? []));
    const outputs = await runFit(
      "kmeans",
      {
        X,
        init: matrix([
          [0, 0],
          [1, 1],
        ]),
      },
      { n_clusters: 2 },
    );
    expect(numbersOf(outputs, "inertia")).toEqual([expect.closeTo(0.375, 12)]);
    expect(numbersOf(outputs, "cluster_centers")).toEqual(
      [0.125, 0, 0.875, 1].map((value) => expect.closeTo(value, 12)),
    );
    expect(numbersOf(outputs, "n_iter")).toEqual([2]);
  });

  it("passes scikit-learn's test_kmeans_relocated_clusters", async () => {
    const inputs = {
      X: matrix(square),
      init: matrix([
        [0.5, 0.5],
        [3, 3],
      ]),
    };
    const outputs = await runFit("kmeans", inputs, { n_clusters: 2 });
    expect(numbersOf(outputs, "inertia")).toEqual([expect.closeTo(0.25, 12)]);
    expect(numbersOf(outputs, "n_iter")).toEqual([3]);
    const labels = numbersOf(outputs, "labels");
    expect([
      [0, 0, 1, 1],
      [1, 1, 0, 0],
    ]).toContainEqual(labels);
  });

  it("passes scikit-learn's test_relocate_empty_clusters: the centre of -36 over 8 samples, 10 and 9.5", async () => {
    const X = matrix([-10, -9.5, -9, -8.5, -8, -1, 1, 9, 9.5, 10].map((value) => [value]));
    const inputs = { X, init: matrix([[-10], [-10], [-10]]) };
    const outputs = await runFit("kmeans", inputs, { n_clusters: 3, max_iter: 1 });
    expect(numbersOf(outputs, "cluster_centers")).toEqual(
      [-36 / 8, 10, 9.5].map((value) => expect.closeTo(value, 12)),
    );
    expect(numbersOf(outputs, "converged")).toEqual([0]);
  });

  it("passes scikit-learn's test_kmeans_empty_cluster_relocated", async () => {
    const X = matrix([[-1], [1]]);
    const sample_weight = tensor({ shape: [2], data: [1.9, 0.1] });
    const outputs = await runFit(
      "kmeans",
      { X, sample_weight, init: matrix([[-1], [10]]) },
      { n_clusters: 2 },
    );
    expect(new Set(numbersOf(outputs, "labels")).size).toBe(2);
    expect(numbersOf(outputs, "cluster_centers")).toEqual([-1, 1].map((value) => expect.closeTo(value, 12)));
  });

  it("is the fit of repeated rows when weights are whole", async () => {
    const rows = goldenData("wine");
    const [n = 0, p = 0] = rows.shape;
    const row = (i: number) => rows.data.slice(i * p, (i + 1) * p);
    const weights = Array.from({ length: n }, (_, i) => i % 4);
    const init = tensor({ shape: [3, p], data: [1, 70, 150].flatMap(row) });
    const sample_weight = tensor({ shape: [n], data: weights });
    const weighted = await runFit("kmeans", { X: tensor(rows), init, sample_weight }, { n_clusters: 3 });
    const repeated = weights.flatMap((count, i) => Array.from({ length: count }, () => row(i)));
    const plain = await runFit("kmeans", { X: matrix(repeated), init }, { n_clusters: 3, tol: 0 });
    const centres = { shape: [3, p], data: numbersOf(plain, "cluster_centers") };
    expectGolden(weighted, { cluster_centers: centres }, 1e-10);
    expect(numbersOf(weighted, "inertia")[0]).toBeCloseTo(numbersOf(plain, "inertia")[0] ?? Number.NaN, 4);
  });

  it("refuses weights by name: negative ones, a wrong length, too few above 0 to draw from", async () => {
    const X = matrix([[0], [1], [2]]);
    const weigh = (data: number[], parameters = {}) =>
      runFit("kmeans", { X, sample_weight: tensor({ shape: [data.length], data }) }, parameters);
    const two = { n_clusters: 2 };
    await expect(weigh([1, -1, 1], two)).rejects.toThrow(/inputs\.sample_weight: -1 at 1 must be at least 0/);
    await expect(weigh([1, 1], two)).rejects.toThrow(/inputs\.sample_weight: shape \[2\] is not \[3\]/);
    await expect(weigh([0, 0, 0], two)).rejects.toThrow(/inputs\.sample_weight: 0 are above 0/);
    await expect(weigh([1, 0, 0], { ...two, init: "random" })).rejects.toThrow(
      /inputs\.sample_weight: 1 are above 0: .* needs 2/,
    );
    // Greedy k-means++ takes a row twice where no other weighs anything, as scikit-learn's.
    const outputs = await weigh([1, 0, 0], two);
    expect(numbersOf(outputs, "inertia")).toEqual([0]);
  });

  it("never ends above the inertia of its first iteration", async () => {
    const points = fc.array(fc.tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: -9, max: 9 })), {
      minLength: 3,
      maxLength: 20,
    });
    await fc.assert(
      fc.asyncProperty(points, async (rows) => {
        const init = matrix([
          [-5, -5.3],
          [0.1, 0.7],
          [5.2, 5],
        ]);
        const parameters = { n_clusters: 3, tol: 0 };
        const forth = await runFit("kmeans", { X: matrix(rows), init }, parameters);
        const once = await runFit("kmeans", { X: matrix(rows), init }, { ...parameters, max_iter: 1 });
        const [inertia = Number.NaN] = numbersOf(forth, "inertia");
        const [first = Number.NaN] = numbersOf(once, "inertia");
        expect(inertia).toBeLessThanOrEqual(first + 1e-9);
        expect(numbersOf(forth, "converged")).toEqual([1]);
      }),
      { seed: 1, numRuns: 40 },
    );
  });

  it("is the same for samples in another order", async () => {
    const { data, shape } = goldenData("iris");
    const [n = 0, p = 0] = shape;
    const reversed = Array.from({ length: n }, (_, i) => data.slice((n - 1 - i) * p, (n - i) * p)).flat();
    const init = tensor({ shape: [3, p], data: [0, 50, 100].flatMap((i) => data.slice(i * p, i * p + p)) });
    const forth = await runFit("kmeans", { X: tensor({ shape, data }), init }, { n_clusters: 3 });
    const back = await runFit("kmeans", { X: tensor({ shape, data: reversed }), init }, { n_clusters: 3 });
    expect(numbersOf(back, "labels").reverse()).toEqual(numbersOf(forth, "labels"));
    const centres = { shape: [3, p], data: numbersOf(forth, "cluster_centers") };
    expectGolden(back, { cluster_centers: centres }, 1e-12);
  });

  it("tells when the iterations ran out", async () => {
    const X = tensor(goldenData("iris"));
    expect(numbersOf(await runFit("kmeans", { X }, { max_iter: 1 }), "converged")).toEqual([0]);
    expect(numbersOf(await runFit("kmeans", { X }), "converged")).toEqual([1]);
  });

  it("refuses more clusters than rows, and centres of another shape", async () => {
    await expect(runFit("kmeans", { X: matrix([[1], [2]]) })).rejects.toThrow(
      /parameters\.n_clusters: 8 clusters/,
    );
    const wrong = { X: matrix(square), init: matrix([[1, 1]]) };
    await expect(runFit("kmeans", wrong, { n_clusters: 2 })).rejects.toThrow(/inputs\.init: shape \[1,2\]/);
  });
});
