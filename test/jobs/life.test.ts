/** The life of a job: who is answered when, and how it ends. */
import { expect, test } from "vitest";
import { HeadgateError } from "../../protocol/errors.js";
import { exportedModel, fittedOutputs, JobsRig, request } from "./fakes.js";

const failure = new HeadgateError("invalid_argument", "inputs.y: NaN at row 2");

test("a request that keeps nothing is answered with the fitted attributes, and its job is done", async () => {
  const { jobs, trainer, models, clock, told } = bound(new JobsRig());
  const { job, answer } = jobs.submit(request());
  await clock.settle();
  expect(trainer.runOf(job).work).toMatchObject({
    trainer: "ridge",
    export: false,
    parameters: { alpha: 1 },
  });
  trainer.runOf(job).finishFit();
  expect(await answer?.answer).toEqual({
    outputs: fittedOutputs,
    handle: undefined,
    training: {
      job,
      fit_ms: 40,
      convert_ms: null,
      libraries: { python: "3.11", "scikit-learn": "1.9.1" },
    },
  });
  await clock.settle();
  expect(jobs.describe("desk", job)).toMatchObject({ state: "done", stage: null, fit_ms: 40, error: null });
  expect(told(job)).toEqual(["queued", "running fit", "done"]);
  expect(await jobs.outputs("desk", job)).toEqual(fittedOutputs);
  expect(models.prepared).toBe(0);
});

test("a request that keeps its model is answered when it has fitted, before the model is converted", async () => {
  const { jobs, trainer, models, clock, told } = bound(new JobsRig());
  const { job, answer } = jobs.submit(request({ keepSeconds: 60 }));
  await clock.settle();
  expect(models.prepared).toBe(0); // a fit may last an hour
  trainer.runOf(job).finishFit();
  expect(await answer?.answer).toMatchObject({ handle: "handle-1", training: { convert_ms: null } });
  expect(models.prepared).toBe(1);
  expect(models.opened).toEqual([]);
  expect(jobs.describe("desk", job)).toMatchObject({
    state: "running",
    stage: "convert",
    handle: "handle-1",
  });
  trainer.runOf(job).finishExport();
  await clock.settle();
  expect(models.opened).toEqual(["handle-1"]);
  expect(jobs.describe("desk", job)).toMatchObject({ state: "done", convert_ms: 7 });
  expect(told(job)).toEqual(["queued", "running fit", "running convert", "done"]);
});

test("a request that publishes is answered when the version serves", async () => {
  const { jobs, trainer, models, clock, told } = bound(new JobsRig());
  const { job, answer } = jobs.submit(request({ publication: { model: "alpha" } }));
  let answered = false;
  void answer?.answer.then(() => {
    answered = true;
  });
  await clock.settle();
  trainer.runOf(job).finishFit();
  await clock.settle();
  expect(answered).toBe(false);
  trainer.runOf(job).finishExport();
  const published = { model: "alpha", version: "1" };
  expect((await answer?.answer)?.training).toMatchObject({ fit_ms: 40, convert_ms: 7, published });
  await clock.settle();
  expect(models.published).toMatchObject([
    {
      model: exportedModel,
      card: { job, trainer: "ridge", dataSha256: "00", rows: 3, columns: 1, scores: { train_score: 0.5 } },
    },
  ]);
  expect(jobs.describe("desk", job)).toMatchObject({ state: "done", published });
  expect(told(job)).toEqual(["queued", "running fit", "running convert", "running publish", "done"]);
});

test("a job in the background is on disk before its name is told, and ends with nobody waiting", async () => {
  const { jobs, trainer, store, clock, told } = bound(new JobsRig());
  const { job, stored, answer } = jobs.submit(request({ background: true, label: "nightly" }));
  expect(answer).toBeUndefined();
  expect(() => jobs.describe("desk", job)).toThrow("is unknown");
  await stored;
  expect(store.records()).toMatchObject([{ job, label: "nightly" }]);
  await clock.settle();
  trainer.runOf(job).finishFit();
  await clock.settle();
  expect(jobs.describe("desk", job)).toMatchObject({ state: "done", background: true });
  expect(store.records()).toMatchObject([{ job, state: "done" }]);
  expect(await store.inputs(job)).toEqual({});
  expect(told(job)).toEqual(["queued", "running fit", "done"]);
});

test("a failed fit ends the job with the trainer's reason, and its handle fails with it", async () => {
  const { jobs, trainer, models, clock, told } = bound(new JobsRig());
  const { job, answer } = jobs.submit(request({ keepSeconds: 60 }));
  await clock.settle();
  trainer.runOf(job).fail(failure);
  await expect(answer?.answer).rejects.toBe(failure);
  await clock.settle();
  expect(jobs.describe("desk", job)).toMatchObject({
    state: "failed",
    error: { code: "invalid_argument", message: "inputs.y: NaN at row 2" },
  });
  expect(models.failed.get("handle-1")).toBe(failure);
  expect(told(job)).toEqual(["queued", "running fit", "failed"]);
});

test("a model that cannot be exported fails the job after its request was answered", async () => {
  const { jobs, trainer, models, clock } = bound(new JobsRig());
  const { job, answer } = jobs.submit(request({ keepSeconds: 60 }));
  await clock.settle();
  trainer.runOf(job).finishFit();
  await answer?.answer;
  trainer.runOf(job).conversion.reject(failure);
  await clock.settle();
  expect(jobs.describe("desk", job)).toMatchObject({ state: "failed", fit_ms: 40 });
  expect(models.failed.get("handle-1")).toBe(failure);
});

