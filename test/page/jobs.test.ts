import { describe, expect, test } from "vitest";
import { jobFacts, jobRow, withProgress, withState } from "../../page/jobs/job-rows.js";
import { learningCurve } from "../../page/jobs/learning-curve.js";
import type { JobProgress, JobState } from "../../protocol/train-frames.js";

const begin = Date.UTC(2026, 10, 28, 9);
const job = (rest: Partial<JobState> = {}): JobState => ({
  kind: "job_state",
  job: "0m4k",
  trainer: "ridge",
  label: null,
  state: "running",
  stage: "fit",
  background: true,
  created_ts: begin,
  started_ts: begin + 1_000,
  ended_ts: null,
  share_done: null,
  remaining_ms: null,
  loss: null,
  score: null,
  fit_ms: null,
  convert_ms: null,
  restarts: 0,
  resumed_from: null,
  handle: null,
  published: null,
  error: null,
  ...rest,
});
const progress = (rest: Partial<JobProgress> = {}): JobProgress => ({
  kind: "job_progress",
  job: "0m4k",
  trainer: "ridge",
  stage: "fit",
  iteration: 3,
  share_done: 0.25,
  remaining_ms: 4_000,
  loss: 0.5,
  score: null,
  ...rest,
});
const rowOf = (rest: Partial<JobState>) => jobRow(job(rest), begin + 31_000);

describe("the list of trainings", () => {
  test("tells how far one is, or how long it has run where its library does not tell", () => {
    expect(rowOf({ share_done: 0.25, remaining_ms: 4_000 })).toMatchObject({
      state: "fits",
      tone: "pending",
      share: 0.25,
      progress: "25 %, about 4 s left",
      isRunning: true,
    });
    expect(rowOf({})).toMatchObject({ share: null, progress: "for 30 s" });
    expect(rowOf({ stage: "convert", share_done: 1 })).toMatchObject({
      state: "is exported and proven",
      share: 1,
      progress: "for 30 s",
    });
  });

  test("tells how long one waits, took, and that one never ran", () => {
    const waiting = { state: "queued", stage: null, started_ts: null } as const;
    expect(rowOf(waiting)).toMatchObject({ state: "queued", share: null, progress: "waits for 31 s" });
    const ended = { stage: null, ended_ts: begin + 3_000 } as const;
    expect(rowOf({ ...ended, state: "done" })).toMatchObject({ tone: "good", progress: "took 2 s" });
    expect(rowOf({ ...ended, state: "failed" })).toMatchObject({ tone: "bad", isRunning: false });
    expect(rowOf({ ...ended, state: "cancelled", started_ts: null })).toMatchObject({
      tone: "idle",
      progress: "never ran",
    });
  });

  test("has an event's state in the job's place, and a new job first", () => {
    const listed = [job({ job: "b" }), job({ job: "a" })];
    const done = { ...job({ job: "a", state: "done" }), kind: "job_changed" } as const;
    expect(withState(listed, done).map(({ job: name, state, kind }) => [name, state, kind])).toEqual([
      ["b", "running", "job_state"],
      ["a", "done", "job_state"],
    ]);
    expect(withState(listed, { ...done, job: "c" }).map(({ job: name }) => name)).toEqual(["c", "b", "a"]);
  });

  test("takes progress of a job that runs, and none of one that has ended", () => {
    expect(withProgress([job()], progress())[0]).toMatchObject({ share_done: 0.25, loss: 0.5 });
    const ended = [job({ state: "done", stage: null })];
    expect(withProgress(ended, progress())).toEqual(ended);
    expect(withProgress([job({ job: "other" })], progress())[0]?.share_done).toBeNull();
  });
});

test("the facts of a training name what it became, and that it was interrupted", () => {
  const facts = jobFacts(
    job({
      label: "nightly",
      fit_ms: 1_250,
      score: 0.123456789,
      published: { model: "risk", version: "4" },
      restarts: 2,
      resumed_from: "checkpoint",
    }),
  );
  const values = new Map(facts.map(({ name, value }) => [name, value]));
  expect(values.get("Asked for")).toBe("2026-11-28 09:00:00");
  expect(values.get("Fit")).toBe("1.3 s");
  expect(values.get("Score")).toBe("0.123457");
  expect(values.get("Published")).toBe("risk, version 4");
  expect(values.get("Interrupted")).toMatch(/^2 times .* from its last checkpoint$/);
  expect(jobFacts(job()).map(({ name }) => name)).not.toContain("Interrupted");
});

describe("the learning curve", () => {
  test("is drawn by iteration, of two points with one number the later", () => {
    const curve = learningCurve([
      { iteration: 1, loss: 0.9, score: null },
      { iteration: 2, loss: 0.7, score: 0.5 },
      { iteration: 1, loss: 0.8, score: null },
      { iteration: 3, loss: null, score: 0.61234 },
      { iteration: 4, loss: null, score: null },
    ]);
    expect(curve).toEqual({
      iterations: [1, 2, 3],
      losses: [0.8, 0.7, null],
      scores: [null, 0.5, 0.61234],
      figures: [],
      summary: "loss from 0.8 to 0.7, score from 0.5 to 0.6123",
    });
  });

  test("has what a policy tells beside its score", () => {
    const curve = learningCurve([
      { iteration: 2_048, loss: null, score: null, figures: { reward: -0.5, entropy: 1.4 } },
      { iteration: 4_096, loss: null, score: 0.25, figures: { reward: 0.75 } },
    ]);
    expect(curve?.figures).toEqual([
      { name: "reward", values: [-0.5, 0.75] },
      { name: "entropy", values: [1.4, null] },
    ]);
    expect(curve?.summary).toBe("score 0.25, reward from -0.5 to 0.75, entropy 1.4");
  });

  test("is not drawn where no library told a loss or a score", () => {
    expect(learningCurve([])).toBeUndefined();
    expect(learningCurve([{ iteration: 1, loss: null, score: null }])).toBeUndefined();
    expect(learningCurve([{ iteration: 1, loss: 0, score: null }])?.summary).toBe("loss 0");
  });
});
