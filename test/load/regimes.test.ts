import { describe, expect, it } from "vitest";
import { before, marketOf } from "../../load-tests/regimes/markets.js";
import { heldBy, performance } from "../../load-tests/regimes/portfolio.js";
import { score, stressShares, switches } from "../../load-tests/regimes/score.js";

const path = (text: string) =>
  Int8Array.from([...text], (each) => (each === "?" ? -1 : each === "T" ? 1 : 0));

describe("scores", () => {
  it("counts switches, dwell and changes a year", () => {
    expect(switches(path("..TTT.T"))).toEqual([2, 5, 6]);
    const found = score(path("??..TTT.T..."), path("..TTTT.T...."));
    expect(found.changesAYear).toBeCloseTo((4 / 10) * 252, 9); // after the two unknown days
    expect(found.medianDwell).toBe(1); // 3, 1 and 1 days
  });

  it("measures the lag of what was followed, and takes no sleeper's luck for a catch", () => {
    const hindsight = path("...TTTT....TT....");
    const said = path("....TTTT.........");
    const found = score(said, hindsight);
    expect(found.medianLag).toBe(1); // both of the first two switches a day late
    expect(found.caught).toBe(2 / 4); // the third was missed, so at the fourth it was there already
  });

  it("weighs both regimes alike, however rare one is", () => {
    const hindsight = path(`${".".repeat(90)}${"T".repeat(10)}`);
    expect(score(path(".".repeat(100)), hindsight).overlap).toBe(0.5);
    expect(score(hindsight, hindsight).overlap).toBe(1);
  });

  it("says of each stress window how much of it was called turbulent", () => {
    const dates = ["2011-04-28", "2011-04-29", "2011-10-03", "2011-10-04", "2018-09-20"];
    expect(stressShares(dates, path(".T.T?"))).toMatchObject({
      "in 2011": 0.5,
      "in 2018": null,
      outside: 0.5,
    });
  });
});

describe("the portfolio", () => {
  it("acts a day after it knows, and is in while it does not", () => {
    expect([...heldBy(path("?.TT.."))]).toEqual([1, 1, 1, 0, 0, 1]);
  });

  it("pays ten basis points for each way, and counts its turnover", () => {
    const returns = Float64Array.of(0.1, 0.5, -0.5);
    const { annualReturn, turnover } = performance(Float64Array.of(1, 0, 1), returns);
    const wealth = 1.1 * 0.999 * (0.999 * 0.5);
    expect(annualReturn).toBeCloseTo(wealth ** (252 / 3) - 1, 12);
    expect(turnover).toBeCloseTo((2 * 252) / 3, 12);
  });

  it("holds on without a cost: return, Sharpe and the deepest fall by hand", () => {
    const found = performance(Float64Array.of(1, 1, 1), Float64Array.of(0.1, -0.2, 0.05));
    expect(found.maximumDrawdown).toBeCloseTo(0.2, 12);
    expect(found.turnover).toBe(0);
    const mean = -0.05 / 3;
    const variance = ((0.1 - mean) ** 2 + (-0.2 - mean) ** 2 + (0.05 - mean) ** 2) / 3;
    expect(found.sharpe).toBeCloseTo((mean / Math.sqrt(variance)) * Math.sqrt(252), 12);
  });
});

describe("a market", () => {
  it("is read by its close, or by all its columns in equal shares", () => {
    const one = marketOf("one", "date,open,close\n2020-01-01,1,100\n2020-01-02,1,110\n");
    expect([one.dates, one.d]).toEqual([["2020-01-02"], 1]);
    expect(one.rows[0]).toBeCloseTo(100 * Math.log(1.1), 12);
    expect(one.portfolio[0]).toBeCloseTo(0.1, 12);
    const two = marketOf("two", "date,A,B\n2020-01-01,100,10\n2020-01-02,110,9\n");
    expect(two.d).toBe(2);
    expect(two.portfolio[0]).toBeCloseTo(0, 12);
  });

  it.each([
    ["2020-01-01", []],
    ["2020-01-03", ["2020-01-02"]],
    ["2020-01-04", ["2020-01-02", "2020-01-03"]],
    ["2020-01-06", ["2020-01-02", "2020-01-03"]],
    ["2020-01-07", ["2020-01-02", "2020-01-03", "2020-01-06"]],
    ["2021-01-01", ["2020-01-02", "2020-01-03", "2020-01-06"]],
  ])("before %s has the days %j", (date, days) => {
    const csv = [
      "date,high,low,close,volume",
      "2020-01-01,101,99,100,5",
      "2020-01-02,112,109,110,6",
      "2020-01-03,100,98,99,7",
      "2020-01-06,109,108,108.9,8",
    ].join("\n");
    const whole = marketOf("one", csv);
    const part = before(whole, date);
    expect(part.dates).toEqual(days);
    const n = days.length;
    expect(part.rows).toEqual(whole.rows.slice(0, n));
    expect(part.portfolio).toEqual(whole.portfolio.slice(0, n));
    expect(part.bars).toEqual(whole.bars?.slice(0, 4 * n));
  });

  it("is refused where a close is missing", () => {
    expect(() => marketOf("gap", "date,close\n2020-01-01,100\n2020-01-02,\n")).toThrow(
      "gap: 2020-01-02 has a close",
    );
  });
});
