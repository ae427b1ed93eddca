import { describe, expect, test } from "vitest";
import type { RegimePath } from "../../client/typescript/stream-state.js";
import type { Change } from "../../client/typescript/subscription.js";
import { ageText, areDays, timeText } from "../../page/streams/age-text.js";
import { historyOf, joined, observationsToAsk, widthOf } from "../../page/streams/chart-history.js";
import { changesMax, listedChanges, withPushed } from "../../page/streams/stream-changes.js";
import { streamFigure } from "../../page/streams/stream-figure.js";
import { streamRows } from "../../page/streams/stream-rows.js";

const day = 86_400_000;

/** A path of so many observations from a number on; each tenth turns the regime. */
function pathOf(from: number, count: number, regimes = ["calm", "turbulent"], width = 1): RegimePath {
  const numbers = Array.from({ length: count }, (_, i) => from + i);
  return {
    kind: "filtered",
    causal: true,
    regimes,
    ts: Float64Array.from(numbers, (n) => n * day),
    regime: Int32Array.from(numbers, (n) => Math.floor(n / 10) % 2),
    probabilities: Float64Array.from(numbers.flatMap((n) => (n % 20 < 10 ? [0.9, 0.1] : [0.2, 0.8]))),
    values: Float64Array.from(numbers.flatMap((n) => Array.from({ length: width }, (_, d) => n + d / 10))),
  };
}

function change(offset: number, observation: number, epoch = "e"): Change {
  return {
    kind: "regime_change",
    stream: "s",
    from: "calm",
    to: "turbulent",
    probability: 0.8,
    probabilities: {},
    detector: "d",
    version: "1",
    observed_ts: observation * day,
    topic: "regime.s",
    epoch,
    offset,
    position: offset,
    ts: 0,
    eventId: `${epoch}-${offset}`,
  };
}

describe("a history", () => {
  test("takes what is new from a path that overlaps it", () => {
    const history = joined(historyOf(pathOf(0, 30)), pathOf(25, 15), 1_000);
    expect(history).toEqual(historyOf(pathOf(0, 40)));
  });

  test("drops its oldest, and stays as long as it may be", () => {
    const history = joined(historyOf(pathOf(0, 30, undefined, 2)), pathOf(25, 15, undefined, 2), 30);
    expect(history).toEqual(historyOf(pathOf(10, 30, undefined, 2)));
    expect(history && widthOf(history)).toBe(2);
  });

  test.each([
    ["observations lie between the two", pathOf(31, 5)],
    ["the stream was opened anew and is shorter", pathOf(0, 5)],
    ["the detector has other regimes", pathOf(25, 15, ["calm", "wild"])],
    ["observations have another width", pathOf(25, 15, undefined, 2)],
    ["the stream was opened anew and is empty", pathOf(0, 0)],
  ])("is asked for again when %s", (_, path) => {
    expect(joined(historyOf(pathOf(0, 30)), path, 1_000)).toBeUndefined();
  });

  test("asks for what is missing and a little more, and for all of it the first time and after a restart", () => {
    expect(observationsToAsk(undefined, 500, 1_000)).toBe(1_000);
    expect(observationsToAsk(500, 510, 1_000)).toBe(42);
    expect(observationsToAsk(500, undefined, 1_000)).toBe(32);
    expect(observationsToAsk(500, 90_000, 1_000)).toBe(1_000);
    expect(observationsToAsk(500, 3, 1_000)).toBe(1_000);
  });
});

describe("the changes", () => {
  test("that are pushed are kept once each, however often they come", () => {
    const pushed = [change(1, 3), change(2, 5), change(2, 5), change(1, 3), change(1, 7, "other log")];
    expect(
      pushed.reduce<readonly Change[]>(withPushed, []).map(({ epoch, offset }) => [epoch, offset]),
    ).toEqual([
      ["e", 1],
      ["e", 2],
      ["other log", 1],
    ]);
  });

  test("of the history and those that were pushed are listed once, newest first", () => {
    const listed = listedChanges(historyOf(pathOf(5, 40)), [change(7, 30), change(8, 50)]);
    expect(listed.map(({ time, to, offset }) => [time / day, to, offset])).toEqual([
      [50, "turbulent", 8],
      [40, "calm", undefined],
      [30, "turbulent", 7],
      [20, "calm", undefined],
      [10, "turbulent", undefined],
    ]);
  });

  test("are bounded, and the newest stay", () => {
    const pushed = Array.from({ length: 500 }, (_, i) => change(i + 1, i)).reduce<readonly Change[]>(
      withPushed,
      [],
    );
    expect(pushed.length).toBe(changesMax);
    expect(listedChanges(historyOf(pathOf(0, 3_000)), pushed).length).toBe(changesMax);
    expect(listedChanges(undefined, pushed)[0]?.offset).toBe(500);
  });
});

