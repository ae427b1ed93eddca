/** Trainings over a session: what is refused and why, what is answered, and what ends them. */
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { HeadgateError } from "../../protocol/errors.js";
import { fromWire, toWire } from "../../protocol/tensor.js";
import type { TestHouse } from "../support/house.js";
import { anybody } from "../support/requests.js";
import { rowsOf } from "../support/servables.js";
import {
  errorOf,
  heard,
  jobOf,
  joinTraining,
  list,
  matrix,
  resultOf,
  train,
  trainingHouse,
} from "../support/training-session.js";

const runs = (house: TestHouse) => house.training.trainer.runs;

describe("a training without background", () => {
  it("is answered with the fitted attributes once it has fitted", async () => {
    const house = trainingHouse();
    const { session, ask } = await joinTraining(house);
    expect(await ask(train(1))).toEqual([]);
    expect(runs(house)).toHaveLength(1);
    house.training.trainer.runs[0]?.finishFit();
    const [answer, ...others] = await heard(house, session);
    expect(others).toEqual([]);
    expect(answer).toMatchObject({
      type: "result",
      id: 1,
      model: "ridge",
      version: "1",
      backend: "trainer",
      precision: "native",
      timing: { queue_ms: 0, compute_ms: 40, batch_size: 1 },
      training: { fit_ms: 40, convert_ms: null, libraries: { python: "3.11", "scikit-learn": "1.9.1" } },
    });
    const { outputs } = resultOf(answer);
    expect(Object.keys(outputs)).toEqual(["coef", "train_score"]);
    expect(fromWire(outputs["coef"] ?? list()).data).toEqual(Float64Array.of(1, 2));
    expect(answer).not.toHaveProperty("inputs_used");
    expect(answer).not.toHaveProperty("cached");
  });

  it("gives the trainer the inputs as they came, and the parameters with all defaults", async () => {
    const house = trainingHouse();
    const { ask } = await joinTraining(house);
    const steps = [{ trainer: "scaler" }, { trainer: "mlp", parameters: { hidden_layer_sizes: [8, 4] } }];
    await ask(train(1, { trainer: "pipeline", parameters: { steps } }));
    const { work } = runs(house)[0] ?? {};
    expect(work).toMatchObject({
      namespace: "default",
      trainer: "pipeline",
      export: false,
      parameters: {
        steps: [
          { trainer: "scaler", parameters: { with_mean: true } },
          {
            trainer: "mlp",
            parameters: { hidden_layer_sizes: [8, 4], class_weight: null, stopping: null },
          },
        ],
      },
    });
    expect(work?.inputs["X"]).toEqual({
      datatype: "FP64",
      shape: [3, 2],
      data: Float64Array.of(0, 1, 2, 3, 4, 5),
    });
  });

  it("answers its handle before the model is exported, and exports because of it", async () => {
    const house = trainingHouse();
    const { session, ask } = await joinTraining(house);
    await ask(train(1, { keep_seconds: 60 }));
    const run = runs(house)[0];
    expect(run?.work.export).toBe(true);
    run?.finishFit();
    const { outputs } = resultOf((await heard(house, session))[0]);
    expect(outputs["handle"]).toEqual({ datatype: "BYTES", shape: [], data: ["handle-1"] });
    run?.finishExport();
    await heard(house, session);
    expect(house.training.models.opened).toEqual(["handle-1"]);
  });

  it("with publish waits until the version serves", async () => {
    const house = trainingHouse();
    const { session, ask } = await joinTraining(house);
    await ask(train(1, { publish: { model: "direction", traffic: 0.1 } }));
    runs(house)[0]?.finishFit();
    expect(await heard(house, session)).toEqual([]);
    runs(house)[0]?.finishExport();
    const [answer] = await heard(house, session);
    expect(resultOf(answer).training).toMatchObject({
      convert_ms: 7,
      published: { model: "direction", version: "1" },
    });
    const [published] = house.training.models.published;
    expect(published?.publication).toEqual({ model: "direction", traffic: 0.1 });
  });

  it("tells a model's card the hash of the data, as that of a dataset with these columns", async () => {
    const house = trainingHouse();
    const { session, ask } = await joinTraining(house);
    const [put] = await ask({
      type: "put",
      id: 1,
      columns: { X: matrix(3, 2), y: list(1, 2, 3) },
    });
    await ask(train(2, { publish: { model: "direction" } }));
    runs(house)[0]?.finishFit();
    await heard(house, session);
    runs(house)[0]?.finishExport();
    await heard(house, session);
    const { card } = house.training.models.published[0] ?? {};
    expect(card).toMatchObject({ rows: 3, columns: 2, dataSha256: (put as { sha256?: string }).sha256 });
  });

  it("tells it the strings of a column too, each after its length", async () => {
    const house = trainingHouse();
    const { session, ask } = await joinTraining(house);
    const y = { datatype: "BYTES", shape: [3], data: ["up", "", "ä"] } as const;
    await ask(train(1, { inputs: { y, X: matrix(3, 1) }, publish: { model: "direction" } }));
    runs(house)[0]?.finishFit();
    await heard(house, session);
    runs(house)[0]?.finishExport();
    await heard(house, session);
    const sha256 = (bytes: string | Uint8Array) => createHash("sha256").update(bytes).digest("hex");
    const strings = Buffer.from("020000007570" + "00000000" + "02000000c3a4", "hex");
    const lines = [
      `FP64 3,1 ${sha256(matrix(3, 1).data as Uint8Array)} X`,
      `BYTES 3 ${sha256(strings)} y`,
    ].map((line) => `${line}\n`);
    expect(house.training.models.published[0]?.card.dataSha256).toBe(sha256(lines.join("")));
  });
});

