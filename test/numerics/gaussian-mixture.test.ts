import fc from "fast-check";
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
  tensors,
} from "../golden/golden.js";

const kinds = ["full", "tied", "diag", "spherical"] as const;

function mixture(X: ReturnType<typeof matrix>, parameters: Parameters) {
  return runFit("gaussian_mixture", { X }, parameters);
}

describe("gaussian_mixture", () => {
  for (const { data, expected, parameters, inputs } of goldenCases("gaussian_mixture")) {
    const given = Object.keys(inputs ?? {}).join();
    it(`gives scikit-learn's numbers for ${data} ${JSON.stringify(parameters)} ${given}`, async () => {
      const X = tensor(goldenData(data));
      const outputs = await runFit("gaussian_mixture", { X, ...tensors(inputs) }, parameters);
      expectGolden(outputs, expected, 1e-9);
    });
  }

  it("gives the values another implementation gave for iris", async () => {
    const outputs = await mixture(tensor(goldenData("iris")), { n_components: 3 });
    expect(numbersOf(outputs, "lower_bound")).toEqual([expect.closeTo(-1.20147461, 8)]);
    expect(numbersOf(outputs, "bic")).toEqual([expect.closeTo(580.861, 3)]);
    expect(numbersOf(outputs, "aic")).toEqual([expect.closeTo(448.393, 3)]);
  });

  it.each(kinds)(
    "never lowers the likelihood from one iteration to the next (%s)",
    async (covariance_type) => {
      const X = tensor(goldenData("blobs"));
      let before = Number.NEGATIVE_INFINITY;
      for (let max_iter = 1; max_iter <= 8; max_iter++) {
        const parameters = { n_components: 3, tol: 0, max_iter, covariance_type, init_params: "random" };
        const [bound = Number.NaN] = numbersOf(await mixture(X, parameters), "lower_bound");
        expect(bound).toBeGreaterThanOrEqual(before - 1e-12);
        before = bound;
      }
    },
  );

  it("gives each sample to the components in shares that sum to 1, whatever the rows", async () => {
    const rows = fc.array(
      fc.array(fc.double({ min: -50, max: 50, noNaN: true }), { minLength: 3, maxLength: 3 }),
      {
        minLength: 4,
        maxLength: 25,
      },
    );
    await fc.assert(
      fc.asyncProperty(rows, fc.constantFrom(...kinds), async (values, covariance_type) => {
        const outputs = await mixture(matrix(values), { n_components: 2, covariance_type, reg_covar: 1e-3 });
        const shares = numbersOf(outputs, "responsibilities");
        for (let i = 0; i < values.length; i++) {
          expect((shares[2 * i] ?? Number.NaN) + (shares[2 * i + 1] ?? Number.NaN)).toBeCloseTo(1, 12);
        }
        expect(numbersOf(outputs, "weights").reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12);
      }),
      { seed: 1, numRuns: 40 },
    );
  });

  it("is the same for samples in another order, from the same means", async () => {
    const { data, shape } = goldenData("iris");
    const reversed = Array.from({ length: 150 }, (_, i) => data.slice((149 - i) * 4, (150 - i) * 4)).flat();
    const starts = {
      weights_init: tensor({ shape: [2], data: [0.5, 0.5] }),
      means_init: tensor({ shape: [2, 4], data: [...data.slice(0, 4), ...data.slice(400, 404)] }),
      precisions_init: tensor({
        shape: [2, 4, 4],
        data: [0, 1].flatMap(() => [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]),
      }),
    };
    const run = (rows: readonly number[]) =>
      runFit("gaussian_mixture", { X: tensor({ shape, data: rows }), ...starts }, { n_components: 2 });
    const forth = await run(data);
    const back = await run(reversed);
    expect(numbersOf(back, "labels").reverse()).toEqual(numbersOf(forth, "labels"));
    for (const name of ["means", "covariances", "weights"]) {
      expect(relativeError(numbersOf(back, name), numbersOf(forth, name)), name).toBeLessThan(1e-10);
    }
  });

  it.each(kinds)("starts from given precisions, also without an iteration (%s)", async (covariance_type) => {
    const X = tensor(goldenData("iris"));
    const half = { shape: [1, 4, 4], data: [2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 2] };
    const starts = {
      weights_init: tensor({ shape: [1], data: [1] }),
      means_init: tensor({ shape: [1, 4], data: [5, 3, 4, 1] }),
      precisions_init: tensor(half),
    };
    const outputs = await runFit("gaussian_mixture", { X, ...starts }, { max_iter: 0, covariance_type });
    expect(Math.max(...numbersOf(outputs, "precisions"))).toBeCloseTo(2, 12);
    expect(Math.max(...numbersOf(outputs, "covariances"))).toBeCloseTo(0.5, 12);
    expect(numbersOf(outputs, "means")).toEqual([5, 3, 4, 1].map((value) => expect.closeTo(value, 12)));
    expect(numbersOf(outputs, "lower_bound")).toEqual([Number.NEGATIVE_INFINITY]);
    expect(numbersOf(outputs, "n_iter")).toEqual([0]);
  });

  it("tells when the iterations ran out", async () => {
    const X = tensor(goldenData("iris"));
    expect(numbersOf(await mixture(X, { n_components: 3, max_iter: 1 }), "converged")).toEqual([0]);
    expect(numbersOf(await mixture(X, { n_components: 3 }), "converged")).toEqual([1]);
  });

  it("refuses what no mixture can be fitted to, and says what to change", async () => {
    const same = matrix([
      [1, 2],
      [1, 2],
      [1, 2],
    ]);
    await expect(mixture(same, { reg_covar: 0 })).rejects.toThrow(
      /parameters\.reg_covar: .* raise reg_covar/,
    );
    await expect(mixture(same, { reg_covar: 0, covariance_type: "diag" })).rejects.toThrow(/component 0/);
    await expect(mixture(same, { n_components: 4 })).rejects.toThrow(
      /parameters\.n_components: 4 components/,
    );
    await expect(mixture(matrix([[1, 2]]), {})).rejects.toThrow(/inputs\.X: 1 row/);
    const X = same;
    const weights_init = tensor({ shape: [2], data: [0.5, 0.6] });
    await expect(runFit("gaussian_mixture", { X, weights_init }, { n_components: 2 })).rejects.toThrow(
      /inputs\.weights_init: .* sum 1/,
    );
    const precisions_init = tensor({ shape: [1, 2, 2], data: [1, 2, 0.5, 1] });
    await expect(runFit("gaussian_mixture", { X, precisions_init })).rejects.toThrow(
      /inputs\.precisions_init/,
    );
  });
});
