/** What becomes of jobs when the gateway ends, by a stop or by a kill, and another takes up its data folder. */
import { expect, test } from "vitest";
import type { RigOptions } from "./fakes.js";
import { JobsRig, request, vector } from "./fakes.js";

const background = request({ background: true });

/** The next gateway on what the first one left: what was in its memory only is gone. */
function next({ store, clock, log, models }: JobsRig, options: RigOptions = {}): JobsRig {
  return new JobsRig({ store, clock, log, models, ...options });
}

test("a job that waited waits again, with its inputs and its place in the order", async () => {
  const first = new JobsRig();
  const running = first.jobs.submit(background);
  const waiting = first.jobs.submit({
    ...background,
    inputs: { X: vector(7), y: vector(8) },
    label: "second",
  });
  await first.clock.settle();
  const second = next(first);
  await second.clock.settle();
  expect(second.jobs.describe("desk", waiting.job)).toMatchObject({
    state: "queued",
    restarts: 0,
    label: "second",
  });
  second.trainer.runOf(running.job).finishFit();
  await second.clock.settle();
  expect(second.trainer.runOf(waiting.job).work.inputs).toEqual({ X: vector(7), y: vector(8) });
});

test("a job that ran when the gateway was killed begins again from the start, and says so", async () => {
  const first = new JobsRig();
  const { job } = first.jobs.submit(background);
  await first.clock.settle();
  const second = next(first);
  await second.clock.settle();
  expect(second.trainer.runOf(job).work.checkpoint).toBeUndefined();
  expect(second.jobs.describe("desk", job)).toMatchObject({
    state: "running",
    restarts: 1,
    resumed_from: "start",
  });
  second.trainer.runOf(job).finishFit();
  await second.clock.settle();
  expect(second.jobs.describe("desk", job)).toMatchObject({ state: "done", restarts: 1 });
});

test("it goes on from its newest checkpoint where it has one, with the handle that it had", async () => {
  const first = new JobsRig();
  const { job } = first.jobs.submit({ ...background, keepSeconds: 60 });
  await first.clock.settle();
  const { listener } = first.trainer.runOf(job);
  listener.checkpoint(Uint8Array.of(1));
  listener.checkpoint(Uint8Array.of(2));
  listener.checkpoint(new Uint8Array(2_000));
  await first.clock.settle();
  const second = next(first);
  await second.clock.settle();
  expect(second.trainer.runOf(job).work.checkpoint).toEqual(Uint8Array.of(2));
  expect(second.jobs.describe("desk", job)).toMatchObject({ resumed_from: "checkpoint", handle: "handle-1" });
  expect((await first.jobs.history("desk", job)).log).toEqual([
    "a checkpoint of 2000 bytes was not kept: training.checkpoint_bytes allows 1000",
  ]);
});

test("a job that ends the gateway again and again fails after the third time", async () => {
  let rig = new JobsRig();
  const { job } = rig.jobs.submit(background);
  for (let kills = 0; kills < 4; kills++) {
    await rig.clock.settle();
    expect(rig.trainer.running).toBe(1);
    rig = next(rig);
  }
  await rig.clock.settle();
  expect(rig.trainer.runs).toEqual([]);
  expect(rig.jobs.describe("desk", job)).toMatchObject({
    state: "failed",
    error: { code: "resource_exhausted" },
  });
});

test("stops of the gateway do not count against the job, however many there are", async () => {
  let rig = new JobsRig();
  const { job } = rig.jobs.submit(background);
  for (let stops = 0; stops < 10; stops++) {
    await rig.clock.settle();
    await rig.jobs.stop();
    expect(rig.trainer.runOf(job).cancelled).toBe(true);
    rig = next(rig);
  }
  await rig.clock.settle();
  expect(rig.jobs.describe("desk", job)).toMatchObject({ state: "running", restarts: 10 });
});

