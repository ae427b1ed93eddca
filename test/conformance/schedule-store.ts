/** What every store of schedules does. */
import { expect, test } from "vitest";
import { anonymous } from "../../gateway/auth/principal.js";
import type { ScheduleRecord } from "../../gateway/schedules/schedule-record.js";
import type { ScheduleStore } from "../../gateway/schedules/schedule-store.js";

export const scheduleRecord = (
  namespace: string,
  schedule: string,
  change: Partial<ScheduleRecord> = {},
): ScheduleRecord => ({
  id: `id-${schedule}`,
  settings: {
    schedule,
    model: "mine",
    trainer: "ridge",
    parameters: { alpha: [1, null, { deep: "text" }] },
    inputs: { X: { ref: "bars", columns: ["a", "b"] }, y: { ref: "labels" } },
    trigger: { dataset: "bars", every_rows: 5 },
    validation: { rows: 10 },
  },
  principal: { ...anonymous(1), namespace, scopes: ["training:run"] },
  createdTs: 5,
  mark: { kind: "rows", table: "t", rows: 7 },
  notBeforeTs: 5,
  retrains: 0,
  retraining: null,
  last: null,
  error: null,
  published: [],
  ...change,
});

/** @param open a new and empty store */
export function scheduleStoreConformance(open: () => Promise<ScheduleStore>): void {
  test("a record is there as it was put", async () => {
    const store = await open();
    const one = scheduleRecord("desk", "one", {
      mark: { kind: "time", next: 1e13 },
      retraining: {
        stage: "promote",
        startedTs: 6,
        rows: { table: "t", from: 1, to: 9 },
        version: "3",
        decision: null,
      },
      error: { ts: 1, code: "not_found", message: "dòwn" },
      published: [{ version: "3", rows: { table: "t", from: 1, to: 9 }, classes: ["0", "1"] }],
    });
    await store.put(one);
    expect(store.records()).toEqual([one]);
  });

  test("a put replaces the record of its namespace and name, and no other", async () => {
    const store = await open();
    const other = scheduleRecord("other", "one");
    await store.put(scheduleRecord("desk", "one"));
    await store.put(other);
    await store.put(scheduleRecord("desk", "two"));
    const changed = scheduleRecord("desk", "one", { retrains: 4 });
    await store.put(changed);
    expect(store.records()).toHaveLength(3);
    expect(store.records()).toEqual(expect.arrayContaining([changed, other]));
  });

  test("of writes that wait, the last one holds, and a removal after them leaves nothing", async () => {
    const store = await open();
    const puts = [1, 2, 3].map((retrains) => store.put(scheduleRecord("desk", "one", { retrains })));
    await Promise.all(puts);
    expect(store.records()[0]?.retrains).toBe(3);
    await Promise.all([store.put(scheduleRecord("desk", "one")), store.remove("desk", "one")]);
    await store.remove("desk", "nothing");
    expect(store.records()).toEqual([]);
  });
}
