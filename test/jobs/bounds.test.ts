/** What bounds the jobs: how many wait, how many are kept, and how much of each. */
import { expect, test } from "vitest";
import { LearningCurve } from "../../gateway/jobs/learning-curve.js";
import { LineLog } from "../../gateway/jobs/line-log.js";
import { JobsRig, request, tenant, vector } from "./fakes.js";

const background = request({ background: true });

test("beyond the queue of a tenant, and of all, a training is refused with the time and what to do", async () => {
  const rig = new JobsRig({ limits: { tenantQueuedMax: 2, queuedMax: 3 } });
  const submit = (name: string) => rig.jobs.submit({ ...background, principal: tenant(name) });
  submit("a");
  await rig.clock.settle();
  submit("a");
  submit("a");
  expect(() => submit("a")).toThrow(/2 trainings of this tenant wait.*training\.tenant_queued.*cancel_job/);
  submit("b");
  expect(() => submit("c")).toThrow(/3 trainings wait.*training\.queued/);
  try {
    submit("c");
  } catch (error) {
    expect(error).toMatchObject({ code: "resource_exhausted", retryable: true });
    expect((error as { retryAfterMs: number }).retryAfterMs).toBeGreaterThan(0);
  }
  await rig.clock.settle();
  for (let rounds = 0; rounds < 4; rounds++) {
    for (const run of rig.trainer.runs) run.finishFit();
    await rig.clock.settle();
  }
  expect(() => submit("a")).not.toThrow();
});

test("inputs that wait are bounded in bytes: a tenant alone holds three quarters, and references count nothing", async () => {
  const rig = new JobsRig({ limits: { inputBytesMax: 1_000 } });
  const inputs = (values: number) => ({ X: vector(...new Array<number>(values).fill(1)) });
  const first = rig.jobs.submit({ ...background, inputs: inputs(90) });
  expect(() => rig.jobs.submit({ ...background, inputs: inputs(10) })).toThrow(
    /^inputs: 80 bytes .*training\.input_bytes/,
  );
  const used = { X: { ref: "prices", version: "v1", rows: [0, 500] as const } };
  rig.jobs.submit({ ...background, inputs: inputs(500), used });
  rig.jobs.submit({ ...background, principal: tenant("other"), inputs: inputs(5) });
  await rig.clock.settle();
  rig.trainer.runOf(first.job).finishFit();
  await rig.clock.settle();
  expect(() => rig.jobs.submit({ ...background, inputs: inputs(10) })).not.toThrow();
});

test("of the jobs that have ended the oldest go, with their topics; those that have not stay", async () => {
  const rig = new JobsRig({ limits: { keptMax: 3 } });
  const waiting = rig.jobs.submit(background);
  await rig.clock.settle();
  const ended: string[] = [];
  for (let i = 0; i < 5; i++) {
    const { job, stored } = rig.jobs.submit(background);
    await stored;
    await rig.jobs.cancel("desk", job);
    await rig.clock.settle();
    ended.push(job);
  }
  expect(rig.jobs.list("desk", { limit: 9 }).jobs.map(({ job }) => job)).toEqual([
    ended[4],
    ended[3],
    waiting.job,
  ]);
  expect(rig.store.records().map(({ job }) => job)).toEqual([waiting.job, ended[3], ended[4]]);
  expect(rig.log.topics("desk")).toEqual([waiting.job, ended[3], ended[4]].map((job) => `job.${job}`));
  expect(() => rig.jobs.describe("desk", ended[0] ?? "")).toThrow("is unknown; the newest 3 jobs are kept");
});

test("a job is kept for its time after its end", async () => {
  const rig = new JobsRig({ limits: { ageMaxMs: 300_000 } });
  const { job, stored } = rig.jobs.submit(background);
  await stored;
  await rig.jobs.cancel("desk", job);
  await rig.clock.advance(240_000);
  expect(rig.jobs.list("desk", { limit: 9 }).jobs).toHaveLength(1);
  await rig.clock.advance(120_000);
  expect(rig.jobs.list("desk", { limit: 9 }).jobs).toHaveLength(0);
  expect([rig.store.records(), rig.log.topics("desk")]).toEqual([[], []]);
});

test("pages follow one another, newest first, and another namespace's job is not found", async () => {
  const rig = new JobsRig();
  const names: string[] = [];
  for (let i = 0; i < 5; i++) {
    const { job, stored } = rig.jobs.submit(background);
    await stored;
    names.unshift(job);
  }
  const first = rig.jobs.list("desk", { limit: 2 });
  const second = rig.jobs.list("desk", { limit: 2, before: first.next });
  const third = rig.jobs.list("desk", { limit: 2, before: second.next });
  expect([first, second, third].map(({ jobs }) => jobs.map(({ job }) => job))).toEqual([
    names.slice(0, 2),
    names.slice(2, 4),
    names.slice(4),
  ]);
  expect(third.next).toBeUndefined();
  expect(rig.jobs.list("desk", { limit: 9, state: "running" }).jobs.map(({ job }) => job)).toEqual(
    names.slice(4),
  );
  const [job = ""] = names;
  expect(rig.jobs.list("other", { limit: 9 }).jobs).toEqual([]);
  expect(() => rig.jobs.list("other", { limit: 9, before: job })).toThrow("is unknown");
  for (const asked of [
    rig.jobs.history("other", job),
    rig.jobs.outputs("other", job),
    rig.jobs.cancel("other", job),
  ])
    await expect(asked).rejects.toMatchObject({ code: "not_found" });
});

test("fitted attributes that are too large are answered and not kept, and the log says so", async () => {
  const rig = new JobsRig({ limits: { resultBytesMax: 15 } });
  const { job, answer } = rig.jobs.submit(request());
  await rig.clock.settle();
  rig.trainer.runOf(job).finishFit();
  expect(Object.keys((await answer?.answer)?.outputs ?? {})).toEqual(["coef", "train_score"]);
  await rig.clock.settle();
  expect(await rig.jobs.outputs("desk", job)).toBeUndefined();
  expect((await rig.jobs.history("desk", job)).log).toEqual([
    "the fitted attributes, 24 bytes, were not kept with the job: training.result_bytes allows 15",
  ]);
});

test("a long learning curve keeps evenly spread points and the newest", () => {
  const curve = new LearningCurve(8);
  for (let iteration = 0; iteration < 1_000; iteration++)
    curve.add({ iteration, loss: 1 / (1 + iteration), score: null });
  const points = curve.points().map(({ iteration }) => iteration);
  expect(points.length).toBeLessThanOrEqual(9);
  expect([points[0], points.at(-1)]).toEqual([0, 999]);
  const gaps = points.slice(1, -1).map((iteration, i) => iteration - (points[i] ?? 0));
  expect(new Set(gaps).size).toBe(1);
});

test("of a long log the newest lines are shown, cut to a length, with the number of those before", () => {
  const log = new LineLog(3);
  for (let i = 0; i < 100; i++) log.add(`line ${i}`);
  log.add("x".repeat(5_000));
  const shown = log.shown();
  expect(shown.slice(0, 3)).toEqual(["(98 earlier lines were dropped)", "line 98", "line 99"]);
  expect(shown[3]).toHaveLength(2_001);
});
