import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  expectGolden,
  goldenCases,
  goldenData,
  numbersOf,
  relativeError,
  runFit,
  tensor,
} from "../golden/golden.js";
import { checkAsync } from "../support/seeded.js";

const names = ["empirical_covariance", "ledoit_wolf", "oas"] as const;

describe.each(names)("%s", (name) => {
  for (const { data, expected, parameters } of goldenCases(name)) {
    it(`gives scikit-learn's numbers for ${data} ${JSON.stringify(parameters)}`, async () => {
      expectGolden(await runFit(name, { X: tensor(goldenData(data)) }, parameters), expected, 1e-9);
    });
  }

  it("is symmetric and positive semi-definite, and keeps the total variance", async () => {
    await checkAsync(
      fc.asyncProperty(samples, async (X) => {
        const [, p = 0] = X.shape;
        const covariance = numbersOf(await runFit(name, { X }), "covariance");
        const empirical = numbersOf(await runFit("empirical_covariance", { X }), "covariance");
        const at = (j: number, k: number) => covariance[j * p + k] ?? Number.NaN;
        for (let j = 0; j < p; j++) {
          for (let k = 0; k < j; k++) {
            expect(at(j, k)).toBe(at(k, j));
            expect(Math.abs(at(j, k))).toBeLessThanOrEqual(Math.sqrt(at(j, j) * at(k, k)) * (1 + 1e-12));
          }
        }
        const total = (matrix: readonly number[]) =>
          matrix.reduce((sum, value, i) => sum + (i % (p + 1) === 0 ? value : 0), 0);
        expect(relativeError([total(covariance)], [total(empirical)])).toBeLessThan(1e-12);
      }),
    );
  });
});

/** From 2 to 12 rows, fewer than there are columns too. */
const samples = fc
  .tuple(fc.integer({ min: 2, max: 12 }), fc.integer({ min: 1, max: 5 }))
  .chain(([n, p]) =>
    fc
      .array(fc.integer({ min: -1_000_000, max: 1_000_000 }), { minLength: n * p, maxLength: n * p })
      .map((data) => tensor({ shape: [n, p], data })),
  );

describe("ledoit_wolf", () => {
  it("gives the shrinkage another implementation gave for iris", async () => {
    const outputs = await runFit("ledoit_wolf", { X: tensor(goldenData("iris")) });
    expect(numbersOf(outputs, "shrinkage")[0]).toBeCloseTo(0.007578801454, 12);
  });

  it("is the formula as it is printed", async () => {
    const { data, shape } = goldenData("collinear");
    const [n = 0, p = 0] = shape;
    const mean = Array.from({ length: p }, (_, j) =>
      data.reduce((sum, v, at) => sum + (at % p === j ? v / n : 0), 0),
    );
    const x = Array.from({ length: n }, (_, i) => mean.map((m, j) => (data[i * p + j] ?? Number.NaN) - m));
    const sum = (f: (j: number, k: number) => number) => {
      let total = 0;
      for (let j = 0; j < p; j++) for (let k = 0; k < p; k++) total += f(j, k);
      return total;
    };
    const column = (j: number, k: number, power: number) =>
      x.reduce((total, row) => total + ((row[j] ?? Number.NaN) * (row[k] ?? Number.NaN)) ** power, 0);
    const betaSum = sum((j, k) => column(j, k, 2));
    const deltaSum = sum((j, k) => column(j, k, 1) ** 2) / n ** 2;
    const trace = sum((j, k) => (j === k ? column(j, k, 1) / n : 0));
    const mu = trace / p;
    const beta = (betaSum / n - deltaSum) / (p * n);
    const delta = (deltaSum - 2 * mu * trace + p * mu ** 2) / p;
    const outputs = await runFit("ledoit_wolf", { X: tensor(goldenData("collinear")) });
    expect(numbersOf(outputs, "shrinkage")[0]).toBeCloseTo(Math.min(beta, delta) / delta, 12);
  });

  it("is the same for samples in another order, and without the precision when not asked", async () => {
    const { data, shape } = goldenData("market");
    const [n = 0, p = 0] = shape;
    const turned = Array.from({ length: n }, (_, i) =>
      data.slice(((i + 100) % n) * p, ((i + 100) % n) * p + p),
    ).flat();
    const a = await runFit("ledoit_wolf", { X: tensor({ shape, data }) }, { store_precision: false });
    const b = await runFit("ledoit_wolf", { X: tensor({ shape, data: turned }) });
    expect(relativeError(numbersOf(b, "covariance"), numbersOf(a, "covariance"))).toBeLessThan(1e-12);
    expect(a).not.toHaveProperty("precision");
    expect(b).toHaveProperty("precision");
  });
});