describe("a training in the background", () => {
  it("is acked with the job's name, and goes on without its connection", async () => {
    const house = trainingHouse();
    const { session, only } = await joinTraining(house);
    const job = jobOf(await only(train(1, { background: true, label: "nightly" })));
    session.session.gone();
    await house.clock.settle();
    expect(runs(house)[0]?.cancelled).toBe(false);
    runs(house)[0]?.finishFit();
    const other = await joinTraining(house);
    expect(await other.only({ type: "jobs", id: 1, job })).toMatchObject({
      job,
      state: { kind: "job_state", job, trainer: "ridge", label: "nightly", state: "done", fit_ms: 40 },
    });
  });
});

describe("the end of a request that waits for a training", () => {
  it("comes with a cancel frame, and ends the training", async () => {
    const house = trainingHouse();
    const { ask } = await joinTraining(house);
    await ask(train(1));
    const [answer] = await ask({ type: "cancel", id: 1 });
    expect(errorOf(answer)).toMatchObject({ code: "cancelled", processed: "maybe" });
    expect(runs(house)[0]?.cancelled).toBe(true);
  });

  it("comes with the end of its connection, and ends the training", async () => {
    const house = trainingHouse();
    const { session, ask } = await joinTraining(house);
    await ask(train(1));
    session.session.gone();
    await house.clock.settle();
    expect(runs(house)[0]?.cancelled).toBe(true);
    expect(house.house.requests.lifecycle.inFlight).toBe(0);
  });

  it("comes with its deadline", async () => {
    const house = trainingHouse();
    const { session, ask } = await joinTraining(house);
    await ask(train(1, { timeout_ms: 500 }));
    await house.clock.advance(499);
    expect(await heard(house, session)).toEqual([]);
    await house.clock.advance(1);
    const [answer] = await heard(house, session);
    expect(errorOf(answer)).toMatchObject({ code: "deadline_exceeded", processed: "maybe" });
    expect(runs(house)[0]?.cancelled).toBe(true);
  });

  it("comes with the trainer's own error, as it is told", async () => {
    const house = trainingHouse();
    const { session, ask } = await joinTraining(house);
    await ask(train(1));
    runs(house)[0]?.fail(new HeadgateError("invalid_argument", "inputs.y: has one class only"));
    const [answer] = await heard(house, session);
    expect(errorOf(answer)).toMatchObject({
      code: "invalid_argument",
      message: "inputs.y: has one class only",
    });
  });
});

