import fc from "fast-check";
import { expect, it } from "vitest";
import { durationText } from "../../gateway/observe/duration-metrics.js";
import { Histogram, label } from "../../gateway/observe/histogram.js";
import { zeroFigures } from "../../gateway/observe/model-figures.js";
import { check } from "../support/seeded.js";

/** What Prometheus reads of one histogram. */
function read(lines: Iterable<string>) {
  const buckets: [number, number][] = [];
  const ends: Record<string, number> = {};
  for (const line of lines) {
    const [, kind = "", labels = "", value = ""] = /^h_(\w+)\{(.*)\} (\S+)$/.exec(line) ?? [];
    const le = /le="(.*)"/.exec(labels)?.[1];
    if (kind === "bucket") buckets.push([le === "+Inf" ? Infinity : Number(le), Number(value)]);
    else ends[kind] = Number(value);
  }
  return { buckets, ...ends };
}

it("counts in each bucket all that took at most its bound, in seconds", () => {
  check(
    fc.property(fc.array(fc.double({ min: 0, max: 1e5, noNaN: true }), { minLength: 1 }), (times) => {
      const histogram = new Histogram();
      for (const ms of times) histogram.record(ms);
      const { buckets, ...ends } = read(histogram.samples("h", label("model", "m")));
      expect(buckets.map(([le]) => le)).toEqual([...buckets.map(([le]) => le)].sort((a, b) => a - b));
      expect(buckets.at(-1)).toEqual([Infinity, times.length]);
      for (const [le, count] of buckets) expect(count).toBe(times.filter((ms) => ms <= le * 1_000).length);
      const sum = times.reduce((total, ms) => total + ms, 0) / 1_000;
      expect(ends).toEqual({ count: times.length, sum: expect.closeTo(sum, 6) });
    }),
  );
});

it("says nothing of what was never recorded, and names each family once", () => {
  const [asked, never] = [zeroFigures("a", "1"), zeroFigures("b", "1")];
  asked.durations.request.record(3);
  const text = durationText([asked, never]);
  expect(text.match(/^# TYPE /gm)).toHaveLength(3);
  expect(text).toContain('request_duration_seconds_bucket{model="a",version="1",le="0.0025"} 0\n');
  expect(text).toContain('request_duration_seconds_bucket{model="a",version="1",le="0.005"} 1\n');
  expect(text).toContain('request_duration_seconds_sum{model="a",version="1"} 0.003\n');
  expect(text).not.toContain('model="b"');
  expect(text.endsWith("\n")).toBe(true);
});

it("escapes what a label may not hold", () => {
  expect(label("model", 'a"b\\c\nd')).toBe('model="a\\"b\\\\c\\nd"');
});
