import { describe, expect, it } from "vitest";
import { NormalSource } from "../../engines/numerics/random/normal-source.js";
import {
  goldenCases,
  goldenData,
  goldenInputs,
  matrix,
  numbersOf,
  relativeError,
  runFit,
  tensor,
} from "../golden/golden.js";

describe("monte_carlo_var", () => {
  for (const golden of goldenCases("monte_carlo_var")) {
    const { data, expected, parameters, inputs } = golden;
    const given = Object.keys(inputs ?? {});
    it(`comes to the closed form for ${data} ${JSON.stringify(parameters)} ${given}`, async () => {
      const outputs = await runFit("monte_carlo_var", goldenInputs(golden), parameters);
      for (const name of ["mean", "volatility"])
        expect(relativeError(numbersOf(outputs, name), expected[name]?.data ?? []), name).toBeLessThan(1e-9);
      for (const name of ["var", "cvar"]) {
        const errors = numbersOf(outputs, `${name}_error`);
        expect(errors).toHaveLength(expected[name]?.data.length ?? 0);
        numbersOf(outputs, name).forEach((value, k) => {
          const apart = Math.abs(value - (expected[name]?.data[k] ?? Number.NaN));
          expect(apart, name).toBeLessThan(4 * (errors[k] ?? 0));
        });
      }
    });
  }

  it.each([
    ["gaussian", 2.3263478740408408, 2.665214220345808],
    // Student-t with 4 degrees of freedom: its quantile 3.746947387979196 over √2, and the mean beyond.
    ["student_t", 2.649491906789311, 3.6915104856808],
  ])("has honest standard errors: %s over 100 seeds", async (distribution, value, shortfall) => {
    const covariance = matrix([[1]]);
    const apart: [number, number][] = [];
    for (let random_state = 0; random_state < 100; random_state++) {
      const parameters = { distribution, random_state, n_paths: 20_000 };
      const outputs = await runFit("monte_carlo_var", { covariance }, parameters);
      const [found = 0, error = 0, mean = 0, meanError = 0] = [
        "var",
        "var_error",
        "cvar",
        "cvar_error",
      ].flatMap((name) => numbersOf(outputs, name));
      apart.push([(found - value) / error, (mean - shortfall) / meanError]);
    }
    for (const column of [0, 1] as const) {
      const average = apart.reduce((sum, row) => sum + row[column] / 100, 0);
      const spread = Math.sqrt(apart.reduce((sum, row) => sum + row[column] ** 2 / 100, 0));
      expect(Math.abs(average)).toBeLessThan(0.35);
      expect(spread).toBeGreaterThan(0.75);
      expect(spread).toBeLessThan(1.3);
    }
  });

  it("takes mean and covariance in place of X, and gives the same answer", async () => {
    const X = tensor(goldenData("wine"));
    const { location, covariance } = await runFit("empirical_covariance", { X });
    if (location === undefined || covariance === undefined) throw new Error("no outputs");
    const estimated = await runFit("monte_carlo_var", { X });
    expect(await runFit("monte_carlo_var", { mean: location, covariance })).toEqual(estimated);
    const other = await runFit("monte_carlo_var", { X }, { random_state: 1 });
    expect(numbersOf(other, "var")).not.toEqual(numbersOf(estimated, "var"));
    expect(numbersOf(other, "volatility")).toEqual(numbersOf(estimated, "volatility"));
  });

  it("mirrors every second path when antithetic: the median is the mean", async () => {
    const covariance = matrix([
      [4, 1],
      [1, 2],
    ]);
    const mean = tensor({ shape: [2], data: [1, 3] });
    const outputs = await runFit(
      "monte_carlo_var",
      { covariance, mean },
      { antithetic: true, level: 0.5, n_paths: 20_000 },
    );
    expect(numbersOf(outputs, "var")[0]).toBeCloseTo(-2, 3);
  });

  it("says what to change", async () => {
    const X = tensor(goldenData("iris"));
    const covariance = matrix([
      [1, 2],
      [2, 1],
    ]);
    const levels = tensor({ shape: [2], data: [0.9, 1] });
    const run = (inputs: Parameters<typeof runFit>[1], parameters = {}) =>
      runFit("monte_carlo_var", inputs, parameters);
    await expect(run({})).rejects.toThrow(/inputs\.X: missing; give X, or mean and covariance/);
    await expect(run({ X, covariance })).rejects.toThrow(/give one of them/);
    await expect(run({ covariance })).rejects.toThrow(/inputs\.covariance: an eigenvalue is -1/);
    await expect(run({ covariance: matrix([[1, 2]]) })).rejects.toThrow(/inputs\.covariance: shape \[1,2\]/);
    await expect(
      run({
        covariance: matrix([
          [1, 0.5],
          [0.4, 1],
        ]),
      }),
    ).rejects.toThrow(/not symmetric: 0\.4/);
    await expect(run({ X: tensor(goldenData("one_row")) })).rejects.toThrow(/inputs\.X: 1 row/);
    await expect(run({ X, levels })).rejects.toThrow(/inputs\.levels: 1 is not between/);
    await expect(run({ X }, { level: 0.999, n_paths: 100 })).rejects.toThrow(
      /parameters\.n_paths: .* at least 1000/,
    );
    await expect(run({ X }, { degrees_of_freedom: 2 })).rejects.toThrow(/parameters\.degrees_of_freedom/);
  });

  it("stops between two blocks of paths", async () => {
    let looks = 0;
    const stopped = runFit(
      "monte_carlo_var",
      { covariance: matrix([[1]]) },
      { n_paths: 10_000_000 },
      () => ++looks > 5,
    );
    await expect(stopped).rejects.toMatchObject({ code: "cancelled" });
    expect(looks).toBe(6);
  });
});

describe("NormalSource", () => {
  it("is normal: moments, and shares beyond 1 to 4 deviations, each within 4 standard errors", () => {
    const numbers = new Float64Array(2_000_000);
    new NormalSource(7).fillNormals(numbers);
    const n = numbers.length;
    const moment = (power: number) => numbers.reduce((sum, z) => sum + z ** power, 0) / n;
    expect(Math.abs(moment(1))).toBeLessThan(4 / Math.sqrt(n));
    expect(Math.abs(moment(2) - 1)).toBeLessThan(4 * Math.sqrt(2 / n));
    expect(Math.abs(moment(3))).toBeLessThan(4 * Math.sqrt(15 / n));
    expect(Math.abs(moment(4) - 3)).toBeLessThan(4 * Math.sqrt(96 / n));
    [0.15865525393145707, 0.022750131948179195, 0.0013498980316300933, 3.167124183311986e-5].forEach(
      (share, i) => {
        for (const sign of [1, -1]) {
          const beyond = numbers.reduce((count, z) => count + Number(sign * z > i + 1), 0);
          expect(Math.abs(beyond - n * share), `${sign * (i + 1)}`).toBeLessThan(4 * Math.sqrt(n * share));
        }
      },
    );
  });

  it("draws chi-square numbers with their mean and variance", () => {
    const source = new NormalSource(3);
    for (const degrees of [2.5, 4, 30]) {
      const numbers = Float64Array.from({ length: 200_000 }, () => source.chiSquare(degrees));
      const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
      const variance = numbers.reduce((sum, value) => sum + (value - mean) ** 2, 0) / numbers.length;
      expect(Math.abs(mean / degrees - 1)).toBeLessThan(4 * Math.sqrt(2 / degrees / numbers.length));
      expect(Math.abs(variance / (2 * degrees) - 1)).toBeLessThan(0.05);
    }
  });
});