test.each(["queued", "fit", "convert"])("a job is cancelled by name while it is in: %s", async (when) => {
  const { jobs, trainer, models, clock, told } = bound(new JobsRig());
  const before = jobs.submit(request());
  await clock.settle();
  if (when !== "queued") trainer.runOf(before.job).finishFit();
  const { job, stored } = jobs.submit(request({ background: true, keepSeconds: 60 }));
  await stored;
  await clock.settle();
  if (when === "convert") trainer.runOf(job).finishFit();
  await clock.settle();
  expect(await jobs.cancel("desk", job)).toMatchObject({ state: "cancelled", error: { code: "cancelled" } });
  await clock.settle();
  expect(told(job).filter((each) => each === "cancelled")).toHaveLength(1);
  if (when === "queued") expect(trainer.runs).toHaveLength(1);
  else {
    expect(trainer.runOf(job).cancelled).toBe(true);
    expect(models.failed.get("handle-1")?.code).toBe("cancelled");
  }
  await expect(jobs.cancel("desk", job)).rejects.toThrow("has ended, it is cancelled");
  if (when === "queued") trainer.runOf(before.job).finishFit();
  await clock.settle();
  expect(jobs.figures).toMatchObject({ queued: 0, running: 0 });
});

test("a job that is being published is not cancelled, neither by name nor by its request", async () => {
  const { jobs, trainer, models, clock, told } = bound(new JobsRig());
  const gate = later();
  models.gate = gate.promise;
  const { job, answer } = jobs.submit(request({ publication: { model: "alpha" } }));
  answer?.answer.catch(() => undefined);
  await clock.settle();
  trainer.runOf(job).finishFit();
  trainer.runOf(job).finishExport();
  await clock.settle();
  await expect(jobs.cancel("desk", job)).rejects.toThrow("is being published");
  answer?.cancel();
  await expect(answer?.answer).rejects.toMatchObject({ code: "cancelled", processed: "maybe" });
  gate.resolve();
  await clock.settle();
  expect(told(job).at(-1)).toBe("done");
  expect(models.published).toHaveLength(1);
});

test("the job of a request whose client leaves is cancelled: queued it never starts, running it is stopped", async () => {
  const { jobs, trainer, clock } = bound(new JobsRig());
  const first = jobs.submit(request());
  const second = jobs.submit(request());
  await clock.settle();
  second.answer?.cancel();
  await expect(second.answer?.answer).rejects.toMatchObject({ code: "cancelled", processed: "no" });
  first.answer?.cancel();
  await expect(first.answer?.answer).rejects.toMatchObject({ code: "cancelled", processed: "maybe" });
  await clock.settle();
  expect(trainer.runs.map(({ work, cancelled }) => [work.job, cancelled])).toEqual([[first.job, true]]);
  expect(jobs.list("desk", { limit: 10 }).jobs.map(({ state }) => state)).toEqual(["cancelled", "cancelled"]);
});

test("a gateway that stops tells whether the trainings that are waited for may have done something", async () => {
  const { jobs, trainer, models, clock } = bound(new JobsRig());
  models.gate = later().promise;
  const published = jobs.submit(request({ publication: { model: "alpha" } }));
  const fitted = jobs.submit(request());
  const queued = jobs.submit(request());
  const endings = [published, fitted, queued].map(({ answer }) =>
    answer?.answer.catch((error: unknown) => error),
  );
  await clock.settle();
  trainer.runOf(published.job).finishFit();
  trainer.runOf(published.job).finishExport();
  await clock.settle();
  await jobs.stop();
  // The version may appear: a client that trained again would publish a second one.
  expect(await Promise.all(endings)).toMatchObject([
    { code: "unavailable", processed: "maybe" },
    { code: "unavailable", processed: "maybe" },
    { code: "unavailable", processed: "no" },
  ]);
});

test("a request that waits has a deadline, and its job ends with it", async () => {
  const { jobs, trainer, clock } = bound(new JobsRig());
  const running = jobs.submit(request({ timeoutMs: 1_000 }));
  const queued = jobs.submit(request({ timeoutMs: 500 }));
  const endings = [running, queued].map(({ answer }) => answer?.answer.catch((error: unknown) => error));
  await clock.settle();
  await clock.advance(1_000);
  expect(await Promise.all(endings)).toMatchObject([
    { code: "deadline_exceeded", processed: "maybe" },
    { code: "deadline_exceeded", processed: "no" },
  ]);
  expect(trainer.runs).toHaveLength(1);
  expect(trainer.runOf(running.job).cancelled).toBe(true);
  expect(jobs.describe("desk", queued.job)).toMatchObject({
    state: "failed",
    error: { code: "deadline_exceeded" },
  });
});

test("without a trainer a training is refused with the command to type", () => {
  const { jobs, trainer } = new JobsRig();
  trainer.availability = { kind: "missing", reason: "no trainer is installed: npx headgate trainer install" };
  expect(() => jobs.submit(request())).toThrow("npx headgate trainer install");
});

function bound(rig: JobsRig) {
  const { jobs, trainer, models, store, clock } = rig;
  return { jobs, trainer, models, store, clock, told: (job: string) => rig.told(job) };
}

function later() {
  let resolve: () => void = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
