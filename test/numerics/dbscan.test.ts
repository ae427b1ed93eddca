import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  expectGolden,
  goldenCases,
  goldenData,
  matrix,
  numbersOf,
  runFit,
  tensor,
  tensors,
} from "../golden/golden.js";

describe("dbscan", () => {
  for (const { data, expected, parameters, inputs } of goldenCases("dbscan")) {
    it(`gives scikit-learn's labels for ${data} ${JSON.stringify(parameters)}`, async () => {
      const outputs = await runFit("dbscan", { X: tensor(goldenData(data)), ...tensors(inputs) }, parameters);
      expectGolden(outputs, expected, 0);
    });
  }

  it("gives the values another implementation gave for iris", async () => {
    const outputs = await runFit("dbscan", { X: tensor(goldenData("iris")) });
    const labels = numbersOf(outputs, "labels");
    expect(numbersOf(outputs, "core_sample_indices")).toHaveLength(117);
    expect([-1, 0, 1, 2].map((cluster) => labels.filter((label) => label === cluster).length)).toEqual([
      17, 49, 84, 0,
    ]);
  });

  it("counts the radius and the sample itself in", async () => {
    const X = matrix([[0], [0.5], [1], [3]]);
    const outputs = await runFit("dbscan", { X }, { min_samples: 3 });
    expect(numbersOf(outputs, "labels")).toEqual([0, 0, 0, -1]);
    expect(numbersOf(outputs, "core_sample_indices")).toEqual([1]);
    expect(numbersOf(outputs, "components")).toEqual([0.5]);
  });

  const points = fc.array(fc.array(fc.integer({ min: -6, max: 6 }), { minLength: 2, maxLength: 2 }), {
    minLength: 1,
    maxLength: 60,
  });
  const settings = fc.record({
    eps: fc.constantFrom(0.5, 1, Math.SQRT2, 2.5, 30),
    min_samples: fc.integer({ min: 1, max: 6 }),
    metric: fc.constantFrom("euclidean", "manhattan", "chebyshev"),
  });

  it("gives what the definition gives, word for word", async () => {
    await fc.assert(
      fc.asyncProperty(points, settings, async (rows, parameters) => {
        const outputs = await runFit("dbscan", { X: matrix(rows) }, parameters);
        expect(numbersOf(outputs, "labels")).toEqual(byDefinition(rows, parameters));
      }),
      { seed: 1, numRuns: 120 },
    );
  });

  it("finds the same core samples and as many clusters in any order", async () => {
    await fc.assert(
      fc.asyncProperty(points, settings, async (rows, parameters) => {
        const forth = await runFit("dbscan", { X: matrix(rows) }, parameters);
        const back = await runFit("dbscan", { X: matrix(rows.toReversed()) }, parameters);
        const last = rows.length - 1;
        expect(
          numbersOf(back, "core_sample_indices")
            .map((i) => last - i)
            .reverse(),
        ).toEqual(numbersOf(forth, "core_sample_indices"));
        expect(Math.max(...numbersOf(back, "labels"))).toBe(Math.max(...numbersOf(forth, "labels")));
      }),
      { seed: 2, numRuns: 60 },
    );
  });

  it("takes 60,000 rows that all are neighbours without their 3.6 billion pairs", async () => {
    const data = Array.from({ length: 120_000 }, (_, at) => Math.sin(at * 12.9898) * 0.1);
    const X = tensor({ shape: [60_000, 2], data });
    const outputs = await runFit("dbscan", { X }, { eps: 0.05 });
    expect(numbersOf(outputs, "labels").every((label) => label === 0)).toBe(true);
  });

  it.each([
    [{ metric: "minkowski", p: 0 }, undefined, /parameters\.p: must be null, or a number above 0/],
    [{ p: 3 }, undefined, /parameters\.p: goes with the metric "minkowski" alone/],
    [{ metric: "minkowski" }, [1, -1], /inputs\.w: -1 at 1 must be at least 0/],
    [{ metric: "minkowski", p: 1 }, [1, -1], /inputs\.w: -1 at 1 must be at least 0/],
    [
      { metric: "minkowski", p: 0.01 },
      [1, 1e10],
      /inputs\.w: 10000000000 at 1 must be at least 0, and its root/,
    ],
    [{ metric: "chebyshev" }, [1, 1], /inputs\.w: the metric "chebyshev" takes no weights/],
    [{ metric: "minkowski" }, [1, 1, 1], /inputs\.w: shape \[3\] is not \[2\]/],
  ])("refuses %o with the column weights %o", async (parameters, w, problem) => {
    const weights = w === undefined ? {} : { w: tensor({ shape: [w.length], data: w }) };
    const inputs = { X: matrix([[0, 1]]), ...weights };
    await expect(runFit("dbscan", inputs, parameters)).rejects.toThrow(problem);
  });

  it("refuses weights of another length", async () => {
    const inputs = { X: matrix([[0], [1]]), sample_weight: tensor({ shape: [3], data: [1, 1, 1] }) };
    await expect(runFit("dbscan", inputs)).rejects.toThrow(/inputs\.sample_weight: shape \[3\] is not \[2\]/);
  });
});

interface Settings {
  readonly eps: number;
  readonly min_samples: number;
  readonly metric: string;
}

/** scikit-learn's loop over all neighbourhoods, slow and plain. */
function byDefinition(
  rows: readonly (readonly number[])[],
  { eps, min_samples, metric }: Settings,
): number[] {
  const near = rows.map((a) =>
    Array.from(rows.keys()).filter((j) => {
      const apart = a.map((value, c) => Math.abs(value - (rows[j]?.[c] ?? Number.NaN)));
      if (metric === "manhattan") return apart.reduce((sum, d) => sum + d, 0) <= eps;
      if (metric === "chebyshev") return Math.max(...apart) <= eps;
      return apart.reduce((sum, d) => sum + d * d, 0) <= eps * eps;
    }),
  );
  const labels = new Array<number>(rows.length).fill(-1);
  let cluster = 0;
  for (const start of rows.keys()) {
    if (labels[start] !== -1 || (near[start]?.length ?? 0) < min_samples) continue;
    const stack = [start];
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      if (labels[at] !== -1) continue;
      labels[at] = cluster;
      if ((near[at]?.length ?? 0) >= min_samples) stack.push(...(near[at] ?? []));
    }
    cluster++;
  }
  return labels;
}
