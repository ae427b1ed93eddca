import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  expectGolden,
  goldenCases,
  goldenInputs,
  matrix,
  numbersOf,
  runFit,
  tensor,
} from "../golden/golden.js";
import { checkAsync } from "../support/seeded.js";

const names = ["returns", "volatility", "drawdown", "autocorrelation"] as const;

const series = fc
  .array(fc.integer({ min: -900, max: 2000 }), { minLength: 6, maxLength: 40 })
  .map((values) => values.map((value) => value / 1000));

const column = (values: readonly number[]) => ({ X: tensor({ shape: [values.length, 1], data: values }) });

describe("regime_features", () => {
  for (const golden of goldenCases("regime_features")) {
    const { data, parameters, inputs } = golden;
    it(`gives numpy's numbers for ${data} ${JSON.stringify(parameters)} ${Object.keys(inputs ?? {})}`, async () => {
      expectGolden(await runFit("regime_features", goldenInputs(golden), parameters), golden.expected, 1e-9);
    });
  }

  it.each([2 ** 31, 2 ** 32 + 4, 2 ** 53 - 1])(
    "refuses a window of %d, more than there are rows",
    async (window) => {
      const X = column([0.1, 0.2, -0.1, 0, 0.3, 0.2]).X;
      const windows = { datatype: "INT64", shape: [1], data: BigInt64Array.of(BigInt(window)) } as const;
      for (const asked of [
        runFit("regime_features", { X }, { window }),
        runFit("regime_features", { X, windows }),
      ])
        await expect(asked).rejects.toThrow(
          `6 rows; returns and a window of ${window} need at least ${window}`,
        );
    },
  );

  it("is causal: a prefix says the same of its rows, to the last bit", async () => {
    await checkAsync(
      fc.asyncProperty(series, fc.nat(), async (values, at) => {
        const cut = 5 + (at % (values.length - 5));
        const all = await runFit("regime_features", column(values), { window: 5 });
        const seen = await runFit("regime_features", column(values.slice(0, cut)), { window: 5 });
        for (const name of [...names, "valid"])
          expect(numbersOf(seen, name), name).toEqual(numbersOf(all, name).slice(0, cut));
      }),
    );
  });

  it("reads the same from prices as from their returns", async () => {
    await checkAsync(
      fc.asyncProperty(series, async (values) => {
        const prices = [100];
        for (const value of values) prices.push((prices.at(-1) ?? 0) * (1 + value));
        const fromPrices = await runFit("regime_features", column(prices), { window: 4, input: "prices" });
        const fromReturns = await runFit("regime_features", column(values), { window: 4 });
        // Returns read off prices carry the prices' rounding, which weighs where they hardly differ.
        for (const name of ["returns", "volatility", "drawdown"] as const)
          numbersOf(fromReturns, name).forEach((value, t) => {
            expect(numbersOf(fromPrices, name)[t + 1]).toBeCloseTo(value, 9);
          });
        expect(numbersOf(fromPrices, "valid")).toEqual([0, ...numbersOf(fromReturns, "valid")]);
      }),
    );
  });

  it("stays in bounds, and takes constant returns for uncorrelated", async () => {
    await checkAsync(
      fc.asyncProperty(series, async (values) => {
        const outputs = await runFit("regime_features", column(values), { window: 3 });
        for (const value of numbersOf(outputs, "autocorrelation"))
          expect(Math.abs(value)).toBeLessThanOrEqual(1);
        for (const value of numbersOf(outputs, "drawdown")) expect(value).toBeLessThanOrEqual(0);
        for (const value of numbersOf(outputs, "volatility")) expect(value).toBeGreaterThanOrEqual(0);
      }),
    );
    const flat = await runFit("regime_features", column(new Array(8).fill(0.1)), { window: 4 });
    expect(numbersOf(flat, "autocorrelation")).toEqual(new Array(8).fill(0));
    expect(numbersOf(flat, "volatility")).toEqual(new Array(8).fill(0));
  });

  it("flags the rows before all windows are full, and holds zeros there, no NaN", async () => {
    const values = [0.1, -0.2, 0.3, -0.1, 0.2, 0.1];
    const windows = { datatype: "INT32", shape: [2], data: Int32Array.of(3, 5) } as const;
    const outputs = await runFit("regime_features", { ...column(values), windows });
    expect(numbersOf(outputs, "valid")).toEqual([0, 0, 0, 0, 1, 1]);
    const returns = numbersOf(outputs, "returns");
    expect(returns.slice(0, 4)).toEqual([0, 0, 0, 0]);
    expect(returns[4]).toBeCloseTo(1.1 * 0.8 * 1.3 - 1, 12);
    expect(returns[5]).toBe(0);
  });

  it("says what to change", async () => {
    const run = (rows: readonly (readonly number[])[], parameters = {}) =>
      runFit("regime_features", { X: matrix(rows) }, parameters);
    const flat = new Array<number[]>(5).fill([0.1]);
    await expect(run(flat)).rejects.toThrow(/inputs\.X: 5 rows; returns and a window of 20 need at least 20/);
    await expect(run(flat, { window: 5, input: "prices" })).rejects.toThrow(/need at least 6/);
    await expect(run([[0.1], [-2.5], [0.1]], { window: 3 })).rejects.toThrow(
      /column 0 has the return -2\.5 at row 1; .* one percent is 0\.01/,
    );
    const prices = { window: 3, input: "prices" };
    await expect(
      run(
        [
          [1, 1],
          [1, 0],
          [2, 1],
          [1, 1],
        ],
        prices,
      ),
    ).rejects.toThrow(/column 1 has the price 0 at row 1/);
    const windows = { datatype: "INT32", shape: [1], data: Int32Array.of(2) } as const;
    await expect(runFit("regime_features", { X: matrix(flat), windows })).rejects.toThrow(
      /inputs\.windows: 2/,
    );
  });
});
