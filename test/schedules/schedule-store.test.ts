/** The stores of schedules, each against the same suite, and what only the one on disk does. */
import { describe, expect, onTestFinished, test } from "vitest";
import { openTrainingStores } from "../../gateway/schedules/lmdb/open.js";
import { MemoryScheduleStore } from "../../gateway/schedules/memory-schedule-store.js";
import { record } from "../conformance/job-store.js";
import { scheduleRecord, scheduleStoreConformance } from "../conformance/schedule-store.js";
import { builtPrograms } from "../support/gateway.js";
import { newFolder } from "../support/lmdb.js";

async function opened(folder: string) {
  const stores = await openTrainingStores(folder, builtPrograms);
  onTestFinished(() => stores.jobs.close());
  return stores;
}

describe("in memory", () => scheduleStoreConformance(async () => new MemoryScheduleStore()));

describe("in LMDB", () => {
  scheduleStoreConformance(async () => (await opened(await newFolder())).schedules);

  test("records are there after the file was closed and opened again, beside the jobs", async () => {
    const folder = await newFolder();
    const { jobs, schedules } = await opened(folder);
    // Both write the one file: their transactions must not meet.
    await Promise.all([
      ...Array.from({ length: 20 }, (_, i) => jobs.create(record(`job-${i}`, i), {})),
      ...Array.from({ length: 20 }, (_, i) => schedules.put(scheduleRecord("desk", `s-${i}`))),
    ]);
    await jobs.close();
    const again = await opened(folder);
    expect(again.jobs.records()).toHaveLength(20);
    expect(again.schedules.records()).toHaveLength(20);
    expect(again.schedules.records()).toContainEqual(scheduleRecord("desk", "s-7"));
  });
});
