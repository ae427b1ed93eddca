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

describe("ledoit_wolf", () => {
  for (const { data, expected, parameters } of goldenCases("ledoit_wolf")) {
    it(`gives scikit-learn's numbers for ${data} ${JSON.stringify(parameters)}`, async () => {
      expectGolden(await runFit("ledoit_wolf", { X: tensor(goldenData(data)) }, parameters), expected, 1e-9);
    });
  }

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
