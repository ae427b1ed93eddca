/** A stream's path as a picture: what changed when, how late, and which line is drawn of its values. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { linearScale, linearTicks } from "../../chart/scales.js";
import { changesOf, type StreamPictureData, streamPicture } from "../../chart/stream-picture.js";
import { thinned } from "../../chart/thinning.js";
import { timeTicks } from "../../chart/time-ticks.js";

const day = 86_400_000;
const start = Date.UTC(2020, 0, 1);

/** One letter an observation: what was declared (? C T), and how likely turbulence was, in tenths. */
function pathOf(declared: string, tenths: string, more: Partial<StreamPictureData> = {}): StreamPictureData {
  const turbulent = [...tenths].map((each) => (each === "?" ? Number.NaN : Number(each) / 10));
  return {
    name: "SPX",
    detector: "openly",
    regimes: ["calm", "turbulent"],
    times: [...declared].map((_, t) => start + t * day),
    regime: [...declared].map((each) => "CT".indexOf(each)),
    probabilities: turbulent.flatMap((each) => [1 - each, each]),
    values: [...declared].map((_, t) => 0.01 * Math.sin(t)),
    before: 0,
    ...more,
  };
}

const summary = (path: StreamPictureData) =>
  changesOf(path).map(({ time, to, lag }) => [(time - start) / day, to, lag]);

describe("changes", () => {
  it("have the lag from when a regime became the likeliest; the first has none", () => {
    expect(summary(pathOf("??CCCTTTCC", "??11678921"))).toEqual([
      [2, "calm", undefined],
      [5, "turbulent", 1],
      [8, "calm", undefined], // declared with the very observation that turned it
    ]);
  });

  it("have the lag behind hindsight where there is one, unless the regime was declared before that already", () => {
    const hindsight = [...".TTTTTTT.."].map((each) => ".T".indexOf(each));
    expect(summary(pathOf("?CCCTTCCTT", "?111991199", { hindsight }))).toEqual([
      [1, "calm", undefined],
      [4, "turbulent", 3],
      [6, "calm", undefined], // hindsight knows of no calm
      [8, "turbulent", undefined], // nor of turbulence here
    ]);
  });

  it("do not begin with the window: the regime it starts in came before", () => {
    const path = pathOf("CCTT", "1199", { before: 100 });
    expect(summary(path)).toEqual([[2, "turbulent", undefined]]);
    expect(streamPicture(path)).not.toContain("not known yet");
    expect(summary({ ...path, before: 0 })).toHaveLength(2);
  });
});

describe("the picture", () => {
  const path = pathOf("??CCCCTTTTCCC", "??11178999311");
  const group = (svg: string, name: string) => svg.split(`<g class="${name}">`)[1]?.split("</g>")[0] ?? "";

  it("shows regimes, probabilities, lags and a dated label, and no regime that is not there", () => {
    const svg = streamPicture(path);
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    expect(group(svg, "likely").match(/<path class="(calm|turbulent)"/g)).toHaveLength(2);
    expect(group(svg, "lags").match(/<line/g)).toHaveLength(2);
    expect(group(svg, "labels")).toContain("7 Jan");
    expect(group(svg, "legend")).not.toContain("normal");
    expect(svg).toContain(
      "Cumulative return 2020-01-01 to 2020-01-13 · 2 changes, a median of 1 observations",
    );
  });

  it("draws prices as they are, returns summed, or as it is told", () => {
    const prices = { ...path, values: Array.from(path.times, (_, t) => 100 + t) };
    expect(streamPicture(prices)).toContain("Values 2020");
    expect(streamPicture(prices, 0, "sum")).toContain("Cumulative return 2020");
    expect(streamPicture(path, 0, "values")).toContain("Values 2020");
    const bars = { ...path, values: Array.from(path.times, (_, t) => [t + 2, -t]).flat() };
    expect(streamPicture(bars, 1)).toContain("Cumulative return of column 1 ");
    expect(() => streamPicture(bars, 2)).toThrow("SPX has 2 values an observation, so no column 2");
  });

  it("can be drawn of one observation, of one that never moved, and not of none", () => {
    for (const count of [1, 5]) {
      const still = pathOf("?".repeat(count), "?".repeat(count), { values: new Array(count).fill(0) });
      expect(streamPicture(still)).not.toMatch(/NaN|undefined|Infinity/);
    }
    expect(() => streamPicture(pathOf("", ""))).toThrow("SPX has no observations to draw yet");
  });
});

describe("its parts", () => {
  it("moments are marked where people would", () => {
    const ticks = (from: number, to: number) =>
      timeTicks(linearScale(from, to, [0, 1]), 6).map(({ text }) => text);
    expect(ticks(start, start + 5 * 3_600_000)).toEqual([
      "1 Jan",
      "01:00",
      "02:00",
      "03:00",
      "04:00",
      "05:00",
    ]);
    expect(ticks(start, start + 100 * day)).toEqual(["Jan 2020", "Feb 2020", "Mar 2020", "Apr 2020"]);
    expect(ticks(Date.UTC(1900, 0), Date.UTC(2000, 0))).toEqual([
      "1900",
      "1920",
      "1940",
      "1960",
      "1980",
      "2000",
    ]);
    expect(ticks(0, 5)).toEqual(["00.000", "00.001", "00.002", "00.003", "00.004", "00.005"]);
  });

  it("there are never more ticks than room, and never none", () => {
    const moment = fc.double({ min: 0, max: 4e12, noNaN: true });
    fc.assert(
      fc.property(moment, fc.double({ min: 10, max: 3e12, noNaN: true }), (from, span) => {
        const count = timeTicks(linearScale(from, from + span, [0, 1]), 10).length;
        expect(count).toBeGreaterThan(0);
        expect(count).toBeLessThanOrEqual(12);
      }),
    );
  });

  it("values are marked at round numbers, below 0 too", () => {
    expect(linearTicks(linearScale(-0.42, 0.31, [0, 1]), 6)).toEqual([-0.4, -0.2, 0, 0.2]);
  });

  it("a line keeps its ends, its peaks and its troughs when it is thinned", () => {
    const points = Array.from({ length: 10_000 }, (_, t) => ({ time: t, value: Math.sin(t * 1.7) }));
    points[4_567] = { time: 4_567, value: 9 };
    const kept = thinned(points, 100);
    expect(kept.length).toBeLessThanOrEqual(400);
    expect([kept[0], kept.at(-1)]).toEqual([points[0], points.at(-1)]);
    expect(kept).toContain(points[4_567]);
    expect(kept.every(({ time }, i) => i === 0 || time > (kept[i - 1]?.time ?? 0))).toBe(true);
    expect(thinned(points.slice(0, 300), 100)).toHaveLength(300);
  });
});
