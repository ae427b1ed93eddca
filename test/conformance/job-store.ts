/** What every store of jobs does. */
import { expect, test } from "vitest";
import type { Tensors } from "../../engines/engine.js";
import { type JobRecord, newRecord } from "../../gateway/jobs/job-record.js";
import type { JobStore } from "../../gateway/jobs/job-store.js";
import { request } from "../jobs/fakes.js";

export const record = (job: string, sequence: number, change: Partial<JobRecord> = {}): JobRecord => ({
  ...newRecord(request({ background: true }), job, sequence, 5, { references: {}, inputBytes: 8 }),
  ...change,
});

export const everyKind: Tensors = {
  X: { datatype: "FP64", shape: [2, 2], data: Float64Array.of(1, Number.NaN, -0, 1e300) },
  counts: { datatype: "INT64", shape: [2], data: BigInt64Array.of(-(2n ** 63n), 2n ** 60n + 1n) },
  mask: { datatype: "BOOL", shape: [3], data: Uint8Array.of(1, 0, 1) },
  single: { datatype: "FP32", shape: [], data: Float32Array.of(0.1) },
  y: { datatype: "BYTES", shape: [3], data: ["up", "", "dòwn 🜁"] },
  none: { datatype: "FP64", shape: [0], data: new Float64Array(0) },
};

/** @param open a new and empty store */
export function jobStoreConformance(open: () => Promise<JobStore>): void {
  test("a job that was created is there with inputs of every kind, bit by bit", async () => {
    const store = await open();
    await store.create(record("one", 1), everyKind);
    expect(store.records()).toEqual([record("one", 1)]);
    expect(await store.inputs("one")).toEqual(everyKind);
    expect(await store.history("one")).toEqual({ log: [], curve: [] });
    expect([await store.outputs("one"), await store.checkpoint("one")]).toEqual([undefined, undefined]);
  });

  test("records come in the order of their sequences, whatever their names are", async () => {
    const store = await open();
    for (const [name, sequence] of [
      ["b", 3],
      ["a", 10],
      ["c", 1],
    ] as const)
      await store.create(record(name, sequence), {});
    expect(store.records().map(({ job }) => job)).toEqual(["c", "b", "a"]);
  });

  test("a change replaces the record and what it brings, and leaves the rest", async () => {
    const store = await open();
    await store.create(record("one", 1), everyKind);
    const history = { log: ["epoch 1"], curve: [{ iteration: 1, loss: 0.5, score: null }] };
    await store.write({
      record: record("one", 1, { state: "running" }),
      checkpoint: Uint8Array.of(1, 2),
      history,
    });
    await store.write({ record: record("one", 1, { state: "running", fitMs: 3 }), outputs: everyKind });
    expect(store.records()).toEqual([record("one", 1, { state: "running", fitMs: 3 })]);
    expect(await store.inputs("one")).toEqual(everyKind);
    expect([...((await store.checkpoint("one")) ?? [])]).toEqual([1, 2]);
    expect(await store.history("one")).toEqual(history);
    expect(await store.outputs("one")).toEqual(everyKind);
    await store.write({ record: record("one", 1, { state: "done" }), checkpoint: null, dropInputs: true });
    expect([await store.checkpoint("one"), await store.inputs("one")]).toEqual([undefined, {}]);
    expect(await store.outputs("one")).toEqual(everyKind);
  });

  test("a change of a job that could not be created keeps its record", async () => {
    const store = await open();
    await store.write({ record: record("one", 1, { state: "done" }), outputs: everyKind });
    expect(store.records()).toEqual([record("one", 1, { state: "done" })]);
  });

  test("removing jobs removes all of them, and nothing of others whose names begin the same", async () => {
    const store = await open();
    for (const [i, name] of ["a", "a1", "b"].entries()) {
      await store.create(record(name, i), everyKind);
      await store.write({ record: record(name, i), outputs: everyKind, checkpoint: Uint8Array.of(1) });
    }
    await store.remove(["a", "b", "unknown"]);
    expect(store.records().map(({ job }) => job)).toEqual(["a1"]);
    expect(await store.inputs("a1")).toEqual(everyKind);
    expect(await store.outputs("a1")).toEqual(everyKind);
    await store.write({ record: record("a", 9) });
    expect([await store.outputs("a"), await store.checkpoint("a")]).toEqual([undefined, undefined]);
  });

  test("changes are written in the order of the calls, without waiting for each other", async () => {
    const store = await open();
    const changes = [store.create(record("one", 1), everyKind)];
    for (let restarts = 1; restarts <= 20; restarts++)
      changes.push(store.write({ record: record("one", 1, { restarts }) }));
    await Promise.all(changes);
    expect(store.records()).toMatchObject([{ restarts: 20 }]);
  });
}
