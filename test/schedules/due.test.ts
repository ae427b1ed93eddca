/** When schedules fall due: times against a plain walk over minutes, and counts of rows and observations. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { countedSince, isDue, markNow, type TriggerSources } from "../../gateway/schedules/due.js";
import { nextTime } from "../../gateway/schedules/times.js";
import { weekdays } from "../../protocol/schedule-frames.js";

const at = (text: string) => Date.parse(text);

describe("times", () => {
  test.each([
    [["06:30"], undefined, "2026-11-28T06:29:59.999Z", "2026-11-28T06:30:00Z"],
    [["06:30"], undefined, "2026-11-28T06:30:00Z", "2026-11-29T06:30:00Z"],
    [["06:30", "18:00"], undefined, "2026-11-28T07:00:00Z", "2026-11-28T18:00:00Z"],
    [["18:00"], ["mon", "fri"], "2026-11-28T00:00:00Z", "2026-11-30T18:00:00Z"],
    [["18:00"], ["sat"], "2026-11-28T18:00:00Z", "2026-12-05T18:00:00Z"],
    [["00:00"], ["tue"], "2024-02-29T12:00:00Z", "2024-03-05T00:00:00Z"],
  ] as const)("%s on %s after %s: %s", (times, days, after, next) => {
    const trigger = { at: times, weekdays: days };
    expect(new Date(nextTime(trigger, 0, at(after))).toISOString()).toBe(new Date(next).toISOString());
  });

  test("the next time is the first minute, walked one by one, that is one of them", () => {
    const minute = fc.integer({ min: 0, max: 24 * 60 - 1 });
    const text = minute.map((each) => new Date(each * 60_000).toISOString().slice(11, 16));
    const times = fc.uniqueArray(text, { minLength: 1, maxLength: 3 });
    const days = fc.option(fc.subarray([...weekdays], { minLength: 1 }), { nil: undefined });
    const after = fc.integer({ min: at("2024-02-25T00:00:00Z"), max: at("2024-03-10T00:00:00Z") });
    fc.assert(
      fc.property(times, days, after, (chosen, chosenDays, from) => {
        let walked = Math.floor(from / 60_000) * 60_000 + 60_000;
        const names = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] as const;
        for (; ; walked += 60_000) {
          const day = names[new Date(walked).getUTCDay()] ?? "sun";
          const isTime = chosen.includes(new Date(walked).toISOString().slice(11, 16));
          if (isTime && (chosenDays?.includes(day) ?? true)) break;
        }
        expect(nextTime({ at: chosen, weekdays: chosenDays }, 0, from)).toBe(walked);
      }),
      { numRuns: 50 },
    );
  });

  test("an interval is counted from when the schedule was put, however long nobody looked", () => {
    expect(nextTime({ every_ms: 100 }, 1_000, 1_000)).toBe(1_100);
    expect(nextTime({ every_ms: 100 }, 1_000, 1_100)).toBe(1_200);
    expect(nextTime({ every_ms: 100 }, 1_000, 98_765)).toBe(98_800);
    // A clock that had run ahead when the schedule was put, and was set back.
    expect(nextTime({ every_ms: 100 }, 1_000, 520)).toBe(600);
  });
});

describe("counts", () => {
  const sources = (rows?: [string, number], stream?: [number, number]): TriggerSources => ({
    rows: () => rows && { table: rows[0], rows: rows[1] },
    observations: () => stream && { stream: stream[0], observations: stream[1] },
    wall: 50,
  });
  const rows = { dataset: "bars", every_rows: 5 };
  const observations = { stream: "ticks", every_observations: 5 };

  test.each([
    ["rows that were there do not count", 10, "a", 0, false],
    ["fewer than n", 14, "a", 4, false],
    ["n rows more", 15, "a", 5, true],
    ["many more make it due once", 400, "a", 390, true],
    ["a dataset that was put anew counts from its first row", 6, "b", 6, true],
    ["a short one that was put anew", 4, "b", 4, false],
    ["fewer rows than there were", 3, "a", 0, false],
  ] as const)("%s", (_, count, table, counted, due) => {
    const mark = { kind: "rows", table: "a", rows: 10 } as const;
    const now = sources([table, count]);
    expect([countedSince(rows, mark, now), isDue(rows, mark, now)]).toEqual([counted, due]);
  });

  test.each([
    ["n observations more", 7, 15, 5, true],
    ["a stream that was opened anew counts from its first", 8, 4, 4, false],
    ["and is due by them", 8, 5, 5, true],
  ] as const)("%s", (_, stream, count, counted, due) => {
    const mark = { kind: "observations", stream: 7, observations: 10 } as const;
    const now = sources(undefined, [stream, count]);
    expect([countedSince(observations, mark, now), isDue(observations, mark, now)]).toEqual([counted, due]);
  });

  test("nothing is due of what is not there, and nothing can be marked", () => {
    const mark = { kind: "rows", table: "a", rows: 10 } as const;
    expect([countedSince(rows, mark, sources()), isDue(rows, mark, sources())]).toEqual([null, false]);
    expect(markNow(rows, 0, sources())).toBeUndefined();
    expect(markNow(observations, 0, sources())).toBeUndefined();
    expect(markNow({ every_ms: 7 }, 48, sources())).toEqual({ kind: "time", next: 55 });
  });
});
