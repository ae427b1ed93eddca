/** The demo's portfolio is scored by the rule of the benches, after the days that nobody scores. */
import { expect, test } from "vitest";
import { compared } from "../../examples/demo/portfolio.js";
import { statesOf } from "../../load-tests/regimes/ask.js";
import { heldBy, performance, unscored } from "../../load-tests/regimes/portfolio.js";

const days = unscored + 40;
const dates = Array.from({ length: days }, (_, t) => new Date(t * 86_400_000).toISOString().slice(0, 10));
const portfolio = Float64Array.from({ length: days }, (_, t) => 0.01 * Math.sin(t * t));

test("a row with a signal stands beside one that holds all the time, from the first scored day", () => {
  const turbulent = unscored + 10;
  const signal = heldBy(
    statesOf(
      dates.map((date) => Date.parse(date)),
      [
        { observed_ts: 0, to: "normal" },
        { observed_ts: turbulent * 86_400_000, to: "turbulent" },
        { observed_ts: (turbulent + 5) * 86_400_000, to: "normal" },
      ],
    ),
  );
  const { from, to, rows } = compared({ dates, portfolio }, [["with", "in_sample", signal]]);
  expect([from, to]).toEqual([dates[unscored], dates[days - 1]]);
  expect(rows.map(({ name, sample }) => [name, sample])).toEqual([
    ["held all the time", "no_signal"],
    ["with", "in_sample"],
  ]);
  // Out of the market for the five days after it became known, with two trades of ten basis points.
  let wealth = 1;
  for (let t = unscored; t < days; t++) {
    const out = t > turbulent && t <= turbulent + 5;
    const trades = t === turbulent + 1 || t === turbulent + 6;
    wealth *= (out ? 1 : 1 + (portfolio[t] as number)) * (trades ? 0.999 : 1);
  }
  expect(rows[1]?.performance.annualReturn).toBeCloseTo(wealth ** (252 / 40) - 1, 12);
  expect(rows[1]?.performance.turnover).toBeCloseTo((2 * 252) / 40, 12);
  const holding = performance(new Float64Array(40).fill(1), portfolio.subarray(unscored));
  expect(rows[0]?.performance).toEqual(holding);
});
