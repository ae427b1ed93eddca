import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  expectGolden,
  goldenCases,
  goldenData,
  goldenInputs,
  numbersOf,
  runFit,
  tensor,
} from "../golden/golden.js";
import { checkAsync } from "../support/seeded.js";

const whole = fc.integer({ min: -1000, max: 1000 });

/** Returns of 2 to 12 rows, weights for their 1 to 6 assets, and how many factors. */
const portfolios = fc.tuple(fc.integer({ min: 2, max: 12 }), fc.integer({ min: 1, max: 6 })).chain(([n, p]) =>
  fc.record({
    shape: fc.constant([n, p]),
    data: fc.array(whole, { minLength: n * p, maxLength: n * p }),
    weights: fc.array(whole, { minLength: p, maxLength: p }),
    n_components: fc.oneof(fc.integer({ min: 1, max: Math.min(n, p) }), fc.constantFrom(null, 0.5, 0.9)),
  }),
);

describe("factor_risk", () => {
  for (const golden of goldenCases("factor_risk")) {
    it(`gives what scikit-learn's components come to for ${golden.data} ${JSON.stringify(golden.parameters)}`, async () => {
      expectGolden(
        await runFit("factor_risk", goldenInputs(golden), golden.parameters),
        golden.expected,
        1e-9,
      );
    });
  }

  it("adds up: shares to 1, contributions to the volatility, parts to the variance of each asset", async () => {
    await checkAsync(
      fc.asyncProperty(portfolios, async ({ shape, data, weights, n_components }) => {
        const X = tensor({ shape, data });
        const [n = 0, p = 0] = shape;
        const given = { X, weights: tensor({ shape: [p], data: weights }) };
        const outputs = await runFit("factor_risk", given, { n_components });
        const of = (name: string) => numbersOf(outputs, name);
        const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
        const [variance = 0] = of("portfolio_variance");
        const shares = sum([...of("risk_share"), ...of("specific_share")]);
        expect(shares).toBeCloseTo(variance > 0 ? 1 : 0, 12);
        expect(variance).toBe(
          sum([...of("portfolio_factor_variance"), ...of("portfolio_specific_variance")]),
        );
        const contributions = of("marginal_contributions").map((value, j) => value * (weights[j] ?? 0));
        const gross = contributions.reduce((total, value) => total + Math.abs(value), 1);
        expect(Math.abs(sum(contributions) - Math.sqrt(variance)) / gross).toBeLessThan(1e-12);
        const [k = 0] = of("n_components");
        const loadings = of("loadings");
        const covariance = numbersOf(await runFit("empirical_covariance", { X }), "covariance");
        of("specific_variance").forEach((specific, j) => {
          const explained = of("factor_variance").map((value, f) => value * (loadings[j * k + f] ?? 0) ** 2);
          const own = ((covariance[j * p + j] ?? 0) * n) / (n - 1);
          expect(specific).toBeGreaterThanOrEqual(0);
          expect(Math.abs(sum([...explained, specific]) - own)).toBeLessThan(
            1e-9 * sum(covariance.map(Math.abs)) + 1e-9,
          );
        });
      }),
    );
  });

  it("leaves nothing specific when all factors are kept", async () => {
    const outputs = await runFit("factor_risk", { X: tensor(goldenData("market")) }, { n_components: null });
    expect(numbersOf(outputs, "specific_share")).toEqual([0]);
    expect(numbersOf(outputs, "n_components")).toEqual([50]);
  });

  it("says what to change", async () => {
    const X = tensor(goldenData("iris"));
    await expect(runFit("factor_risk", { X }, { n_components: 5 })).rejects.toThrow(
      /parameters\.n_components: 5 is more than min\(n, p\) = 4/,
    );
    await expect(runFit("factor_risk", { X: tensor(goldenData("one_row")) })).rejects.toThrow(
      /inputs\.X: 1 row/,
    );
    const weights = tensor({ shape: [3], data: [1, 1, 1] });
    await expect(runFit("factor_risk", { X, weights })).rejects.toThrow(/inputs\.weights: shape \[3\]/);
  });
});
