/** A retraining from its start to its decision: what is trained on which rows, and what the champion is asked. */
import { describe, expect, test } from "vitest";
import type { ScheduleRecord } from "../../gateway/schedules/schedule-record.js";
import { HeadgateError } from "../../protocol/errors.js";
import type { DatasetReference } from "../../protocol/reference.js";
import { model } from "../support/servables.js";
import { fp64, RetrainingRig } from "./fakes.js";

/** Predictions of all rows, each so far from the row's number. */
const off = (rows: number, by: number) => ({
  predictions: fp64(Array.from({ length: rows }, (_, i) => (i < 0 ? Number.NaN : i + by))),
});

/** The tables of the rig's inputs. */
const tables = "X:a y:labels-table";

const championOf = (to: number, table = tables, X?: DatasetReference): Partial<ScheduleRecord> => ({
  published: [{ version: "1", rows: { table, from: 0, to }, X, classes: null }],
});

function rigWithChampion(rows = 100): RetrainingRig {
  const rig = new RetrainingRig();
  rig.grow(rows);
  rig.versions.set("1", { aliases: ["champion"], share: 1 });
  return rig;
}

describe("a retraining", () => {
  test("scores on the newest rows, trains on all, and publishes as the challenger without traffic", async () => {
    const rig = new RetrainingRig();
    rig.grow(100);
    const given = rig.record({
      parameters: { alpha: 2 },
      last_rows: 60,
      expires_after_ms: 86_400_000,
      validation: { rows: 10, folds: 2, purge: 3, score: "mae" },
    });
    let record = await rig.advance(rig.begin(given));
    const inputs = {
      X: { ref: "bars", version: "v2", rows: [40, 100], columns: ["x"] },
      y: { ref: "labels", version: "v2", rows: [40, 100] },
    };
    expect(rig.submitted).toEqual([
      {
        job: "abc-7-evaluate",
        label: "nightly: scores the candidate",
        trainer: "walk_forward",
        inputs,
        parameters: {
          estimator: { trainer: "ridge", parameters: { alpha: 2 } },
          splitter: { kind: "expanding", train_rows: 47, test_rows: 5, purge: 3 },
          method: "predict",
          predictions: "onnx",
        },
      },
    ]);
    expect(await rig.advance(record)).toBe(record);
    // Rows that come meanwhile change nothing: the version is the newest, the rows are the same.
    rig.grow(30);
    rig.end("done", {}, off(60, 0));
    record = await rig.advance(await rig.advance(record));
    expect(rig.submitted[1]).toEqual({
      job: "abc-7-train",
      label: "nightly: trains the candidate",
      trainer: "ridge",
      parameters: { alpha: 2 },
      inputs: { X: { ...inputs.X, version: "v3" }, y: { ...inputs.y, version: "v3" } },
      publication: { model: "mine", traffic: 0, aliases: ["challenger"], expires_after_ms: 86_400_000 },
    });
  });

  test("submits a job once, whatever restarts", async () => {
    const rig = rigWithChampion();
    const record = rig.begin(rig.record());
    for (let i = 0; i < 3; i++) await rig.advance(record);
    expect(rig.submitted).toHaveLength(1);
  });

  test("of a model without a version is promoted, and its record says so", async () => {
    const rig = new RetrainingRig();
    rig.grow(100);
    const decided = await rig.upToDecision(rig.begin(rig.record()), "1", off(100, 2));
    expect(rig.promotions).toEqual([]);
    const over = await rig.advance(decided);
    expect(over).toMatchObject({
      retraining: null,
      last: {
        version: "1",
        promoted: true,
        reason: "first_version",
        score: "mae",
        candidate: 2,
        champion: null,
        champion_score: null,
        rows: [90, 100],
        champion_trained_on: null,
      },
      published: [
        { version: "1", rows: { table: tables, from: 0, to: 100 }, X: { ref: "bars", columns: ["x"] } },
      ],
    });
    const reason = "nightly: the first version; mae 2 on the rows 90 to 99";
    const by = "schedule:nightly of key:3f9a";
    expect(rig.promotions).toEqual([
      { model: "mine", version: "1", alias: "champion", traffic: 1, reason, by },
    ]);
  });

  test.each([
    ["not worse", 2, "not_worse", true],
    ["worse", 2.5, "worse", false],
  ] as const)(
    "that is %s than the champion on the rows that are new to it",
    async (_, by, reason, promoted) => {
      const rig = rigWithChampion();
      rig.answer = (x) => fp64(x.map((each) => each + 2));
      const given = rig.record({}, championOf(94));
      const over = await rig.advance(await rig.upToDecision(rig.begin(given), "2", off(100, by)));
      expect(over.last).toMatchObject({
        reason,
        promoted,
        candidate: by,
        champion: "1",
        champion_score: 2,
        rows: [94, 100],
        champion_trained_on: "none",
      });
      expect(rig.promotions.map(({ reason: why }) => why)).toEqual(
        promoted ? ["nightly: not worse than the champion; mae 2 on the rows 94 to 99, version 1 2"] : [],
      );
      expect(rig.versions.get("1")?.aliases).toEqual(promoted ? [] : ["champion"]);
    },
  );

  test("asks the champion a batch at a time, in its datatype, and only for the compared rows", async () => {
    const rig = rigWithChampion();
    rig.servable = model({ maxBatchSize: 4 }, "mine");
    await rig.upToDecision(rig.begin(rig.record({}, championOf(80))), "2", off(100, 0));
    const asked = rig.asked.map(({ version, inputs: { X } }) => [version, X?.datatype, X?.shape]);
    const wanted = rig.servable.signature.inputs.find(({ name }) => name === "X")?.datatypes[0] ?? "FP64";
    expect(asked).toEqual([
      ["1", wanted, [4, 1]],
      ["1", wanted, [4, 1]],
      ["1", wanted, [2, 1]],
    ]);
  });

  test.each([
    ["some", championOf(100)],
    ["unknown", {}],
    ["unknown", championOf(10, "of another table")],
  ] as const)("tells where the champion was trained on the rows: %s", async (trainedOn, more) => {
    const rig = rigWithChampion();
    const decided = await rig.upToDecision(rig.begin(rig.record({}, more)), "2", off(100, 1));
    expect(decided.retraining?.decision).toMatchObject({
      champion_trained_on: trainedOn,
      rows: [90, 100],
      reason: "worse",
    });
  });

  test("is compared with the version of most traffic where no alias says which is the champion", async () => {
    const rig = new RetrainingRig();
    rig.grow(100);
    for (const [version, share] of [
      ["1", 0.3],
      ["2", 0.7],
    ] as const)
      rig.versions.set(version, { aliases: [], share });
    const decided = await rig.upToDecision(rig.begin(rig.record()), "3", off(100, 0));
    expect(decided.retraining?.decision).toMatchObject({ champion: "2", reason: "not_worse" });
  });

  test("whose champion cannot be asked stays the challenger, and the decision says why", async () => {
    const rig = rigWithChampion();
    rig.answer = () => {
      throw new HeadgateError("unavailable", "model: mine version 1: its file is damaged");
    };
    const decided = await rig.upToDecision(rig.begin(rig.record()), "2", off(100, 0));
    expect(decided.retraining?.decision).toMatchObject({
      promoted: false,
      reason: "not_scored",
      message: "the champion, version 1, was not scored: model: mine version 1: its file is damaged",
    });
    rig.answer = () => {
      throw new HeadgateError("resource_exhausted", "too many requests wait");
    };
    const again = { ...decided, retraining: decided.retraining && { ...decided.retraining, decision: null } };
    await expect(rig.advance(again)).rejects.toThrow("too many requests wait");
  });

  test("with a score that is no number is not promoted, by no rule", async () => {
    for (const promote of ["if_not_worse", "always"] as const) {
      const rig = rigWithChampion();
      const decided = await rig.upToDecision(rig.begin(rig.record({ promote })), "2", off(100, Number.NaN));
      expect(decided.retraining?.decision).toMatchObject({
        promoted: false,
        reason: "not_finite",
        candidate: null,
      });
    }
  });

  test.each([
    ["other columns", { ref: "bars", columns: ["z"] }, ["x"], "the columns z of bars"],
    [
      "the same columns in another order",
      { ref: "bars", columns: ["z", "x"] },
      ["x", "z"],
      "the columns z, x of bars",
    ],
    ["all columns of another dataset", { ref: "ticks" }, undefined, "all columns of ticks"],
  ] as const)(
    "is not compared with a champion that was trained on %s",
    async (_, trainedOn, columns, told) => {
      const rig = rigWithChampion();
      const X = { ref: "bars", ...(columns && { columns }) };
      const given = rig.record({ inputs: { X, y: { ref: "labels" } } }, championOf(80, tables, trainedOn));
      const decided = await rig.upToDecision(rig.begin(given), "2", off(100, 0));
      expect(rig.asked).toEqual([]);
      const { decision } = decided.retraining ?? {};
      expect(decision).toMatchObject({ promoted: false, reason: "not_scored", champion_score: null });
      expect(decision?.message).toContain(`it was trained on ${told}, and the schedule has`);
    },
  );

  test("is compared with a champion of the same named columns, whatever dataset they came from", async () => {
    const rig = rigWithChampion();
    const given = rig.record({}, championOf(80, tables, { ref: "older", columns: ["x"] }));
    const decided = await rig.upToDecision(rig.begin(given), "2", off(100, 0));
    expect(decided.retraining?.decision).toMatchObject({ promoted: true, reason: "not_worse" });
  });

  test("is decided on anew where another version was made the champion since", async () => {
    const rig = rigWithChampion();
    rig.answer = (x) => fp64(x.map((each) => each + 2));
    const decided = await rig.upToDecision(rig.begin(rig.record({}, championOf(80))), "2", off(100, 1));
    expect(decided.retraining?.decision).toMatchObject({ champion: "1", promoted: true });
    // By hand, while the gateway was away: it is better than the candidate.
    rig.versions.get("1")?.aliases.splice(0);
    rig.versions.set("9", { aliases: ["champion"], share: 1 });
    rig.answer = (x) => fp64(x);
    const again = await rig.advance(decided);
    expect([rig.promotions, again.retraining?.decision]).toEqual([[], null]);
    const over = await rig.advance(await rig.advance(again));
    expect(over.last).toMatchObject({ champion: "9", promoted: false, reason: "worse" });
    expect(rig.promotions).toEqual([]);
  });

  test("without a validation trains at once, and is promoted or not as it is told", async () => {
    for (const promote of ["always", "never"] as const) {
      const rig = rigWithChampion();
      const given = rig.begin(rig.record({ promote, validation: undefined }));
      const over = await rig.advance(await rig.upToDecision(given, "2"));
      expect(rig.submitted.map(({ job }) => job)).toEqual(["abc-7-train"]);
      expect(over.last).toMatchObject({ promoted: promote === "always", reason: promote, score: null });
      expect(rig.promotions).toHaveLength(promote === "always" ? 1 : 0);
    }
  });

  test("that a gateway promoted before it could write so is not promoted twice", async () => {
    const rig = rigWithChampion();
    const decided = await rig.upToDecision(rig.begin(rig.record({ promote: "always" })), "2", off(100, 0));
    await rig.advance(decided);
    const over = await rig.advance(decided);
    expect(rig.promotions).toHaveLength(1);
    expect(over).toMatchObject({ retraining: null, last: { promoted: true } });
  });

  test("of classes is scored by labels, whatever their datatype is", async () => {
    const rig = rigWithChampion(4);
    Object.assign(rig, { answers: ["labels"], labels: ["up", "down", "up", "down"] });
    rig.answer = (x) => ({ datatype: "BYTES", shape: [x.length], data: x.map(() => "up") });
    const given = rig.record({ validation: { rows: 2 } }, championOf(2));
    const data = ["", "", "up", "down"];
    const predictions = { predictions: { datatype: "BYTES", shape: [4], data } } as const;
    const decided = await rig.upToDecision(rig.begin(given), "2", predictions);
    expect(decided.retraining?.decision).toMatchObject({
      score: "accuracy",
      candidate: 1,
      champion_score: 0.5,
    });
  });

  test("by log loss needs the classes of the champion, which only the schedule that trained it knows", async () => {
    const probabilities = fp64([0.5, 0.5, 0.5, 0.5, 0.9, 0.1, 0.2, 0.8], [4, 2]);
    const outputs = { predictions: probabilities, classes: fp64([0, 1]) };
    const settings = { validation: { rows: 2, score: "log_loss" } } as const;
    for (const classes of [["0", "1"], null]) {
      const rig = rigWithChampion(4);
      Object.assign(rig, { answers: ["probabilities", "labels"], y: [0, 1, 0, 1] });
      rig.answer = (x) =>
        fp64(
          x.flatMap(() => [0.5, 0.5]),
          [x.length, 2],
        );
      const published = [{ version: "1", rows: { table: tables, from: 0, to: 2 }, classes }];
      const begun = rig.begin(rig.record(settings, { published }));
      const decided = await rig.upToDecision(begun, "2", outputs, { classes: fp64([0, 1]) });
      expect(rig.submitted[0]?.parameters).toMatchObject({ method: "predict_proba" });
      const { decision } = decided.retraining ?? {};
      if (classes === null) expect(decision).toMatchObject({ reason: "not_scored" });
      else expect(decision).toMatchObject({ reason: "not_worse", champion_score: Math.LN2 });
      expect(decided.published.at(-1)).toMatchObject({ version: "2", classes: ["0", "1"] });
    }
  });
});

