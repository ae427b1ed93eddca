import { describe, expect, it } from "vitest";
import type { Parameters } from "../../engines/servable.js";
import {
  expectGolden,
  goldenCases,
  goldenData,
  matrix,
  numbersOf,
  relativeError,
  runFit,
  tensor,
} from "../golden/golden.js";

describe("fast_ica", () => {
  for (const { data, expected, parameters } of goldenCases("fast_ica")) {
    it(`gives scikit-learn's numbers for ${data} ${JSON.stringify(parameters)}`, async () => {
      expectGolden(await runFit("fast_ica", { X: tensor(goldenData(data)) }, parameters), expected, 1e-9);
    });
  }

  it.each([{}, { algorithm: "deflation" }, { fun: "cube" }, { fun: "exp" }])(
    "unmixes sources of unit variance that do not correlate, and mixes them back (%j)",
    async (parameters) => {
      const { data, shape } = goldenData("signals");
      const [n = 0, p = 0] = shape;
      const outputs = await runFit("fast_ica", { X: tensor({ shape, data }) }, parameters);
      const [components, mixing, mean] = ["components", "mixing", "mean"].map((name) =>
        numbersOf(outputs, name),
      );
      const k = p;
      const sources = Array.from({ length: n }, (_, i) =>
        Array.from({ length: k }, (_, c) =>
          sum(p, (j) => (at(data, i * p + j) - at(mean, j)) * at(components, c * p + j)),
        ),
      );
      for (let a = 0; a < k; a++) {
        for (let b = 0; b <= a; b++) {
          const moment = sum(n, (i) => at(sources[i], a) * at(sources[i], b)) / n;
          expect(moment).toBeCloseTo(a === b ? 1 : 0, 9);
        }
      }
      for (let j = 0; j < p; j++) {
        const back = at(mean, j) + sum(k, (c) => at(sources[7], c) * at(mixing, j * k + c));
        expect(back).toBeCloseTo(at(data, 7 * p + j), 9);
      }
    },
  );

  it("finds the sources that were mixed", async () => {
    const t = Array.from({ length: 4000 }, (_, i) => i / 50);
    const sources = t.map((s) => [Math.sin(2 * s), Math.sign(Math.sin(3.1 * s))] as const);
    const X = matrix(sources.map(([a, b]) => [a + b, 0.5 * a + 2 * b]));
    const outputs = await runFit("fast_ica", { X });
    const mixing = numbersOf(outputs, "mixing");
    // Each column of the mixing is one of [1, 0.5] and [1, 2], up to its length and sign.
    const ratios = [at(mixing, 2) / at(mixing, 0), at(mixing, 3) / at(mixing, 1)].sort((a, b) => a - b);
    expect(at(ratios, 0)).toBeCloseTo(0.5, 1);
    expect(at(ratios, 1)).toBeCloseTo(2, 1);
    expect(numbersOf(outputs, "converged")).toEqual([1]);
  });

  it("starts from w_init, and gives what the seed that drew it gives", async () => {
    const X = tensor(goldenData("signals"));
    const identity = tensor({ shape: [3, 3], data: [1, 0, 0, 0, 1, 0, 0, 0, 1] });
    const parameters = { n_components: 3, tol: 1e-10, max_iter: 1000 };
    const seeded = await runFit("fast_ica", { X }, parameters);
    const given = await runFit("fast_ica", { X, w_init: identity }, parameters);
    // The same components, in another order or with other signs.
    const squares = (outputs: typeof seeded) =>
      [0, 1, 2]
        .map((c) => sum(4, (j) => at(numbersOf(outputs, "components"), c * 4 + j) ** 2))
        .sort((a, b) => a - b);
    expect(relativeError(squares(given), squares(seeded))).toBeLessThan(1e-5);
    await expect(runFit("fast_ica", { X, w_init: identity }, { n_components: 2 })).rejects.toThrow(
      /inputs\.w_init: shape \[3,3\] is not \[2,2\]/,
    );
  });

  it("tells when the iterations ran out", async () => {
    const X = tensor(goldenData("signals"));
    for (const algorithm of ["parallel", "deflation"]) {
      const outputs = await runFit("fast_ica", { X }, { algorithm, max_iter: 1 });
      expect([...numbersOf(outputs, "n_iter"), ...numbersOf(outputs, "converged")]).toEqual([1, 0]);
    }
  });

  const refused: readonly (readonly [string, Parameters, RegExp])[] = [
    ["collinear", {}, /n_components: 5 components of data that vary in 3 directions: .* at most 3/],
    ["collinear", { whiten_solver: "eigh" }, /vary in 3 directions/],
    ["constant", {}, /vary in 2 directions/],
    ["wide", {}, /vary in 9 directions/],
    ["wide", { whiten: false }, /parameters\.whiten: false needs/],
    ["iris", { whiten: true }, /parameters\.whiten: true/],
    ["one_row", {}, /inputs\.X: 1 row/],
  ];

  it("refuses what overflows rather than answer NaN", async () => {
    const X = matrix([
      [1e150, 2e150],
      [-3e150, 1e150],
      [2e150, 5e150],
    ]);
    await expect(runFit("fast_ica", { X }, { whiten: false, fun: "cube" })).rejects.toThrow(
      /parameters\.fun: overflowed/,
    );
  });

  it.each(refused)("refuses %s %j", async (data, parameters, problem) => {
    await expect(runFit("fast_ica", { X: tensor(goldenData(data)) }, parameters)).rejects.toThrow(problem);
  });
});

function at(values: readonly number[] | undefined, i: number): number {
  return values?.[i] ?? Number.NaN;
}

function sum(count: number, term: (i: number) => number): number {
  let total = 0;
  for (let i = 0; i < count; i++) total += term(i);
  return total;
}