describe("a figure", () => {
  test("shows values that are all above 0 as they are, and sums others", () => {
    const history = historyOf(pathOf(1, 4));
    expect(streamFigure(history, 0, "auto")).toMatchObject({ line: [1, 2, 3, 4], isSum: false });
    expect(streamFigure(history, 0, "sum")).toMatchObject({ line: [1, 3, 6, 10], isSum: true });
    const returns = { ...history, values: [0.1, -0.1, Number.NaN, 0.5] };
    expect(streamFigure(returns, 0, "auto")).toMatchObject({ isSum: true, line: [0.1, 0, null, 0.5] });
    expect(streamFigure(returns, 0, "values").line).toEqual([0.1, -0.1, null, 0.5]);
  });

  test("takes the column that is asked for", () => {
    expect(streamFigure(historyOf(pathOf(1, 3, undefined, 2)), 1, "values").line).toEqual([1.1, 2.1, 3.1]);
  });

  test("shades the spells from end to end", () => {
    const { spells } = streamFigure(historyOf(pathOf(5, 20)), 0, "auto");
    expect(spells.map(({ regime, from, to }) => [regime, from / day, to / day])).toEqual([
      ["calm", 5, 10],
      ["turbulent", 10, 20],
      ["calm", 20, 24],
    ]);
  });

  test("stacks the probabilities, the most turbulent at the bottom, and leaves the warm-up out", () => {
    const history = historyOf(pathOf(9, 2));
    const figure = streamFigure({ ...history, probabilities: [Number.NaN, Number.NaN, 0.2, 0.8] }, 0, "auto");
    expect(figure.ribbonRegimes).toEqual(["turbulent", "calm"]);
    expect(figure.ribbon).toEqual([
      [null, 0.8],
      [null, 1],
    ]);
  });

  test("is told in words", () => {
    expect(streamFigure(historyOf(pathOf(5, 20)), 0, "auto").summary).toBe(
      "20 observations with 2 changes of the regime; the last is calm.",
    );
    expect(streamFigure(historyOf(pathOf(0, 0)), 0, "auto").summary).toBe(
      "0 observations with 0 changes of the regime; the last is unknown.",
    );
  });
});

describe("the list", () => {
  const stream = (name: string, rest: object = {}) => ({
    name,
    detector: "gaussian_hmm",
    status: "live" as const,
    last_ts: 0,
    silent_ms: 0,
    regime: "calm",
    probability: 0.914,
    observations: 10,
    observations_per_second: 0,
    changed_ts: null,
    ...rest,
  });
  const names = (order: Parameters<typeof streamRows>[1], contains = "") =>
    streamRows(
      [
        stream("s10", { changed_ts: day }),
        stream("s9", { status: "silent", silent_ms: 185_000, regime: "unknown", probability: null }),
        stream("S1", { regime: "turbulent", changed_ts: 2 * day, observations_per_second: 1234.5 }),
        stream("desk/x", { status: "warming", observations_per_second: 0.25 }),
      ],
      order,
      contains,
    ).map(({ name }) => name);

  test("is ordered by name with numbers as numbers, by status, by regime, by the last change", () => {
    expect(names("name")).toEqual(["desk/x", "S1", "s9", "s10"]);
    expect(names("status")).toEqual(["s9", "desk/x", "S1", "s10"]);
    expect(names("regime")).toEqual(["S1", "desk/x", "s10", "s9"]);
    expect(names("changed")).toEqual(["S1", "s10", "desk/x", "s9"]);
  });

  test("is filtered by a part of the name in any case", () => {
    expect(names("name", " s1 ")).toEqual(["S1", "s10"]);
    expect(names("name", "[")).toEqual([]);
  });

  test("says how long a stream has been silent, and what is not known", () => {
    const [silent] = streamRows(
      [stream("a", { status: "silent", silent_ms: 185_000, regime: "unknown", probability: null })],
      "name",
      "",
    );
    expect(silent).toMatchObject({ statusText: "silent for 3 min", probabilityText: "–", changedText: "–" });
    const [live] = streamRows(
      [stream("a", { observations_per_second: 1234.5, changed_ts: 2 * day })],
      "name",
      "",
    );
    expect(live).toMatchObject({
      statusText: "live",
      probabilityText: "91 %",
      rateText: "1,235",
      changedText: "1970-01-03",
    });
  });

  test("of 5,000 is made in one go", () => {
    const many = Array.from({ length: 5_000 }, (_, i) => stream(`s${i}`));
    expect(streamRows(many, "changed", "").length).toBe(5_000);
  });
});

describe("durations and times", () => {
  test.each([
    [0, "0 s"],
    [-5, "0 s"],
    [1_999, "1 s"],
    [119_999, "119 s"],
    [120_000, "2 min"],
    [7_199_999, "119 min"],
    [7_200_000, "2 h"],
    [2 * day - 1, "47 h"],
    [2 * day, "2 d"],
    [4_000 * day, "4,000 d"],
  ])("%d ms are %s", (ms, text) => {
    expect(ageText(ms)).toBe(text);
  });

  test("days are written as days, and a time that is none as such", () => {
    expect(timeText(day, true)).toBe("1970-01-02");
    expect(timeText(day + 1_500, false)).toBe("1970-01-02 00:00:01");
    expect(timeText(Number.NaN, true)).toBe("an unknown time");
    expect(areDays([0, day])).toBe(true);
    expect(areDays([0, day + 1])).toBe(false);
    expect(areDays([])).toBe(false);
  });
});