test("a job that was killed while it was published is done if its version is there, and else begins again", async () => {
  const first = new JobsRig();
  const publishing = { ...background, publication: { model: "alpha" } };
  const there = first.jobs.submit(publishing);
  await first.clock.settle();
  first.models.gate = new Promise(() => {});
  first.trainer.runOf(there.job).finishFit();
  first.trainer.runOf(there.job).finishExport();
  await first.clock.settle();
  const missing = first.jobs.submit(publishing);
  await first.clock.settle();
  first.trainer.runOf(missing.job).finishFit();
  first.trainer.runOf(missing.job).finishExport();
  await first.clock.settle();
  expect(first.jobs.list("desk", { limit: 9 }).jobs.map(({ stage }) => stage)).toEqual([
    "publish",
    "publish",
  ]);
  first.models.published.push({ publication: publishing.publication, card: { job: there.job } } as never);
  const second = next(first);
  await second.clock.settle();
  expect(second.jobs.describe("desk", there.job)).toMatchObject({
    state: "done",
    published: { model: "alpha", version: "1" },
  });
  expect(second.jobs.describe("desk", missing.job)).toMatchObject({
    state: "running",
    stage: "fit",
    restarts: 1,
  });
});

test("a job for which a request waited ends as cancelled, because nobody waits any more", async () => {
  const first = new JobsRig();
  const { job, answer } = first.jobs.submit(request());
  answer?.answer.catch(() => undefined);
  await first.clock.settle();
  const second = next(first);
  await second.clock.settle();
  expect(second.jobs.describe("desk", job)).toMatchObject({ state: "cancelled" });
  expect(second.trainer.runs).toEqual([]);
  expect(second.told(job)).toEqual(["cancelled"]);
});

test("an end whose event a kill prevented is told by the next gateway, once", async () => {
  const first = new JobsRig();
  const { job } = first.jobs.submit(background);
  await first.clock.settle();
  const [record] = first.store.records();
  if (record === undefined) throw new Error("no job");
  await first.store.write({ record: { ...record, state: "done", stage: null } });
  const second = next(first);
  await second.clock.settle();
  expect(second.told(job)).toEqual(["done"]);
  const third = next(second);
  await third.clock.settle();
  expect(third.told(job)).toEqual([]);
});

test("rows by reference are not copied: they are read again when the job starts", async () => {
  const first = new JobsRig();
  const inputs = { X: vector(1, 2), y: vector(3, 4) };
  const used = { X: { ref: "prices", version: "v1", rows: [0, 2] as const, columns: ["a", "b"] } };
  first.jobs.submit(request());
  const { job } = first.jobs.submit({ ...background, inputs, used });
  await first.clock.settle();
  expect(await first.store.inputs(job)).toEqual({ y: vector(3, 4) });
  expect(first.store.records().slice(1)).toMatchObject([
    { references: { X: { reference: { ref: "prices", version: "v1", rows: [0, 2], shape: [2] } } } },
  ]);
});

test("a job whose dataset was dropped fails and names it; one whose dataset is there runs on its rows", async () => {
  const rig = new JobsRig();
  const { data } = vector(1, 2);
  rig.datasets.set("prices@v1", {
    datatype: "FP64",
    shape: [2],
    data: new Uint8Array((data as Float64Array).buffer),
  });
  const used = (version: string) => ({ X: { ref: "prices", version, rows: [0, 2] as const } });
  const inputs = { X: vector(1, 2) };
  const gone = rig.jobs.submit({ ...background, inputs, used: used("v0") });
  await rig.clock.settle();
  expect(rig.jobs.describe("desk", gone.job)).toMatchObject({
    state: "failed",
    error: {
      code: "failed_precondition",
      message: expect.stringContaining("inputs.X: version v0 of prices was dropped or has expired"),
    },
  });
  const there = rig.jobs.submit({ ...background, inputs, used: used("v1") });
  await rig.clock.settle();
  expect(rig.trainer.runOf(there.job).work.inputs).toEqual(inputs);
});