const notANumber = toWire({ datatype: "FP64", shape: [3], data: Float64Array.of(1, Number.NaN, 3) });

describe("a training that is refused", () => {
  it.each([
    [
      "a wrong parameter, with its path",
      train(1, {
        trainer: "pipeline",
        parameters: { steps: [{ trainer: "ridge", parameters: { alpha: -1 } }] },
      }),
      "invalid_argument",
      /^parameters\.steps\[0\]\.parameters\.alpha: must be a number at least 0; got -1$/,
    ],
    [
      "NaN in y",
      train(1, { inputs: { X: matrix(3, 2), y: notANumber } }),
      "invalid_argument",
      /^inputs\.y: NaN or infinity at element 1$/,
    ],
    [
      "an input too few",
      train(1, { inputs: { X: matrix(3, 2) } }),
      "invalid_argument",
      /^inputs\.y: missing/,
    ],
    [
      "an unknown input",
      train(1, { inputs: { X: matrix(3, 2), y: list(1, 2, 3), Z: list(1) } }),
      "invalid_argument",
      /^inputs\.Z: ridge has no such input/,
    ],
    [
      "other numbers of rows",
      train(1, { inputs: { X: matrix(3, 2), y: list(1, 2) } }),
      "invalid_argument",
      /^inputs\.y\.shape: must be \[rows=3\]/,
    ],
    [
      "an unknown trainer",
      train(1, { trainer: "forest" }),
      "not_found",
      /^trainer: no trainer "forest"; trainers are mlp, pipeline, ridge$/,
    ],
    ["a fit", train(1, { trainer: "fit" }), "invalid_argument", /^trainer: fit is a fit: send it an infer/],
    [
      "a model",
      train(1, { trainer: "echo" }),
      "invalid_argument",
      /^trainer: echo is a model: send it an infer/,
    ],
    [
      "an unknown version",
      train(1, { version: "2" }),
      "not_found",
      /^version: ridge has no version "2"; it has 1$/,
    ],
    [
      "a priority that there is not",
      train(1, { priority: 9 }),
      "invalid_argument",
      /^priority: ridge has levels 1/,
    ],
    [
      "an unknown dataset",
      train(1, { inputs: { X: { ref: "prices" }, y: list(1) } }),
      "not_found",
      /^inputs\.X\.ref: /,
    ],
    [
      "an infer",
      { type: "infer", id: 1, model: "ridge", inputs: {} } as const,
      "failed_precondition",
      /^model: ridge is a trainer; send it a train instead/,
    ],
  ])("for %s", async (_, frame, code, message) => {
    const house = trainingHouse();
    const { only } = await joinTraining(house);
    const error = errorOf(await only(frame));
    expect(error).toMatchObject({ code, processed: "no" });
    expect(error.message).toMatch(message);
    expect(runs(house)).toEqual([]);
    expect(house.house.requests.lifecycle.inFlight).toBe(0);
  });

  it("while the gateway drains", async () => {
    const house = trainingHouse();
    const { only } = await joinTraining(house);
    house.house.requests.lifecycle.drain();
    expect(errorOf(await only(train(1)))).toMatchObject({ code: "unavailable", processed: "no" });
  });

  it("for a publication that cannot be, before anything is trained", async () => {
    const house = trainingHouse();
    const { only } = await joinTraining(house);
    house.training.models.refusal = new HeadgateError("failed_precondition", "publish.version: 3 is there");
    expect(errorOf(await only(train(1, { publish: { model: "m", version: "3" } })))).toMatchObject({
      code: "failed_precondition",
      message: "publish.version: 3 is there",
    });
    expect(runs(house)).toEqual([]);
  });

  it("for its tenant's quota of bytes, which its tensors count for", async () => {
    const house = trainingHouse({ quotas: { bytes: { per_second: 50, burst: 71 } } });
    const { only } = await joinTraining(house);
    expect(errorOf(await only(train(1)))).toMatchObject({ code: "resource_exhausted" }); // 48 bytes and 24
    expect(
      await only(train(2, { inputs: { X: matrix(2, 2), y: list(1, 2) }, background: true })),
    ).toMatchObject({
      type: "ack",
    });
  });
});

