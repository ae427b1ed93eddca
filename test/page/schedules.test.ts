import { describe, expect, test, vi } from "vitest";
import { scheduleRow } from "../../page/jobs/schedule-rows.js";
import { SchedulesFeed } from "../../page/jobs/schedules-feed.js";
import { HeadgateError } from "../../protocol/errors.js";
import type { ScheduleState } from "../../protocol/schedule-frames.js";

const now = Date.UTC(2026, 10, 28, 9);
const schedule = (rest: Partial<ScheduleState> = {}): ScheduleState => ({
  schedule: "nightly",
  model: "direction",
  trainer: "ridge",
  inputs: { X: { ref: "bars" }, y: { ref: "labels" } },
  trigger: { every_ms: 60_000 },
  by: "key:1",
  created_ts: now - 90_000,
  next_ts: now + 30_000,
  counted: null,
  retrains: 1,
  running: null,
  last: null,
  error: null,
  ...rest,
});
const rowOf = (rest: Partial<ScheduleState> = {}) => scheduleRow(schedule(rest), now);

describe("the list of schedules", () => {
  test("tells when each falls due, in words", () => {
    const byRows = { trigger: { dataset: "bars", every_rows: 500 }, next_ts: null } as const;
    expect(rowOf({ ...byRows, counted: 120 })).toMatchObject({
      trigger: "every 500 rows of bars",
      next: "after 380 more",
      nextTs: Number.POSITIVE_INFINITY,
    });
    expect(rowOf(byRows).next).toBe("its source is not there");
    const byTicks = { trigger: { stream: "ticks", every_observations: 50 }, next_ts: null } as const;
    expect(rowOf({ ...byTicks, counted: 60 })).toMatchObject({
      trigger: "every 50 observations of ticks",
      next: "after 0 more",
    });
    expect(rowOf({ trigger: { at: ["05:30"], weekdays: ["mon", "tue"] } }).trigger).toBe(
      "at 05:30 UTC on mon, tue",
    );
    expect(rowOf({ next_ts: now - 1 }).next).toBe("now");
    expect(rowOf().next).toMatch(/^in 30/);
    const running = { stage: "train", started_ts: now - 5_000, job: "j1" } as const;
    expect(rowOf({ running }).next).toMatch(/^trains a candidate, for 5/);
  });

  test("tells the last decision with both scores, and the last error", () => {
    const last = {
      ts: now,
      version: "4",
      promoted: false,
      reason: "worse",
      score: "r2",
      candidate: 0.123456,
      champion: "3",
      champion_score: 0.5,
      rows: [0, 10],
      champion_trained_on: "none",
      message: null,
    } as const;
    expect(rowOf({ last }).last).toBe("version 4 was kept back: worse; r2 0.1235, version 3 0.5");
    const first = { ...last, promoted: true, reason: "first_version", champion: null, champion_score: null };
    expect(rowOf({ last: { ...first, reason: "first_version" } }).last).toBe(
      "version 4 was promoted: first version; r2 0.1235",
    );
    const error = { ts: now, code: "not_found", message: "there is no dataset bars" } as const;
    expect(rowOf({ error }).error).toBe("not_found: there is no dataset bars");
  });
});

describe("the feed of schedules", () => {
  test("asks again while it goes on, also after a refusal that passes, and not once it has ended", async () => {
    vi.useFakeTimers();
    const answers = [
      async () => ({ schedules: [schedule()] }),
      async () => Promise.reject(new HeadgateError("unavailable", "it is away")),
      async () => ({ schedules: [] }),
    ];
    const ask = vi.fn(async () => (answers.shift() ?? (async () => ({ schedules: [] })))());
    const feed = new SchedulesFeed({ schedules: ask }, () => {});
    await vi.advanceTimersByTimeAsync(0);
    expect(feed.schedules).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(feed.schedules).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(feed.schedules).toEqual([]);
    feed.end();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(ask).toHaveBeenCalledTimes(3);
    vi.useRealTimers();
  });

  test("does not ask a gateway again that knows no schedules", async () => {
    vi.useFakeTimers();
    const ask = vi.fn(async () => Promise.reject(new HeadgateError("unimplemented", "no schedules")));
    new SchedulesFeed({ schedules: ask }, () => {});
    await vi.advanceTimersByTimeAsync(10_000);
    expect(ask).toHaveBeenCalledTimes(1);
    vi.useRealTimers();
  });
});
