import { describe, expect, it } from "vitest";
import { holdAll, suitesWithBudgets } from "../../load-tests/all.js";
import { type Budget, budgets } from "../../load-tests/budgets.js";
import { table as benchTable, cost, type ReportRow, rate } from "../../load-tests/report.js";
import { suites } from "../../load-tests/suites.js";
import { verdictsOf, verdictTable } from "../../load-tests/verdicts.js";

const budget = (rest: Partial<Budget>): Budget => ({
  ...{ suite: "s", row: /^a/, of: "ratio", at: "least", bound: 2, from: "here" },
  ...rest,
});
const value = (name: string, of: number): ReportRow => ({
  ...{ name, unit: "ms", value: of },
  ...{ peer: null, peer_value: null, ratio: null },
});

describe("budgets", () => {
  it("are of suites that there are", () => {
    expect(suitesWithBudgets.filter((name) => !Object.hasOwn(suites, name))).toEqual([]);
  });

  it("hold a row by its ratio or by its own figure, from below or above", () => {
    const rows = [rate("a", "1/s", 30, "peer", 10), rate("ab", "1/s", 10, "peer", 10), value("v", 5)];
    const most = { row: /^v/, of: "value", at: "most" } as const;
    const held = [budget({}), budget({ ...most, bound: 5 }), budget({ ...most, bound: 4 })];
    const { verdicts, failures } = verdictsOf("s", rows, held);
    expect(verdicts.map(({ budget: read, met }) => [read, met])).toEqual([
      ["ratio ≥ 2", true],
      ["ratio ≥ 2", false],
      ["≤ 5 ms", true],
      ["≤ 4 ms", false],
    ]);
    expect(failures).toEqual([]);
  });

  it("cannot tell without the peer, and fail where there is no such row", () => {
    const { verdicts, failures } = verdictsOf(
      "s",
      [rate("a", "1/s", 30, "no peer", null)],
      [budget({}), budget({ row: /^z/ })],
    );
    expect(verdicts.map(({ met }) => met)).toEqual([null]);
    expect(failures).toEqual([{ suite: "s", reason: "no row ^z" }]);
  });

  it("is neither met nor missed by a row that nothing came of: no answer, the mean of nothing, a ratio by zero", () => {
    const rows = [
      cost("a nothing", "ms", null, "peer", 2),
      cost("a mean", "ms", Number.NaN, "peer", 2),
      rate("a zero", "1/s", 3, "peer", 0),
      cost("a free one", "ms", 0, "peer", 3),
    ];
    for (const row of rows) expect(row.ratio).toBeNull();
    expect(rows.map(({ value }) => value)).toEqual([null, null, 3, 0]);
    const least = { of: "value", at: "most", bound: 1 } as const;
    const odd = [...rows, value("a late share", Number.NaN)];
    const { verdicts, failures } = verdictsOf("s", odd, [budget({}), budget(least)]);
    expect(verdicts.map(({ met }) => met)).toEqual([
      ...[null, null, null, null, null],
      ...[null, null, false, true, null],
    ]);
    const table = `${verdictTable(verdicts, failures)}\n${benchTable({ suite: "s", machine: "here", rows: odd })}`;
    expect(table).toContain("– ms");
    expect(table).not.toMatch(/NaN|Infinity|0\.00/);
  });

  it("of a fit is its echo's where the bytes alone take longer than scikit-learn", () => {
    const pair = (name: string, ours: number, theirs: number, echo: number) => [
      cost(name, "ms", ours, "scikit-learn", theirs),
      cost(`${name}, against its bytes`, "ms", ours, "echo", echo),
    ];
    const rows = [
      ...pair("pca 252x50", 2, 3, 1),
      ...pair("scaler 252x50", 2, 1, 1.5),
      value("p99 beside", 1),
    ];
    const { verdicts } = verdictsOf("numerics", rows, budgets);
    expect(verdicts.map(({ name, met }) => [name, met])).toEqual([
      ["pca 252x50", true],
      ["scaler 252x50, against its bytes", true],
    ]);
  });
});

describe("a row by reference", () => {
  it("has a budget of its own: with the rows in the gateway there is no echo to excuse it", () => {
    const rows = [
      cost("pca 100000x16, by reference", "ms", 10, "scikit-learn", 8.1),
      cost("oas 100000x16, by reference", "ms", 10, "scikit-learn", 9.9),
      cost("kmeans 252x50, k=8, by reference", "ms", 10, "scikit-learn", 10.1),
    ];
    const { verdicts } = verdictsOf("numerics", rows, budgets);
    expect(verdicts.map(({ name, budget, met }) => [name, budget, met])).toEqual([
      ["oas 100000x16, by reference", "ratio ≥ 1", false],
      ["kmeans 252x50, k=8, by reference", "ratio ≥ 1", true],
      ["pca 100000x16, by reference", "ratio ≥ 0.8", true],
    ]);
  });
});

describe("all", () => {
  it("tells a suite that fails, and goes on with the rest in one table", async () => {
    const said: string[] = [];
    const measure = async (suite: string) => {
      if (suite === "startup") throw new Error("no such port");
      return { suite, machine: "here", rows: [rate("one event to 10", "ms", 9, "bare", 10)] };
    };
    const held = await holdAll(["startup", "fanout"], measure, (line) => said.push(line));
    expect(held.failures).toEqual([{ suite: "startup", reason: "no such port" }]);
    expect(held.rows.map(({ suite, met }) => [suite, met])).toEqual([["fanout", true]]);
    expect(said).toEqual(["[1/2] startup", "  startup failed: no such port", "[2/2] fanout"]);
    const table = verdictTable(held.rows, held.failures);
    expect(table).toMatch(/fanout +one event to 10 +ratio ≥ 0.8 +9 ms +0.90 +yes/);
    expect(table).toContain("1 met, 0 not met, 0 not measured\nstartup FAILED: no such port");
  });
});
