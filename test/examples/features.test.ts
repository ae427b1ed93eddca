/** The features in TypeScript against the values that the models' training computed. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type Bar, readBars } from "../../examples/demo/bars.js";
import { type FeatureName, featuresOfLast, minimumHistoryDays } from "../../examples/demo/features.js";
import { Market } from "../../examples/demo/market.js";

interface Fixture {
  readonly features: readonly FeatureName[];
  readonly shape: readonly number[];
  readonly rows: readonly { readonly date: string; readonly values: readonly number[] }[];
}

const repository = new URL("../../", import.meta.url);
const fixtures = new URL("training/fixtures/", repository);
const models = readdirSync(fixtures).map((file) => file.replace(/\.json$/, ""));
const bars = await readBars(new URL("examples/data/sp500.csv", repository));

function fixtureOf(model: string): Fixture {
  return JSON.parse(readFileSync(new URL(`${model}.json`, fixtures), "utf8")) as Fixture;
}

function upTo(date: string): readonly Bar[] {
  return bars.slice(0, bars.findIndex((bar) => bar.date === date) + 1);
}

function marketOf(days: readonly Bar[]): Market {
  const market = new Market();
  for (const day of days) market.close(day);
  return market;
}

/** Relative 1e-9; a value that is zero must be so to 1e-12. */
function expectClose(actual: ArrayLike<number>, expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length);
  const off = expected.flatMap((value, i) => {
    const error = Math.abs((actual[i] ?? NaN) - value);
    return error <= Math.max(1e-9 * Math.abs(value), 1e-12) ? [] : [{ i, value, actual: actual[i] }];
  });
  expect(off).toEqual([]);
}

describe.each(models)("the input of %s", (model) => {
  const { features, shape, rows } = fixtureOf(model);
  const days = shape.length === 2 ? (shape[0] ?? 1) : 1;

  test.each(rows)("on $date, from all days so far", ({ date, values }) => {
    const window = marketOf(upTo(date)).window(features, days);
    expectClose(window ?? [], values);
  });

  test.each(rows)("on $date, from the last 63 days alone", ({ date, values }) => {
    const window = marketOf(upTo(date).slice(-minimumHistoryDays)).window(features, days);
    expectClose(window ?? [], values);
  });
});

describe("too early", () => {
  test("the 62nd day lacks features, the 63rd has all", () => {
    const lacking = (days: number) => Object.values(featuresOfLast(bars.slice(0, days))).filter(Number.isNaN);
    expect(lacking(62)).toHaveLength(2); // drawdown_63 and log_range_63
    expect(lacking(63)).toEqual([]);
  });

  test("there is no window, and on the first day no return", () => {
    const market = marketOf(bars.slice(0, 1));
    expect(market.logReturn).toBeUndefined();
    expect(market.window(["return_1"], 1)).toBeUndefined();
    market.close(bars[1] as Bar);
    expect(market.logReturn).toBeCloseTo(0.0135, 4);
    expect(market.window(["return_1"], 2)).toBeUndefined();
  });
});

test("the drawdown looks at each of the last 63 closes, which three fixtures cannot show", () => {
  const closes = bars.slice(0, 1_000).map(({ close }) => close);
  for (let t = 63; t < closes.length; t++) {
    const highest = Math.max(...closes.slice(t - 62, t + 1));
    const { drawdown_63 } = featuresOfLast(bars.slice(0, t + 1));
    expect(drawdown_63).toBeCloseTo(Math.log((closes[t] ?? NaN) / highest), 12);
  }
});