describe("comes to nothing, with the reason", () => {
  test("where a dataset is gone, or has too few rows", () => {
    const rig = new RetrainingRig();
    rig.grow(10);
    expect(() => rig.begin(rig.record())).toThrow(/validation.rows: of 10 rows 10 are held out/);
    rig.missing.add("labels");
    expect(() => rig.begin(rig.record())).toThrow(
      "inputs.y.ref: the dataset labels is not in this namespace",
    );
  });

  test("where a job fails or is cancelled", async () => {
    const rig = rigWithChampion();
    const record = await rig.advance(rig.begin(rig.record()));
    rig.end("failed", { error: { code: "invalid_argument", message: "inputs.X: NaN" } });
    await expect(rig.advance(record)).rejects.toMatchObject({
      code: "invalid_argument",
      message: "inputs.X: NaN",
    });
  });

  test("where the dataset was put anew meanwhile: the rows are others", async () => {
    const rig = rigWithChampion();
    const begun = rig.begin(rig.record());
    const putAnew = "a dataset was put anew while the schedule retrained";
    rig.table = "b";
    await expect(rig.advance(begun)).rejects.toThrow(putAnew);
    // Labels that are put anew are others, too: the candidate would be scored on what it was not evaluated on.
    Object.assign(rig, { table: "a", labelTable: "b" });
    await expect(rig.advance(begun)).rejects.toThrow(putAnew);
  });

  test("where what the candidate predicted was too much to be kept", async () => {
    const rig = rigWithChampion();
    await expect(rig.upToDecision(rig.begin(rig.record()), "2")).rejects.toThrow(
      "the predictions of the job abc-7-evaluate are not kept: training.result_bytes bounds them",
    );
  });
});

test("labels that come later than their rows: as many rows as have both", () => {
  const rig = new RetrainingRig();
  rig.grow(100);
  rig.y.splice(90);
  expect(rig.begin(rig.record()).retraining?.rows).toEqual({ table: tables, from: 0, to: 90 });
});

test("what is known of versions that a new folder of the model numbers again is forgotten", async () => {
  const rig = new RetrainingRig();
  rig.grow(100);
  const known = ["1", "2", "9"].map((version) => ({
    version,
    rows: { table: "a", from: 0, to: 10 },
    classes: null,
  }));
  const decided = await rig.upToDecision(rig.begin(rig.record({}, { published: known })), "2", off(100, 0));
  expect(decided.published.map(({ version, rows }) => [version, rows.to])).toEqual([
    ["1", 10],
    ["2", 100],
  ]);
});
