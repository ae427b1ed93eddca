/** Trainer's processes are real ones here, of Node: what they do wrong ends in one honest error each. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import type { Tensors } from "../../../engines/engine.js";
import type { TrainingWork } from "../../../engines/training/trainer.js";
import type { NestedParameters } from "../../../protocol/train-frames.js";
import {
  fakeTrainers as createTrainers,
  type FakeTrainers,
  type FakeTraining,
  fakeEnvironment,
  membersOf,
  recordingListener,
} from "../../support/fake-trainer/program.js";
import { until } from "../../support/until.js";

const opened: FakeTrainers[] = [];

const fakeTrainers: typeof createTrainers = (...args) => {
  const made = createTrainers(...args);
  opened.push(made);
  return made;
};

/** No process is left after a test, whatever it did. */
afterEach(async () => {
  for (const each of opened.splice(0)) await expect(each.close()).resolves.toEqual([]);
});

const X = { datatype: "FP64", shape: [3, 2], data: Float64Array.of(1, 2, 3, 4, 5, 6) } as const;

let jobs = 0;

function work(fake: FakeTraining = {}, more: Partial<TrainingWork> = {}): TrainingWork {
  jobs++;
  const parameters = { fake } as unknown as NestedParameters;
  const y = { datatype: "FP64", shape: [3], data: Float64Array.of(1, 2, 3) } as const;
  return {
    job: `job-${jobs}`,
    namespace: "desk",
    trainer: "ridge",
    inputs: { X, y },
    parameters,
    export: false,
    ...more,
  };
}

/** The process that fitted. */
const pidOf = (outputs: Tensors) => String(outputs["pid"]?.data);

describe("a training in a process", () => {
  it("answers twice: with what was fitted, and with the model", async () => {
    const { engine } = fakeTrainers();
    const listener = recordingListener();
    const run = engine.start(work({ steps: 3, echo: true }, { export: true }), listener);
    const fitted = await run.fitted;
    expect(fitted).toMatchObject({ fitMs: 1.5, libraries: { python: "3.0" } });
    expect(fitted.outputs["X"]).toEqual(X);
    expect(fitted.outputs["n_bytes"]?.data).toEqual(Float64Array.of(72));
    const exported = await run.exported;
    expect(exported).toMatchObject({ convertMs: 2.5, tolerance: { predictions: { relative: 1e-9 } } });
    expect(exported?.golden.outputs["predictions"]).toEqual(X);
    expect(exported?.inputs[0]?.shape).toEqual(["batch", 2]);
    expect(listener.seen.map(({ shareDone }) => shareDone)).toEqual([1 / 3, 2 / 3, 1]);
    expect(listener.states).toEqual(["1", "2", "3"]);
    // Lines come on a pipe of their own, some of them after the messages.
    await until(async () => expect(listener.lines).toEqual(["fitted ridge"]));
  });

  it("tells its figures by name, without those that are no number", async () => {
    const { engine } = fakeTrainers();
    const listener = recordingListener();
    const figures = { reward: 0.5, entropy: Number.NaN };
    await engine.start(work({ steps: 1, figures }), listener).fitted;
    expect(listener.seen.map((each) => each.figures)).toEqual([{ reward: 0.5 }]);
    const many = Object.fromEntries(Array.from({ length: 17 }, (_, at) => [`figure_${at}`, at]));
    await expect(engine.start(work({ figures: many }), listener).fitted).rejects.toMatchObject({
      code: "internal",
    });
  });

  it("goes on from a checkpoint", async () => {
    const { engine } = fakeTrainers();
    const listener = recordingListener();
    await engine.start(work({ steps: 4 }, { checkpoint: Buffer.from("2") }), listener).fitted;
    expect(listener.states).toEqual(["3", "4"]);
  });

  it("takes rows from memory that threads share", async () => {
    const { engine } = fakeTrainers();
    const data = new Float64Array(new SharedArrayBuffer(800_000)).map((_, i) => i);
    const shared = { datatype: "FP64", shape: [50_000, 2], data } as const;
    const { fitted } = engine.start(work({ echo: true }, { inputs: { X: shared } }), recordingListener());
    expect((await fitted).outputs["X"]?.data).toEqual(Float64Array.from(data));
  });

  it("fails with the trainer's own reason, and the process stays", async () => {
    const { engine, started } = fakeTrainers();
    const fail = { code: "invalid_argument", message: "inputs.y: holds one class only" };
    const run = engine.start(work({ fail }, { export: true }), recordingListener());
    await expect(run.fitted).rejects.toMatchObject(fail);
    await expect(run.exported).rejects.toMatchObject(fail);
    await engine.start(work(), recordingListener()).fitted;
    expect(started).toHaveLength(1);
  });

  it("is not repeated by clients when it failed for want of memory", async () => {
    const { engine } = fakeTrainers();
    const fail = { code: "resource_exhausted", message: "the training needs more memory than there is" };
    const run = engine.start(work({ fail }), recordingListener());
    await expect(run.fitted).rejects.toMatchObject({ ...fail, retryable: false, processed: "maybe" });
  });

  it("leaves no rejection unhandled where only one result is waited for", async () => {
    const { engine } = fakeTrainers();
    const run = engine.start(work({ exit: 3 }, { export: true }), recordingListener());
    await expect(run.exported).rejects.toMatchObject({ code: "unavailable" });
  });
});