describe("without a trainer", () => {
  const reason = "no trainer is installed: headgate trainer install";

  it("a training is refused with the command to type, and an infer is told to train", async () => {
    const house = trainingHouse();
    house.training.trainer.availability = { kind: "missing", reason };
    const { only } = await joinTraining(house);
    expect(errorOf(await only(train(1)))).toEqual({
      code: "failed_precondition",
      message: `trainer: ridge: ${reason}`,
      processed: "no",
    });
    expect(errorOf(await only({ type: "infer", id: 2, model: "ridge", inputs: {} })).message).toMatch(
      /^model: ridge is a trainer/,
    );
  });

  it("describe tells so, and tells what is there once it was installed", async () => {
    const house = trainingHouse();
    const { only } = await joinTraining(house);
    const found = async (id: number) => {
      const { models } = (await only({ type: "describe", id, model: "ridge" })) as unknown as {
        models: unknown[];
      };
      return models[0];
    };
    house.training.trainer.availability = { kind: "missing", reason };
    expect(await found(1)).toMatchObject({ kind: "trainer", state: "unavailable", reason });
    house.training.trainer.availability = {
      kind: "ready",
      libraries: {},
      trainers: new Set(["ridge"]),
      cuda: false,
    };
    expect(await found(2)).toMatchObject({ kind: "trainer", state: "ready" });
    expect(await found(3)).not.toHaveProperty("reason");
    const lacking = errorOf(await only(train(4, { trainer: "mlp" })));
    expect(lacking.code).toBe("failed_precondition");
    expect(lacking.message).toMatch(/^trainer: mlp: .*headgate trainer install/);
    await only(train(5, { background: true }));
    expect(runs(house)).toHaveLength(1);
  });
});

describe("a training by reference", () => {
  it("reads the rows that the references stood for when it was accepted, and answers which they were", async () => {
    const house = trainingHouse();
    const { session, only, ask } = await joinTraining(house);
    const put = await only({
      type: "put",
      id: 1,
      dataset: "prices",
      columns: { a: list(1, 2, 3, 4), b: list(5, 6, 7, 8), y: list(0, 1, 0, 1) },
    });
    const { version } = put as { version?: string };
    await ask(
      train(2, {
        inputs: {
          X: { ref: "prices", last: 3, columns: ["b", "a"] },
          y: { ref: "prices", rows: [1, 4], columns: "y" },
        },
      }),
      { type: "append", id: 3, dataset: "prices", columns: { a: list(9), b: list(9), y: list(9) } },
    );
    const { work } = runs(house)[0] ?? {};
    expect(work?.inputs["X"]).toMatchObject({ shape: [3, 2], data: Float64Array.of(6, 2, 7, 3, 8, 4) });
    expect(work?.inputs["y"]).toMatchObject({ shape: [3], data: Float64Array.of(1, 0, 1) });
    runs(house)[0]?.finishFit();
    const used = {
      X: { ref: "prices", version, rows: [1, 4], columns: ["b", "a"] },
      y: { ref: "prices", version, rows: [1, 4], columns: "y" },
    };
    expect(resultOf((await heard(house, session))[0]).inputs_used).toEqual(used);
    const background = train(4, {
      inputs: { X: { ref: "prices", columns: ["a"], last: 2 }, y: list(1, 2) },
      background: true,
    });
    expect(await only(background)).toMatchObject({
      inputs_used: { X: { ref: "prices", rows: [3, 5], columns: ["a"] } },
    });
  });

  it("is refused for NaN in the rows, once they are read", async () => {
    const house = trainingHouse();
    const { only } = await joinTraining(house);
    await only({ type: "put", id: 1, dataset: "prices", columns: { X: matrix(3, 2), y: notANumber } });
    const inputs = { X: { ref: "prices", columns: "X" }, y: { ref: "prices", columns: "y" } };
    expect(errorOf(await only(train(2, { inputs })))).toMatchObject({
      code: "invalid_argument",
      message: "inputs.y: NaN or infinity at element 1",
    });
  });
});

