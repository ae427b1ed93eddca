/** The stores of jobs, each against the same suite, and what only the one on disk does. */
import { describe, expect, onTestFinished, test } from "vitest";
import { MemoryJobStore } from "../../gateway/jobs/memory-job-store.js";
import { openTrainingStores } from "../../gateway/schedules/lmdb/open.js";
import type { WriterDecorator } from "../../gateway/storage/data-folder.js";
import { everyKind, jobStoreConformance, record } from "../conformance/job-store.js";
import { builtPrograms } from "../support/gateway.js";
import { newFolder } from "../support/lmdb.js";

describe("in memory", () => jobStoreConformance(async () => new MemoryJobStore()));

describe("in LMDB", () => {
  jobStoreConformance(async () => {
    const { jobs: store } = await openTrainingStores(await newFolder(), builtPrograms);
    onTestFinished(() => store.close());
    return store;
  });

  test("everything is there after it was closed and opened again", async () => {
    const folder = await newFolder();
    const { jobs: store } = await openTrainingStores(folder, builtPrograms);
    await store.create(record("one", 1), everyKind);
    await store.write({ record: record("one", 1, { state: "running" }), checkpoint: Uint8Array.of(9) });
    await store.close();
    const { jobs: again } = await openTrainingStores(folder, builtPrograms);
    onTestFinished(() => again.close());
    expect(again.records()).toEqual([record("one", 1, { state: "running" })]);
    expect(await again.inputs("one")).toEqual(everyKind);
    expect([...((await again.checkpoint("one")) ?? [])]).toEqual([9]);
  });

  test("inputs larger than a piece come back whole", async () => {
    const { jobs: store } = await openTrainingStores(await newFolder(), builtPrograms);
    onTestFinished(() => store.close());
    const data = Float64Array.from({ length: 1_300_000 }, (_, i) => i * 0.5);
    const inputs = {
      X: { datatype: "FP64", shape: [data.length], data },
      y: everyKind["y"] ?? never(),
    } as const;
    await store.create(record("one", 1), inputs);
    const found = await store.inputs("one");
    const bytes = ({ buffer }: Float64Array) => Buffer.from(buffer);
    expect(bytes(found["X"]?.data as Float64Array).equals(bytes(data))).toBe(true);
    expect(found["y"]).toEqual(everyKind["y"]);
  });

  test.each([1, 2, 3])(
    "a full disk at write %i leaves no job, and its inputs go when the file is opened",
    async (failing) => {
      const folder = await newFolder();
      let writes = 0;
      const full: WriterDecorator = (_, writer) => ({
        write: (each) =>
          ++writes >= failing ? Promise.reject(new Error("No space left on device")) : writer.write(each),
        close: () => writer.close(),
      });
      const { jobs: store } = await openTrainingStores(folder, builtPrograms, full);
      await expect(store.create(record("one", 1), everyKind)).rejects.toThrow("No space left");
      expect(store.records()).toEqual([]);
      await store.close();
      const { jobs: again } = await openTrainingStores(folder, builtPrograms);
      onTestFinished(() => again.close());
      await again.remove([]);
      expect(again.records()).toEqual([]);
      expect(await again.inputs("one")).toEqual({});
    },
  );
});

function never(): never {
  throw new Error("missing");
}
