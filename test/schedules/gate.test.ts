/** The gate between a candidate and the champion: the decisions, the rows on which both are scored, and the scores. */
import { describe, expect, test } from "vitest";
import { choose } from "../../gateway/schedules/choose.js";
import { comparedRows, heldOutSplitter, trainedRows } from "../../gateway/schedules/held-out.js";
import { scoreOf } from "../../gateway/schedules/scores.js";

describe("decisions", () => {
  const nan = Number.NaN;
  const none = undefined;
  test.each([
    // rule, score, candidate, champion, tolerance: the decision
    ["if_not_worse", "accuracy", 0.6, 0.5, 0, "not_worse", true],
    ["if_not_worse", "accuracy", 0.5, 0.5, 0, "not_worse", true],
    ["if_not_worse", "accuracy", 0.49, 0.5, 0, "worse", false],
    ["if_not_worse", "accuracy", 0.49, 0.5, 0.02, "not_worse", true],
    ["if_not_worse", "rmse", 0.49, 0.5, 0, "not_worse", true],
    ["if_not_worse", "rmse", 0.51, 0.5, 0, "worse", false],
    ["if_not_worse", "log_loss", 0.51, 0.5, 0, "worse", false],
    ["if_not_worse", "mae", 0.51, 0.5, 0.02, "not_worse", true],
    ["if_not_worse", "r2", -0.1, -0.2, 0, "not_worse", true],
    ["if_not_worse", "accuracy", nan, 0.5, 1, "not_finite", false],
    ["if_not_worse", "accuracy", 0.5, nan, 1, "not_finite", false],
    ["if_not_worse", "rmse", Infinity, 0.5, 1, "not_finite", false],
    ["if_not_worse", "r2", 0.5, -Infinity, 1, "not_finite", false],
    ["if_not_worse", "accuracy", 0.9, none, 1, "not_scored", false],
    ["never", "accuracy", 0.9, 0.1, 0, "never", false],
    ["never", none, none, none, 0, "never", false],
    ["always", "accuracy", 0.1, 0.9, 0, "always", true],
    ["always", "accuracy", 0.1, none, 0, "always", true],
    ["always", "accuracy", nan, 0.9, 0, "not_finite", false],
    ["always", none, none, none, 0, "always", true],
  ] as const)(
    "%s by %s: %d against %d within %d is %s",
    (rule, score, candidate, champion, tolerance, reason, promoted) => {
      const contest = { rule, score, candidate, champion, tolerance, hasChampion: true };
      expect(choose(contest)).toEqual({ promoted, reason });
    },
  );

  test.each([
    ["if_not_worse", 0.1, "first_version", true],
    ["always", 0.1, "first_version", true],
    ["never", 0.1, "never", false],
    ["if_not_worse", nan, "not_finite", false],
  ] as const)("without a champion, %s with %d is %s", (rule, candidate, reason, promoted) => {
    const contest = { rule, score: "accuracy", candidate, champion: none, tolerance: 0 } as const;
    expect(choose({ ...contest, hasChampion: false })).toEqual({ promoted, reason });
  });
});

describe("rows", () => {
  test("the newest rows are trained on, and a window only where there are more", () => {
    expect(trainedRows("t", 100)).toEqual({ table: "t", from: 0, to: 100 });
    expect(trainedRows("t", 100, 30)).toEqual({ table: "t", from: 70, to: 100 });
    expect(trainedRows("t", 20, 30)).toEqual({ table: "t", from: 0, to: 20 });
  });

  test("the held-out rows are the newest, and the first fit has all rows before them but the purged", () => {
    const rows = { table: "t", from: 70, to: 170 };
    const splitter = heldOutSplitter(rows, { rows: 20, folds: 4, purge: 3 });
    expect(splitter).toEqual({ kind: "expanding", train_rows: 77, test_rows: 5, purge: 3 });
    expect(77 + 3 + 4 * 5).toBe(rows.to - rows.from);
    expect(() => heldOutSplitter({ ...rows, to: 93 }, { rows: 20, purge: 3 })).toThrow(
      /none is left to train on/,
    );
  });

  const rows = { table: "t", from: 0, to: 100 };
  const knew = (to: number, table = "t") => ({ rows: { table, from: 0, to } });
  test.each([
    ["a champion that saw none of them", knew(80), 0, 80, "none"],
    ["a champion of long ago", knew(10), 0, 80, "none"],
    ["one that saw a few: they are left out", knew(85), 0, 85, "none"],
    ["one that saw half", knew(90), 0, 90, "none"],
    ["one that saw more: all are compared, and that is told", knew(91), 0, 80, "some"],
    ["one that saw all", knew(100), 0, 80, "some"],
    ["rows whose labels overlap its own are left out", knew(80), 4, 84, "none"],
    ["rows of another table say nothing", knew(10, "u"), 0, 80, "unknown"],
    ["a champion of which nothing is known", undefined, 0, 80, "unknown"],
  ] as const)("%s", (_, champion, purge, from, trainedOn) => {
    expect(comparedRows(rows, { rows: 20, purge }, champion)).toEqual({ from, to: 100, trainedOn });
  });
});

describe("scores are scikit-learn's", () => {
  const targets = (...values: number[]) => ({ labels: values.map(String), values });
  // The values are of scikit-learn 1.9.1.
  test("accuracy", () => {
    expect(scoreOf("accuracy", { labels: ["1", "0", "2", "2"] }, targets(1, 0, 1, 2))).toBe(0.75);
    expect(scoreOf("accuracy", { labels: [] }, targets())).toBeNaN();
  });
  test("log loss, of a class without a probability too", () => {
    const rows = [
      [0.9, 0.1],
      [0.2, 0.8],
      [0.6, 0.4],
    ];
    const probabilities = { classes: ["0", "1"], rows };
    expect(scoreOf("log_loss", { probabilities }, targets(0, 1, 1))).toBeCloseTo(0.4149316, 7);
    expect(scoreOf("log_loss", { probabilities }, targets(0, 1, 7))).toBeCloseTo(
      (36.04365338911715 + 0.328504) / 3,
      5,
    );
    expect(scoreOf("log_loss", {}, targets(0))).toBeNaN();
  });
  test("R², RMSE, MAE", () => {
    const values = [2.5, 0.0, 2, 8];
    expect(scoreOf("r2", { values }, targets(3, -0.5, 2, 7))).toBeCloseTo(0.9486081370449679, 12);
    expect(scoreOf("rmse", { values }, targets(3, -0.5, 2, 7))).toBeCloseTo(Math.sqrt(0.375), 12);
    expect(scoreOf("mae", { values }, targets(3, -0.5, 2, 7))).toBe(0.5);
  });
  test("what is not there, or not defined, is no number", () => {
    expect(scoreOf("r2", { values: [1, 1] }, targets(2, 2))).toBeNaN();
    expect(scoreOf("mae", { values: [1] }, targets(2, 2))).toBeNaN();
    expect(scoreOf("rmse", { values: [Number.NaN, 1] }, targets(2, 2))).toBeNaN();
  });
});