describe("an idempotency key", () => {
  it("brings the first answer again, and nothing is trained again", async () => {
    const house = trainingHouse();
    const { session, ask, only } = await joinTraining(house);
    await ask(train(1, { key: "k1" }));
    runs(house)[0]?.finishFit();
    const first = resultOf((await heard(house, session))[0]);
    const again = await only(train(2, { key: "k1" }));
    expect(again).toEqual({ ...first, id: 2, cached: true });
    expect(runs(house)).toHaveLength(1);
  });

  it("brings requests that wait at one time the same training", async () => {
    const house = trainingHouse();
    const { session, ask } = await joinTraining(house);
    await ask(train(1, { key: "k1" }), train(2, { key: "k1" }));
    runs(house)[0]?.finishFit();
    const [first, second] = await heard(house, session);
    expect(resultOf(second).training?.job).toBe(resultOf(first).training?.job);
    expect(runs(house)).toHaveLength(1);
  });

  it("brings the same job in the background", async () => {
    const house = trainingHouse();
    const { only } = await joinTraining(house);
    const job = jobOf(await only(train(1, { key: "k1", background: true })));
    expect(jobOf(await only(train(2, { key: "k1", background: true })))).toBe(job);
    expect(runs(house)).toHaveLength(1);
  });

  it.each([
    ["parameters", { parameters: { alpha: 2 } }],
    ["inputs", { inputs: { X: matrix(3, 2, 1), y: list(1, 2, 3) } }],
    ["keep_seconds", { keep_seconds: 1 }],
    ["publish", { publish: { model: "m" } }],
    ["background", { background: true }],
    ["trainer", { trainer: "mlp" }],
  ])("is refused for a request with other %s", async (_, other) => {
    const house = trainingHouse();
    const { session, ask, only } = await joinTraining(house);
    await ask(train(1, { key: "k1" }));
    runs(house)[0]?.finishFit();
    await heard(house, session);
    expect(errorOf(await only(train(2, { key: "k1", ...other })))).toMatchObject({
      code: "failed_precondition",
      message: "key: it was used for another request; use a key once",
    });
  });

  it("of an infer is no key of a training", async () => {
    const house = trainingHouse();
    const { ask, only, session } = await joinTraining(house);
    await ask({ type: "infer", id: 1, model: "fit", inputs: { X: rowsOf(1) }, key: "k1" });
    house.engine.finishAll();
    resultOf((await heard(house, session))[0]);
    expect(errorOf(await only(train(2, { key: "k1" })))).toMatchObject({ code: "failed_precondition" });
  });
});