describe("the processes", () => {
  it("are reused by their namespace and by no other", async () => {
    const { engine, started, ended } = fakeTrainers({}, { processes: 1 });
    const pids: unknown[] = [];
    for (const namespace of ["desk", "desk", "risk", "desk"]) {
      const { fitted } = engine.start(work({}, { namespace }), recordingListener());
      pids.push(pidOf((await fitted).outputs));
    }
    expect(new Set(pids).size).toBe(3);
    expect(pids[0]).toBe(pids[1]);
    expect(started.map(({ namespace }) => namespace)).toEqual(["desk", "risk", "desk"]);
    expect(ended.map(({ expected }) => expected)).toEqual([true, true]);
  });

  it("are never more than their number: further trainings wait for one", async () => {
    const { engine } = fakeTrainers({}, { processes: 2 });
    const spaces = ["a", "b", "c", "a", "d", "b", "a", "e"];
    const all = spaces.map((namespace) => engine.start(work({}, { namespace }), recordingListener()).fitted);
    let most = 0;
    const look = setInterval(() => {
      most = Math.max(most, engine.figures.length);
    }, 5);
    await Promise.all(all);
    clearInterval(look);
    expect(most).toBe(2);
  });

  it("make room for another namespace although one of their own would be warm", async () => {
    const { engine } = fakeTrainers({}, { processes: 2 });
    await engine.start(work({}, { namespace: "a" }), recordingListener()).fitted;
    const long = engine.start(work({ steps: 200, step_ms: 20 }, { namespace: "b" }), recordingListener());
    await engine.start(work({}, { namespace: "c" }), recordingListener()).fitted;
    expect(engine.figures.map(({ namespace }) => namespace).sort()).toEqual(["b", "c"]);
    long.cancel();
    await expect(long.fitted).rejects.toMatchObject({ code: "cancelled" });
  });

  it("without work end after their time", async () => {
    const { engine, ended } = fakeTrainers({}, { idleMs: 50 });
    await engine.start(work(), recordingListener()).fitted;
    await until(async () => expect(engine.figures).toEqual([]));
    expect(ended).toMatchObject([{ expected: true, wasReady: true }]);
  });

  it("of an environment that was installed again are not used any more", async () => {
    const parts = { ...fakeEnvironment() };
    const { engine, started } = fakeTrainers(parts, { processes: 1 });
    await engine.start(work(), recordingListener()).fitted;
    Object.assign(parts, fakeEnvironment({ trainers: ["ridge", "xgb_regressor"] }));
    await engine.start(work(), recordingListener()).fitted;
    expect(started).toHaveLength(2);
    expect(engine.availability).toMatchObject({ trainers: new Set(["ridge", "xgb_regressor"]) });
  });

  it("are not started where nothing is installed", async () => {
    const reason = "no trainer is installed";
    const { engine } = fakeTrainers({ availability: { kind: "missing", reason }, program: undefined });
    const run = engine.start(work(), recordingListener());
    await expect(run.fitted).rejects.toMatchObject({ code: "failed_precondition", message: reason });
  });
});

