import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { scales } from "../../engines/numerics/preprocessing/standard-scaler.js";
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

describe("standard_scaler", () => {
  for (const { data, expected, parameters } of goldenCases("standard_scaler")) {
    it(`gives scikit-learn's numbers for ${data}`, async () => {
      expectGolden(
        await runFit("standard_scaler", { X: tensor(goldenData(data)) }, parameters),
        expected,
        1e-9,
      );
    });
  }

  it("takes a constant column for constant, whatever its value", async () => {
    const outputs = await runFit("standard_scaler", { X: matrix(new Array(1000).fill([0.1, 1e8 + 0.3])) });
    expect(numbersOf(outputs, "scale")).toEqual([1, 1]);
  });

  it("draws the line at the error of the variance: n·ε·var + (n·mean·ε)²", () => {
    // (1000 · 1e8 · 2.2e-16)² is 4.9e-10.
    const mean = Float64Array.of(1e8, 1e8, 0);
    const found = scales({
      counts: mean.map(() => 1000),
      mean,
      variance: Float64Array.of(4e-10, 9e-10, 4e-10),
    });
    expect([...found]).toEqual([1, 3e-5, 2e-5]);
  });

  it("added in two parts is the whole", async () => {
    const { data, shape } = goldenData("wine");
    const p = shape[1] ?? 0;
    const whole = await runFit("standard_scaler", { X: tensor(goldenData("wine")) });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 177 }), async (cut) => {
        const first = tensor({ shape: [cut, p], data: data.slice(0, cut * p) });
        const second = tensor({ shape: [178 - cut, p], data: data.slice(cut * p) });
        const { mean, var: variance, n_samples_seen } = await runFit("standard_scaler", { X: first });
        if (mean === undefined || variance === undefined || n_samples_seen === undefined)
          throw new Error("no outputs");
        const both = await runFit("standard_scaler", { X: second, mean, var: variance, n_samples_seen });
        for (const name of ["mean", "var", "scale", "n_samples_seen"]) {
          expect(relativeError(numbersOf(both, name), numbersOf(whole, name))).toBeLessThan(1e-12);
        }
      }),
      { seed: 1, numRuns: 20 },
    );
  });

  it("refuses half of an earlier fit", async () => {
    const X = matrix([[1], [2]]);
    const mean = tensor({ shape: [1], data: [0] });
    await expect(runFit("standard_scaler", { X, mean })).rejects.toThrow(/mean, var and n_samples_seen/);
  });

  it("leaves out what is not wanted", async () => {
    const X = matrix([[1], [2]]);
    expect(Object.keys(await runFit("standard_scaler", { X }, { with_std: false }))).toEqual([
      "n_samples_seen",
      "mean",
    ]);
    const neither = await runFit("standard_scaler", { X }, { with_std: false, with_mean: false });
    expect(Object.keys(neither)).toEqual(["n_samples_seen"]);
  });
});