describe("jobs", () => {
  it("are listed newest first, in pages, by state, and only those of the namespace", async () => {
    const house = trainingHouse();
    const { session, ask, only } = await joinTraining(house);
    const names: string[] = [];
    for (let id = 1; id <= 3; id++) names.unshift(jobOf(await only(train(id, { background: true }))));
    const listed = async (more: object) => {
      const { jobs, next } = (await only({ type: "jobs", id: 9, ...more })) as unknown as {
        jobs: { job: string }[];
        next?: string;
      };
      return { jobs: jobs.map(({ job }) => job), next };
    };
    expect(await listed({})).toEqual({ jobs: names, next: undefined });
    expect(await listed({ limit: 2 })).toEqual({ jobs: names.slice(0, 2), next: names[1] });
    expect(await listed({ limit: 2, before: names[1] })).toEqual({ jobs: names.slice(2), next: undefined });
    expect(await listed({ state: "running" })).toEqual({ jobs: names.slice(2), next: undefined });
    expect(errorOf(await only({ type: "jobs", id: 10, before: "nothing" }))).toMatchObject({
      code: "not_found",
    });
    const other = await joinTraining(house, { ...anybody, tenant: "other", namespace: "other" });
    expect(await other.only({ type: "jobs", id: 1 })).toEqual({ type: "ack", id: 1, jobs: [] });
    const [job = ""] = names;
    expect(errorOf(await other.only({ type: "jobs", id: 2, job }))).toMatchObject({ code: "not_found" });
    expect(errorOf(await other.only({ type: "cancel_job", id: 3, job }))).toMatchObject({
      code: "not_found",
    });
    await ask({ type: "cancel_job", id: 11, job });
    await heard(house, session);
  });

  it("are described with what is asked for, and no more", async () => {
    const house = trainingHouse();
    const { session, only } = await joinTraining(house);
    const job = jobOf(await only(train(1, { background: true, keep_seconds: 60 })));
    const run = runs(house)[0];
    run?.listener.log("Iteration 1, loss = 0.5");
    run?.listener.progress({ iteration: 1, loss: 0.5, shareDone: 0.5 });
    expect(Object.keys(await only({ type: "jobs", id: 2, job }))).toEqual(["type", "id", "job", "state"]);
    expect(await only({ type: "jobs", id: 3, job, log: true })).toMatchObject({
      state: { state: "running", stage: "fit", share_done: 0.5, loss: 0.5 },
      log: ["Iteration 1, loss = 0.5"],
      curve: [{ iteration: 1, loss: 0.5, score: null }],
    });
    expect(await only({ type: "jobs", id: 4, job, outputs: true })).not.toHaveProperty("outputs");
    run?.finishFit();
    run?.finishExport();
    await heard(house, session);
    const described = await only({ type: "jobs", id: 5, job, outputs: true, onnx_from: 1 });
    expect(described).toMatchObject({
      outputs: { coef: { datatype: "FP64", shape: [2] } },
      training: { job, fit_ms: 40, convert_ms: 7 },
      onnx: { from: 1, total: 3, bytes: Uint8Array.of(2, 3) },
    });
  });

  it("that keep no model have no bytes of one", async () => {
    const house = trainingHouse();
    const { only } = await joinTraining(house);
    const job = jobOf(await only(train(1, { background: true })));
    expect(errorOf(await only({ type: "jobs", id: 2, job, onnx_from: 0 }))).toMatchObject({
      code: "failed_precondition",
      message: `onnx_from: the job ${job} keeps no model: train with keep_seconds`,
    });
  });

  it("are cancelled once", async () => {
    const house = trainingHouse();
    const { only } = await joinTraining(house);
    const job = jobOf(await only(train(1, { background: true })));
    expect(await only({ type: "cancel_job", id: 2, job })).toMatchObject({
      type: "ack",
      id: 2,
      job,
      state: { job, state: "cancelled", stage: null },
    });
    expect(runs(house)[0]?.cancelled).toBe(true);
    expect(errorOf(await only({ type: "cancel_job", id: 3, job }))).toMatchObject({
      code: "failed_precondition",
    });
    expect(errorOf(await only({ type: "cancel_job", id: 4, job: "nothing" }))).toMatchObject({
      code: "not_found",
    });
  });

  it("are cancelled also by a tenant that has no request left", async () => {
    const house = trainingHouse({ quotas: { requests: { per_second: 0.001, burst: 1 } } });
    const { only } = await joinTraining(house);
    const job = jobOf(await only(train(1, { background: true })));
    expect(errorOf(await only({ type: "jobs", id: 2 }))).toMatchObject({ code: "resource_exhausted" });
    expect(await only({ type: "cancel_job", id: 3, job })).toMatchObject({ state: { state: "cancelled" } });
  });
});