describe("a process that goes wrong", () => {
  it.each([
    ["ends", { exit: 3 }, "unavailable", "ended with code 3"],
    ["is killed", { signal: "SIGKILL" }, "unavailable", "was killed (signal 9)"],
    ["crashes", { signal: "SIGSEGV" }, "unavailable", "SIGSEGV"],
    ["announces a frame of two gigabytes", { garbage: "length" }, "internal", "must not send"],
    ["sends bytes that are no message", { garbage: "bytes" }, "internal", "must not send"],
    ["sends a message of other fields", { garbage: "message" }, "internal", "must not send"],
    ["speaks of another job", { garbage: "other job" }, "internal", "must not send"],
    ["ends in the middle of a frame", { garbage: "half", exit: 0 }, "unavailable", "ended with code 0"],
  ] as const)("because it %s fails its training alone", async (_, misdeed, code, message) => {
    const { engine, ended } = fakeTrainers();
    const beside = engine.start(
      work({ steps: 20, step_ms: 10 }, { namespace: "beside" }),
      recordingListener(),
    );
    const run = engine.start(work({ steps: 3, at: 2, ...misdeed }), recordingListener());
    await expect(run.fitted).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
    await beside.fitted;
    await until(async () => expect(ended).toHaveLength(1));
    await engine.start(work(), recordingListener()).fitted;
  });

  it("is ended with all that it started", async () => {
    const { engine } = fakeTrainers();
    await engine.start(work({ fork: true }), recordingListener()).fitted;
    const run = engine.start(work({ fork: true, exit: 0 }), recordingListener());
    await expect(run.fitted).rejects.toMatchObject({ code: "unavailable" });
  });

  it("during the export fails the export, after the fit was answered", async () => {
    const { engine } = fakeTrainers();
    const run = engine.start(work({ converting: { exit: 1 } }, { export: true }), recordingListener());
    await run.fitted;
    await expect(run.exported).rejects.toMatchObject({ code: "unavailable" });
  });

  it("and takes more memory than it may is killed, and the error names the limit", async () => {
    const { engine } = fakeTrainers({}, { memoryBytes: 200_000_000 });
    const run = engine.start(work({ steps: 1_000, step_ms: 20, allocate: 300_000_000 }), recordingListener());
    await expect(run.fitted).rejects.toMatchObject({
      code: "resource_exhausted",
      retryable: false,
      message: expect.stringMatching(/may take 200000000.*training\.memory_bytes/),
    });
  });

  it("and takes longer than it may is killed, and the error names the setting", async () => {
    const { engine } = fakeTrainers({}, { timeMs: 200 });
    const run = engine.start(work({ deaf: true }), recordingListener());
    await expect(run.fitted).rejects.toMatchObject({
      code: "deadline_exceeded",
      message: expect.stringContaining("training.time_ms"),
    });
  });

  it("and writes without end loses lines' ends, and no memory is taken", async () => {
    const { engine } = fakeTrainers();
    const listener = recordingListener();
    await engine.start(work({ lines: 5_000 }), listener).fitted;
    await until(async () => expect(listener.lines.slice(0, 2)).toEqual(["line 0", "line 1"]));
  });

  it("and never is ready fails what waits for it, and the next start waits", async () => {
    const { engine, ended } = fakeTrainers({ silent: true }, { startMs: 100 });
    const run = engine.start(work(), recordingListener());
    await expect(run.fitted).rejects.toMatchObject({ code: "unavailable" });
    await until(async () => expect(ended).toMatchObject([{ wasReady: false }]));
    const next = engine.start(work(), recordingListener());
    await expect(next.fitted).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringContaining("headgate trainer status"),
      retryAfterMs: expect.any(Number),
    });
    expect(ended).toHaveLength(1);
  });

  it("and ends before it is ready says what it wrote to the log", async () => {
    const { engine, ended } = fakeTrainers({ start: { lines: 1, exit: 1 } });
    const run = engine.start(work(), recordingListener());
    await expect(run.fitted).rejects.toMatchObject({
      message: expect.stringContaining("before it was ready"),
    });
    expect(ended).toMatchObject([{ expected: false, wasReady: false, lastLines: ["line 0"] }]);
  });

  it("because its program is not there is an error and nothing worse", async () => {
    const { availability, program } = fakeEnvironment();
    if (program === undefined) throw new Error("the fake has a program");
    for (const broken of [
      { ...program, command: "/no/such/python" },
      { ...program, folder: "/no/such/folder" },
    ]) {
      const { engine } = fakeTrainers({ availability, program: broken });
      await expect(engine.start(work(), recordingListener()).fitted).rejects.toMatchObject({
        code: "unavailable",
      });
    }
  });
});

