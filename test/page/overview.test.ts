/** The figures behind the overview: bounded, without gaps that look like lines, and right over a minute. */
import { describe, expect, it } from "vitest";
import { TimeRows } from "../../page/numbers/time-rows.js";
import { RecentRows } from "../../page/overview/recent-rows.js";
import { StatsHistory } from "../../page/overview/stats-history.js";
import { modelStats, quantiles, statsSample, tenantStats } from "./samples.js";

describe("rows over time", () => {
  it("replace the oldest by the newest", () => {
    const rows = new TimeRows(3, 2);
    for (let i = 1; i <= 5; i++) rows.add(i * 1_000, [i, null]);
    expect(rows.since(0, [0, 1])).toEqual([
      [3, 4, 5],
      [3, 4, 5],
      [null, null, null],
    ]);
    expect([rows.count, rows.oldest, rows.newest]).toEqual([3, 3_000, 5_000]);
    expect(rows.since(4_500, [0])).toEqual([[5], [5]]);
  });

  it("go forward in time only", () => {
    const rows = new TimeRows(3, 1);
    expect([rows.add(5, [1]), rows.add(5, [2]), rows.add(4, [3]), rows.add(Number.NaN, [4])]).toEqual([
      true,
      false,
      false,
      false,
    ]);
    expect(rows.since(0, [0])).toEqual([[0.005], [1]]);
  });
});

describe("the history of the gateway's figures", () => {
  it("is half an hour, however long the page is open", () => {
    const history = new StatsHistory();
    for (let i = 0; i < 10_000; i++) history.add(statsSample(), i * 1_000);
    expect(history.count).toBe(1_800);
    expect(history.oldest).toBe(8_200_000);
  });

  it("has a gap where nothing was heard, and none where a sample was a little late", () => {
    const history = new StatsHistory();
    for (const ts of [1_000, 2_000, 4_500, 60_000]) history.add(statsSample({ queue: 7 }), ts);
    expect(history.columns(0, ["queue"])).toEqual([
      [1, 2, 4.5, 4.501, 60],
      [7, 7, 7, null, 7],
    ]);
  });

  it("takes a first sample that covers no time", () => {
    const history = new StatsHistory();
    history.add(statsSample({ interval_ms: 0, errors: { internal: 3 } }), 1_000);
    expect(history.errorColumns(0)).toEqual([[1], [0]]);
    const recent = new RecentRows();
    recent.add(statsSample({ interval_ms: 0, tenants: [tenantStats("a")] }), 1_000);
    expect(recent.tenants()[0]?.requests).toBe(0);
  });

  it("begins anew when the gateway's clock was set back", () => {
    const history = new StatsHistory();
    history.add(statsSample(), 7_200_000);
    history.add(statsSample(), 3_600_000);
    expect(history.columns(0, ["requests"])).toEqual([[3_600], [100]]);
  });

  it("keeps errors by their code, as a rate, and no more codes than there can be", () => {
    const history = new StatsHistory();
    history.add(statsSample({ interval_ms: 2_000, errors: { not_found: 4 } }), 2_000);
    history.add(statsSample({ interval_ms: 2_000, errors: { internal: 1 } }), 4_000);
    expect(history.errorCodes).toEqual(["not_found", "internal"]);
    expect(history.errorColumns(0)).toEqual([
      [2, 4],
      [2, 0],
      [0, 0.5],
    ]);
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`code ${i}`, 2]));
    history.add(statsSample({ interval_ms: 2_000, errors: many }), 6_000);
    expect(history.errorCodes).toHaveLength(16);
    expect(history.errorCodes.at(-1)).toBe("other");
    // 13 of the 100 have columns of their own.
    expect(history.errorColumns(6_000).at(-1)).toEqual([87]);
  });
});

describe("the last minute", () => {
  it("gives each tenant's rate over all samples, also of those in which it was silent", () => {
    const recent = new RecentRows();
    recent.add(statsSample({ tenants: [tenantStats("a", { requests: 30 }), tenantStats("b")] }), 1_000);
    recent.add(statsSample({ tenants: [tenantStats("b", { requests: 20, bytes_in: 5_000 })] }), 2_000);
    expect(recent.tenants()).toMatchObject([
      { name: "a", requests: 15, inFlight: 0, bytes: 500 },
      { name: "b", requests: 15, inFlight: 1, bytes: 3_000 },
    ]);
  });

  it("forgets what is older, and takes no more samples than a minute has", () => {
    const recent = new RecentRows();
    recent.add(statsSample({ tenants: [tenantStats("old")] }), 0);
    for (let i = 0; i < 500; i++)
      recent.add(statsSample({ interval_ms: 250, tenants: [tenantStats("new")] }), 61_000 + i * 250);
    expect(recent.tenants().map(({ name }) => name)).toEqual(["new"]);
    expect(recent.tenants()[0]?.requests).toBe(40);
  });

  it("tells versions of a model apart, and says the worst 99th percentile", () => {
    const recent = new RecentRows();
    const of = (version: string, p99: number) => modelStats("m", { version, latency_ms: quantiles(1, p99) });
    recent.add(statsSample({ models: [of("1", 80), of("2", 5)] }), 1_000);
    recent.add(
      statsSample({ models: [of("1", 7), modelStats("m", { version: "2", latency_ms: null })] }),
      2_000,
    );
    expect(recent.models()).toMatchObject([
      { name: "m", version: "1", p99: 80, p50: 1 },
      { name: "m", version: "2", p99: 5, p50: 1 },
    ]);
  });

  it("weighs the rows of batches by their number", () => {
    const recent = new RecentRows();
    const batch = (count: number, mean_rows: number, max_rows: number) =>
      statsSample({ models: [modelStats("m", { batch: { count, mean_rows, max_rows, sizes: {} } })] });
    recent.add(batch(9, 1, 1), 1_000);
    recent.add(batch(1, 11, 11), 2_000);
    recent.add(statsSample({ models: [modelStats("m", { batch: null })] }), 3_000);
    expect(recent.models()).toMatchObject([{ batchRows: 2, batchRowsMax: 11 }]);
  });
});