describe("a cancelled training", () => {
  it("stops by itself, and the process stays", async () => {
    const { engine, ended } = fakeTrainers();
    const listener = recordingListener();
    const run = engine.start(work({ steps: 10_000, step_ms: 5 }), listener);
    await until(async () => expect(listener.seen).not.toEqual([]));
    run.cancel();
    await expect(run.fitted).rejects.toMatchObject({ code: "cancelled" });
    await engine.start(work(), recordingListener()).fitted;
    expect(ended).toEqual([]);
  });

  it.each([
    ["ignores the request", { steps: 10_000, step_ms: 5, ignore_cancel: true }],
    ["is in a long call", { deaf: true }],
  ])("of a process that %s ends with it", async (_, fake) => {
    const { engine, ended } = fakeTrainers();
    const listener = recordingListener();
    const first = engine.start(work(), listener);
    await first.fitted;
    const run = engine.start(work(fake), listener);
    run.cancel();
    await expect(run.fitted).rejects.toMatchObject({ code: "cancelled" });
    await until(async () => expect(ended).toHaveLength(1));
  });

  it("of a process that ends for it was cancelled, and nothing has died", async () => {
    const { engine, ended } = fakeTrainers({ exit_on_cancel: true });
    const listener = recordingListener();
    const run = engine.start(work({ steps: 10_000, step_ms: 5 }), listener);
    await until(async () => expect(listener.seen).not.toEqual([]));
    run.cancel();
    await expect(run.fitted).rejects.toMatchObject({ code: "cancelled" });
    await until(async () => expect(ended).toMatchObject([{ expected: true }]));
  });

  it("while it waits for a process is over at once", async () => {
    const { engine } = fakeTrainers({}, { processes: 1 });
    const first = engine.start(work({ steps: 30, step_ms: 5 }), recordingListener());
    const second = engine.start(work({}, { export: true }), recordingListener());
    second.cancel();
    await expect(second.exported).rejects.toMatchObject({ code: "cancelled" });
    await first.fitted;
  });

  it("while its process starts is over at once, and the process serves the next", async () => {
    const { engine, started } = fakeTrainers({ start_ms: 100 });
    const run = engine.start(work(), recordingListener());
    run.cancel();
    await expect(run.fitted).rejects.toMatchObject({ code: "cancelled" });
    await until(async () => expect(started).toHaveLength(1));
    await engine.start(work(), recordingListener()).fitted;
    expect(started).toHaveLength(1);
  });

  it("while it is exported fails the export", async () => {
    const { engine } = fakeTrainers();
    const run = engine.start(work({ convert_ms: 100 }, { export: true }), recordingListener());
    await run.fitted;
    run.cancel();
    await expect(run.exported).rejects.toMatchObject({ code: "cancelled" });
  });

  it("that has ended stays as it ended", async () => {
    const { engine } = fakeTrainers();
    const run = engine.start(work(), recordingListener());
    await run.fitted;
    run.cancel();
    await engine.start(work(), recordingListener()).fitted;
  });
});

describe("when the gateway is killed", () => {
  it("a trainer that notices nothing ends, and all that it started", async () => {
    const program = fileURLToPath(new URL("../../support/fake-trainer/killed-gateway.ts", import.meta.url));
    const gateway = spawn(process.execPath, ["--import", "tsx", program], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const [said] = await once(gateway.stdout, "data");
    const leader = Number(said);
    // The trainer, what it started, and the guard.
    await until(async () => expect(membersOf(leader)).toHaveLength(3));
    gateway.kill("SIGKILL");
    await until(async () => expect(membersOf(leader)).toEqual([]));
  });
});

describe("when the engine closes", () => {
  it("running and waiting trainings end, and so do all processes", async () => {
    const trainers = fakeTrainers({ ignores_end: true }, { processes: 1 });
    const { engine } = trainers;
    await engine.start(work(), recordingListener()).fitted;
    const running = engine.start(work({ deaf: true, fork: true }), recordingListener());
    const waiting = engine.start(work(), recordingListener());
    await expect(trainers.close()).resolves.toEqual([]);
    await expect(running.fitted).rejects.toMatchObject({ code: "unavailable" });
    await expect(waiting.fitted).rejects.toMatchObject({ code: "unavailable" });
    const late = engine.start(work(), recordingListener());
    await expect(late.fitted).rejects.toMatchObject({ code: "unavailable" });
  });
});
