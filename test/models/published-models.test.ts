/** Trainings and uploads become versions: real folders, proofs and workers. */
import { chmod, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import { ProverPool } from "../../engines/onnx/proving/prover-pool.js";
import { listModels } from "../../engines/onnx/repository-commands/list-models.js";
import { removeModel } from "../../engines/onnx/repository-commands/remove-model.js";
import { rollbackModel } from "../../engines/onnx/repository-commands/rollback-model.js";
import { systemClock } from "../../gateway/clock.js";
import { promoteModel } from "../../gateway/models/published/promote-model.js";
import type { TrainingCard } from "../../gateway/models/trained-models.js";
import type { PromotionRecord } from "../../protocol/promotion-frames.js";
import { toWire, type WireTensor } from "../../protocol/tensor.js";
import type { Publication } from "../../protocol/train-frames.js";
import { copying, disagreeing, negating } from "../support/exported.js";
import { adding } from "../support/external-weights.js";
import { onnxFile } from "../support/onnx.js";
import { echoModel, repositoryOf } from "../support/repository.js";
import { anybody } from "../support/requests.js";
import { trainedModels } from "../support/trained.js";

type Trained = Awaited<ReturnType<typeof trainedModels>>;

const card = (job: string): TrainingCard => ({
  job,
  trainer: "ridge",
  parameters: { alpha: 1, random_state: 7 },
  dataSha256: "ab".repeat(32),
  rows: 2_500,
  columns: 2,
  scores: { train_score: 0.75 },
  libraries: { python: "3.11.2", "scikit-learn": "1.9.1" },
  fitMs: 12.4,
  trainedTs: 1_764_288_000_000,
});

const maker = { by: "cli:tester", ts: 1 };

let jobs = 0;
function publish({ models }: Trained, publication: Publication, model = negating(), job = `job-${++jobs}`) {
  return models.trained.publish({ publication, principal: anybody, model, card: card(job) });
}

const X: WireTensor = toWire({ datatype: "FP32", shape: [1, 2], data: Float32Array.from([3, 4]) });

async function ask({ inference }: Trained, model: string, version?: string, tenant = "desk") {
  const principal = { ...anybody, tenant };
  const answer = await inference.start({ model, version, inputs: { X }, timeoutMs: 20_000 }, principal)
    .answer;
  const [output] = Object.values(answer.outputs) as [WireTensor];
  return {
    version: answer.version,
    values: [...new Float32Array((output.data as Uint8Array).slice().buffer)],
  };
}

const published = ({ data }: Trained, ...path: string[]) => join(data, "published", ...path);
const config = async (trained: Trained, model: string) =>
  JSON.parse(await readFile(published(trained, model, "config.json"), "utf8")) as Record<string, unknown>;

it("a training serves as a version at once, with the library's answers and a card", async () => {
  const trained = await trainedModels();
  expect(await publish(trained, { model: "direction", aliases: ["champion"] })).toEqual({
    model: "direction",
    version: "1",
  });
  expect(await ask(trained, "direction")).toEqual({ version: "1", values: [-3, -4] });
  expect(await ask(trained, "direction", "champion")).toEqual({ version: "1", values: [-3, -4] });
  expect(trained.served).toEqual([{ model: "direction", version: "1" }]);
  expect(trained.catalog.card("direction")).toMatch(
    /# direction\n\nVersion 1 was trained by `ridge` on 2500 rows/,
  );
  for (const told of [
    "ab".repeat(32),
    "| seed | 7 |",
    '"alpha": 1',
    "| scikit-learn | 1.9.1 |",
    "| train_score | 0.75 |",
  ])
    expect(trained.catalog.card("direction")).toContain(told);
  expect((await readdir(published(trained, "direction"))).sort()).toEqual([
    "1",
    "README.md",
    "config.json",
    "history.json",
  ]);
  expect((await readdir(published(trained))).filter((name) => name.startsWith("."))).toEqual([]);
});

it("the time at which a version expires is written beside it, in milliseconds from its publication", async () => {
  const clock = { ...systemClock, wall: () => Date.parse("2026-11-28T19:00:00Z") };
  const trained = await trainedModels({}, undefined, undefined, clock);
  await publish(trained, { model: "direction", expires_after_ms: 90_000.5 });
  expect(JSON.parse(await readFile(published(trained, "direction", "1", "version.json"), "utf8"))).toEqual({
    expires_at: "2026-11-28T19:01:30.000Z",
  });
  expect(trained.models.live.folderOf("direction")?.versions[0]?.expiresTs).toBe(
    Date.parse("2026-11-28T19:01:30Z"),
  );
  await publish(trained, { model: "direction" });
  expect(await readdir(published(trained, "direction", "2"))).not.toContain("version.json");
});

it("a training is proven once, at the niceness of trainings, and not again where its folder was moved", async () => {
  const trained = await trainedModels({ training: { nice: 3 } });
  const ask = vi.spyOn(ProverPool.prototype, "ask");
  onTestFinished(() => ask.mockRestore());
  const tasks = () => ask.mock.calls.splice(0).map(([task, { nice }]) => [task.kind, nice]);
  const once = [
    ["digest", 3],
    ["prove", 3],
    ["digest", 3],
  ];
  await publish(trained, { model: "direction" });
  expect(tasks()).toEqual(once);
  await publish(trained, { model: "direction" }, copying());
  expect(tasks()).toEqual(once);
});

it("a model that answers otherwise than the library never serves, and what served goes on", async () => {
  const trained = await trainedModels();
  const refusal =
    /publish: the version is not served: 1\/model\.onnx: golden answer not reproduced: output predictions\[5\] is -6/;
  await expect(publish(trained, { model: "direction" }, disagreeing())).rejects.toMatchObject({
    code: "failed_precondition",
    message: expect.stringMatching(refusal),
  });
  expect(await readdir(published(trained))).toEqual([]);
  await publish(trained, { model: "direction" });
  const before = await config(trained, "direction");
  await expect(
    publish(trained, { model: "direction", aliases: ["champion"] }, disagreeing()),
  ).rejects.toThrow(/2\/model\.onnx: golden answer not reproduced/);
  expect(await config(trained, "direction")).toEqual(before);
  expect((await readdir(published(trained, "direction"))).sort()).toEqual([
    "1",
    "README.md",
    "config.json",
    "history.json",
  ]);
  expect((await ask(trained, "direction")).version).toBe("1");
  expect(() => trained.catalog.resolve("direction", "2")).toThrow("has no version");
});

it("of two that publish the same version one wins, and the other is told so", async () => {
  const trained = await trainedModels();
  const both = await Promise.allSettled([
    publish(trained, { model: "direction", version: "4" }),
    publish(trained, { model: "direction", version: "4" }, copying()),
  ]);
  expect(both.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
  expect(both[1]).toMatchObject({
    reason: {
      code: "failed_precondition",
      message: "publish.version: direction has a version 4 already: choose another, or none",
    },
  });
  expect((await ask(trained, "direction", "4")).values).toEqual([-3, -4]);
  const unnumbered = await Promise.all([1, 2, 3].map(() => publish(trained, { model: "direction" })));
  expect(unnumbered.map(({ version }) => version)).toEqual(["5", "6", "7"]);
});

it("a challenger gets its share and its alias; a promotion takes the rest, and the command rolls back", async () => {
  const trained = await trainedModels();
  await publish(trained, { model: "direction", aliases: ["champion"] });
  await publish(trained, { model: "direction", traffic: 0.25, aliases: ["challenger"] }, copying());
  expect(Object.fromEntries(trained.catalog.shares("direction"))).toEqual({ "1": 0.75, "2": 0.25 });
  const versions = new Set<string>();
  for (let tenant = 0; tenant < 60; tenant++)
    versions.add((await ask(trained, "direction", undefined, `t${tenant}`)).version);
  expect(versions).toEqual(new Set(["1", "2"]));
  expect((await ask(trained, "direction", "challenger")).values).toEqual([3, 4]);
  await publish(trained, { model: "direction", traffic: 0, aliases: ["candidate"] });
  expect(Object.fromEntries(trained.catalog.shares("direction"))).toEqual({ "1": 0.75, "2": 0.25 });
  expect((await ask(trained, "direction", "candidate")).version).toBe("3");
  await publish(trained, { model: "direction", aliases: ["champion"] });
  expect((await ask(trained, "direction")).version).toBe("4");
  expect((await config(trained, "direction"))["aliases"]).toEqual({
    champion: "4",
    challenger: "2",
    candidate: "3",
  });
  // Version 1 has neither traffic nor an alias now.
  expect(() => trained.catalog.resolve("direction", "1")).toThrow(
    "it has 2, 3, 4, champion, challenger, candidate",
  );
  const models = published(trained);
  const { notes } = await rollbackModel({ models, name: "direction", to: 1 });
  expect(notes.join("\n")).toContain("the alias champion still stands for version 4");
  await trained.models.live.refresh("direction");
  expect((await ask(trained, "direction")).version).toBe("1");
  expect((await ask(trained, "direction", "champion")).version).toBe("4");
  const rows = (await listModels(models)).map(({ version, state, weight }) => [version, state, weight]);
  expect(rows).toEqual([
    [1, "serves", 1],
    [2, "serves", 0],
    [3, "serves", 0],
    [4, "serves", 0],
  ]);
  await promoteModel(
    {
      models,
      name: "direction",
      version: "challenger",
      traffic: 0.4,
      alias: "champion",
    },
    maker,
  );
  await trained.models.live.refresh("direction");
  expect(Object.fromEntries(trained.catalog.shares("direction"))).toEqual({ "1": 0.6, "2": 0.4 });
  expect((await ask(trained, "direction", "champion")).version).toBe("2");
  await promoteModel({ models, name: "direction", version: "2" }, maker);
  await trained.models.live.refresh("direction");
  expect(Object.fromEntries(trained.catalog.shares("direction"))).toEqual({ "2": 1 });
  const missing = promoteModel({ models, name: "direction", version: "9" }, maker);
  await expect(missing).rejects.toThrow("direction has no version 9; it has 1, 2, 3, 4");
  const removed = await removeModel({ models, name: "direction", version: 2, isConfirmed: true });
  expect(removed.notes.join("\n")).toContain("aliases in");
});

it("a model that takes or answers something else is refused with the difference", async () => {
  const trained = await trainedModels();
  await publish(trained, { model: "direction" });
  const three = { name: "X", datatypes: ["FP32"], shape: ["batch", 3], description: "" } as const;
  await expect(publish(trained, { model: "direction" }, negating({ inputs: [three] }))).rejects.toThrow(
    "publish.model: direction: its versions take X FP32 [rows, 2], and this one X FP32 [rows, 3]: choose another name",
  );
  expect((await readdir(published(trained, "direction"))).sort()).toEqual([
    "1",
    "README.md",
    "config.json",
    "history.json",
  ]);
});

it("what cannot be published is refused before the training", async () => {
  const models = await repositoryOf({ echo: {} });
  const trained = await trainedModels({ models });
  await publish(trained, { model: "direction", version: "3" });
  const refused = (publication: Publication, principal = anybody) => {
    try {
      trained.models.trained.requirePublishable(publication, principal);
      return "accepted";
    } catch (error) {
      return (error as Error).message;
    }
  };
  expect(refused({ model: "direction" })).toBe("accepted");
  expect(refused({ model: "direction", version: "3" })).toMatch(/has a version 3 already/);
  expect(refused({ model: "echo" })).toMatch(/publish\.model: echo is a model of the operator's repository/);
  expect(refused({ model: "ridge.apply" })).toMatch(
    /publish\.model: "ridge\.apply" cannot be a model's name/,
  );
  expect(refused({ model: "pca" })).toBe("publish.model: pca is the name of a fit");
  expect(refused({ model: "../out" })).toMatch(/publish\.model: must be 1 to 128/);
  expect(refused({ model: "direction", aliases: ["7"] })).toMatch(/publish\.aliases\[0\]/);
  expect(refused({ model: "direction", traffic: 2 })).toMatch(/publish\.traffic/);
  const reader = { ...anybody, scopes: new Set(["fits:run" as const]) };
  expect(refused({ model: "direction" }, reader)).toMatch(/models:admin/);
  await rename(published(trained), `${published(trained)}.away`);
  expect(refused({ model: "direction" })).toMatch(
    /publish: nothing can be written to the folder of published models/,
  );
});

it("where signatures are required nothing is published, and what to do is told", async () => {
  const key =
    "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n";
  const trained = await trainedModels({ repository: { require_signed: true, trusted_keys: [key] } });
  await expect(publish(trained, { model: "direction" })).rejects.toMatchObject({
    code: "failed_precondition",
    message: expect.stringMatching(/holds no private key .*headgate models sign/),
  });
  const { handle, open } = trained.models.trained.reserve({
    principal: anybody,
    account: undefined,
    trainer: "ridge",
    keepSeconds: 60,
  });
  await open(negating());
  const { answer } = trained.inference.start(
    { model: "ridge.apply", inputs: { X }, parameters: { handle } },
    anybody,
  );
  expect((await answer).version).toBe("1");
});

it("a job that a restart interrupted after its version was complete publishes no second one", async () => {
  const before = await trainedModels();
  await publish(before, { model: "direction", version: "2" }, negating(), "job-x");
  await before.stop();
  const after = await trainedModels({}, before.data);
  expect(await ask(after, "direction")).toEqual({ version: "2", values: [-3, -4] });
  expect(await publish(after, { model: "direction", version: "2" }, negating(), "job-x")).toEqual({
    model: "direction",
    version: "2",
  });
  expect(after.served).toEqual([]);
});

it("what a killed gateway left is completed or removed by the next start", async () => {
  const before = await trainedModels();
  await publish(before, { model: "direction" });
  await publish(before, { model: "direction" }, copying());
  const whole = await config(before, "direction");
  await before.stop();
  // Killed between the renaming of version 2's folder and that of the config.
  const stage = published(before, ".publishing-a");
  await mkdir(stage);
  await writeFile(join(stage, "config.json"), JSON.stringify(whole));
  await writeFile(join(stage, "publication.json"), JSON.stringify({ model: "direction", version: 2 }));
  const earlier = {
    ...whole,
    version_policy: { specific: { versions: [1] } },
    traffic: { weights: { "1": 1 } },
  };
  await writeFile(published(before, "direction", "config.json"), JSON.stringify(earlier));
  // Killed while version 3 was written.
  await mkdir(published(before, ".publishing-b", "3"), { recursive: true });
  await writeFile(published(before, ".publishing-b", "3", "model.onnx"), "half");
  await writeFile(published(before, ".publishing-b", "config.json"), "{}");
  const after = await trainedModels({}, before.data);
  expect((await ask(after, "direction")).version).toBe("2");
  expect(await readdir(published(after))).toEqual(["direction"]);
});

it("the oldest versions that nothing leads to make room, and models and bytes are bounded", async () => {
  const trained = await trainedModels({ trained_models: { published: 1, published_versions: 2 } });
  await publish(trained, { model: "direction", aliases: ["first"] });
  for (let count = 0; count < 3; count++) await publish(trained, { model: "direction" });
  const versions = (await readdir(published(trained, "direction"))).filter((name) => /^\d+$/.test(name));
  expect(versions.sort()).toEqual(["1", "4"]);
  await expect(publish(trained, { model: "other" })).rejects.toMatchObject({ code: "resource_exhausted" });
});

it("an uploaded graph serves: its config is read from it, and its golden answer is ONNX Runtime's", async () => {
  const trained = await trainedModels();
  const upload = (model: string, onnx: Uint8Array) =>
    trained.models.trained.upload({ publication: { model, aliases: ["mine"] }, principal: anybody, onnx });
  expect(await upload("echo", echoModel)).toEqual({ model: "echo", version: "1" });
  expect(await ask(trained, "echo", "mine")).toEqual({ version: "1", values: [3, 4] });
  expect(trained.served).toMatchObject([{ model: "echo", version: "1" }]);
  expect(await upload("echo", echoModel)).toEqual({ model: "echo", version: "2" });
  const golden = JSON.parse(await readFile(published(trained, "echo", "2", "golden.json"), "utf8")) as object;
  expect(golden).toMatchObject({ made_by: "ONNX Runtime itself" });
  const wider = onnxFile({
    inputs: [{ name: "X", type: 1, shape: ["batch", 5] }],
    outputs: [{ name: "Y", type: 1, shape: ["batch", 5] }],
    nodes: [{ op: "Identity", inputs: ["X"], outputs: ["Y"] }],
  });
  await expect(upload("echo", wider)).rejects.toMatchObject({
    code: "invalid_argument",
    message: expect.stringMatching(/^onnx: .*the model's versions so far differ: choose another name$/s),
  });
  await expect(upload("junk", Uint8Array.of(1, 2, 3))).rejects.toThrow(/^onnx: the file/);
  const custom = onnxFile({
    inputs: [{ name: "X", type: 1, shape: ["batch", 2] }],
    outputs: [{ name: "Y", type: 1, shape: ["batch", 2] }],
    nodes: [{ op: "PythonOp", inputs: ["X"], outputs: ["Y"], domain: "com.microsoft" }],
  });
  await expect(upload("code", custom)).rejects.toMatchObject({ code: "invalid_argument" });
  expect((await readdir(published(trained))).sort()).toEqual(["echo"]);
});

it.each(["weights.bin", "../other/weights.bin", "/proc/self/environ"])(
  "an uploaded graph is one file: weights in %s are refused with how to save it",
  async (location) => {
    const trained = await trainedModels();
    const onnx = adding(location);
    const uploaded = trained.models.trained.upload({
      publication: { model: "apart" },
      principal: anybody,
      onnx,
    });
    await expect(uploaded).rejects.toMatchObject({
      code: "invalid_argument",
      message: expect.stringMatching(
        /^onnx: the file: its weights .* an upload is one file.*save_as_external_data=False\)$/,
      ),
    });
  },
);

it("of a model in both repositories the operator's is served", async () => {
  const before = await trainedModels();
  await publish(before, { model: "echo" });
  await before.stop();
  const models = await repositoryOf({ echo: {} });
  const after = await trainedModels({ models }, before.data);
  expect((await ask(after, "echo")).values).toEqual([3, 4]);
  const [entry] = after.catalog.all().filter(({ servable }) => servable.signature.name === "echo");
  expect(entry?.figures?.notes.join()).toMatch(
    /published\/echo has a model of this name, too, which is not served/,
  );
  await chmod(published(after), 0o700);
  await rm(published(after, "echo"), { recursive: true });
});

const promoter = { ...anybody, subject: "key:3f9a" };
const historyOf = async (trained: Trained, model: string) =>
  JSON.parse(await readFile(published(trained, model, "history.json"), "utf8")).promotions as {
    readonly action: string;
    readonly from: string | null;
    readonly to: string;
  }[];

it("a challenger that wins is no challenger any more, which the record and the event tell", async () => {
  const trained = await trainedModels();
  const { promotions } = trained.models;
  const aliasesOf = (version: string) => trained.catalog.aliases("direction", version);
  const challenge = () =>
    publish(trained, { model: "direction", traffic: 0, aliases: ["challenger"] }, copying());
  const promote = (version: string, more: object = {}) =>
    promotions.promote({ model: "direction", version, ...more }, promoter);
  await publish(trained, { model: "direction", aliases: ["champion"] });
  await challenge();
  const canary = await promote("challenger", { traffic: 0.1 });
  expect(canary).not.toHaveProperty("alias_dropped");
  expect(aliasesOf("2")).toEqual(["challenger"]);
  const won = await promote("2", { alias: "champion" });
  expect(won).toMatchObject({ to: "2", alias: "champion", alias_from: "1", alias_dropped: "challenger" });
  expect(aliasesOf("2")).toEqual(["champion"]);
  expect(trained.promoted.at(-1)).toEqual({ kind: "model_promoted", model: "direction", ...won });
  expect((await historyOf(trained, "direction")).at(-1)).toEqual(won);
  await promote("1", { alias: "challenger" });
  expect(aliasesOf("1")).toEqual(["challenger"]);
  const back = await promotions.rollback({ model: "direction", alias: "champion" }, promoter);
  expect(back).toMatchObject({ to: "1", alias_dropped: "challenger" });
  expect(aliasesOf("1")).toEqual(["champion"]);
});

it("the only alias of a model goes where its challenger gets all traffic", async () => {
  const trained = await trainedModels();
  await publish(trained, { model: "direction" });
  await publish(trained, { model: "direction", traffic: 0, aliases: ["challenger"] }, copying());
  const record = await trained.models.promotions.promote(
    { model: "direction", version: "challenger" },
    promoter,
  );
  expect(record).toMatchObject({ to: "2", traffic: 1, alias: null, alias_dropped: "challenger" });
  expect(trained.catalog.aliases("direction", "2")).toEqual([]);
});

it("a promotion serves at once, is recorded with who, when and why, and a rollback takes it back", async () => {
  const trained = await trainedModels();
  const { promotions } = trained.models;
  await publish(trained, { model: "direction" });
  await publish(trained, { model: "direction", traffic: 0, aliases: ["candidate"] }, copying());
  const record = await promotions.promote(
    { model: "direction", version: "candidate", alias: "champion", reason: "it scored better" },
    promoter,
  );
  expect(record).toEqual({
    action: "promote",
    ts: expect.any(Number),
    by: "key:3f9a",
    reason: "it scored better",
    from: "1",
    to: "2",
    traffic: 1,
    alias: "champion",
    alias_from: null,
  });
  expect((await ask(trained, "direction")).version).toBe("2");
  expect((await ask(trained, "direction", "champion")).version).toBe("2");
  expect(trained.promoted).toEqual([{ kind: "model_promoted", model: "direction", ...record }]);
  const back = await promotions.rollback({ model: "direction", reason: "drawdown" }, promoter);
  expect(back).toMatchObject({ action: "rollback", from: "2", to: "1", traffic: 1, alias: null });
  expect((await ask(trained, "direction")).version).toBe("1");
  const records = await historyOf(trained, "direction");
  expect(records.slice(0, 2).map(({ action }) => action)).toEqual(["publish", "publish"]);
  expect(records.slice(2)).toEqual([record, back]);
  expect(trained.catalog.history("direction")).toEqual(records);
});

it("a publication and an upload are recorded where they change what answers, and a rollback takes them back", async () => {
  const trained = await trainedModels();
  const { promotions, trained: models } = trained.models;
  await publish(trained, { model: "direction", aliases: ["champion", "stable"] });
  await publish(trained, { model: "direction", traffic: 0 }, copying());
  await publish(trained, { model: "direction", traffic: 0.25, aliases: ["champion"] }, copying());
  const { onnx } = negating();
  const publication = { model: "own", traffic: 0, aliases: ["live"] };
  await models.upload({ publication, principal: promoter, onnx });
  const changes = async (model: string) =>
    (await historyOf(trained, model)).map((each) => {
      const { action, ts, reason, ...rest } = each as PromotionRecord;
      expect([action, reason, ts > 0]).toEqual(["publish", null, true]);
      return Object.values(rest);
    });
  const desk = anybody.subject;
  expect(await changes("direction")).toEqual([
    [desk, null, "1", 1, "champion", null],
    [desk, null, "1", null, "stable", null],
    [desk, "1", "3", 0.25, "champion", "1"],
  ]);
  expect(await changes("own")).toEqual([["key:3f9a", null, "1", 1, "live", null]]);
  expect(await promotions.rollback({ model: "direction", alias: "champion" }, promoter)).toMatchObject({
    to: "1",
    alias_from: "3",
  });
  expect(await promotions.rollback({ model: "direction" }, promoter)).toMatchObject({
    to: "1",
    traffic: 1,
  });
});

it("a publication that does not serve leaves the record as it was", async () => {
  const trained = await trainedModels();
  await publish(trained, { model: "direction" });
  const before = await historyOf(trained, "direction");
  const serve = vi.spyOn(trained.models.live, "serve").mockRejectedValueOnce(new Error("no worker"));
  await expect(publish(trained, { model: "direction" }, copying())).rejects.toThrow("no worker");
  serve.mockRestore();
  expect(await historyOf(trained, "direction")).toEqual(before);
  expect(await readdir(published(trained, "direction"))).not.toContain("2");
});

it("a rollback after several promotions goes back step by step, and of an alias on its own", async () => {
  const trained = await trainedModels();
  const { promotions } = trained.models;
  for (let version = 1; version <= 3; version++)
    await publish(trained, { model: "direction", traffic: version === 1 ? 1 : 0, aliases: [`v${version}`] });
  const promote = (version: string, more: object = {}) =>
    promotions.promote({ model: "direction", version, ...more }, promoter);
  await promote("3");
  await promote("2");
  expect((await promotions.rollback({ model: "direction" }, promoter)).to).toBe("3");
  expect((await promotions.rollback({ model: "direction" }, promoter)).to).toBe("1");
  expect(Object.fromEntries(trained.catalog.shares("direction"))).toEqual({ "1": 1 });
  await promote("2", { alias: "champion", traffic: 0 });
  await promote("3", { alias: "champion", traffic: 0 });
  const back = await promotions.rollback({ model: "direction", alias: "champion" }, promoter);
  expect(back).toMatchObject({ from: null, to: "2", alias: "champion", alias_from: "3", traffic: null });
  expect((await ask(trained, "direction", "champion")).version).toBe("2");
  expect((await ask(trained, "direction")).version).toBe("1");
  await expect(
    promotions.rollback({ model: "direction", alias: "champion" }, promoter),
  ).rejects.toMatchObject({
    code: "failed_precondition",
    message: expect.stringContaining("no promotion that made champion stand for version 2 is recorded"),
  });
});

it("promotions at one time are carried out one after the other, and each is recorded", async () => {
  const trained = await trainedModels();
  const { promotions } = trained.models;
  for (let version = 1; version <= 4; version++)
    await publish(trained, { model: "direction", aliases: [`v${version}`] });
  await Promise.all(
    ["1", "2", "3", "1", "3"].map((version) => promotions.promote({ model: "direction", version }, promoter)),
  );
  const promoted = (await historyOf(trained, "direction")).filter(({ action }) => action === "promote");
  const steps = promoted.map(({ from, to }) => [from, to]);
  expect(steps).toEqual([
    ["4", "1"],
    ["1", "2"],
    ["2", "3"],
    ["3", "1"],
    ["1", "3"],
  ]);
  expect((await ask(trained, "direction")).version).toBe("3");
});

it("a promotion that cannot serve changes nothing, and says why", async () => {
  const trained = await trainedModels();
  const { promotions } = trained.models;
  await publish(trained, { model: "direction" });
  await publish(trained, { model: "direction" }, copying());
  await writeFile(published(trained, "direction", "1", "model.onnx"), "no graph");
  const before = await config(trained, "direction");
  const recorded = await historyOf(trained, "direction");
  await expect(promotions.promote({ model: "direction", version: "1" }, promoter)).rejects.toMatchObject({
    code: "failed_precondition",
  });
  expect(await config(trained, "direction")).toEqual(before);
  expect((await ask(trained, "direction")).version).toBe("2");
  expect(await historyOf(trained, "direction")).toEqual(recorded);
  await expect(promotions.promote({ model: "direction", version: "9" }, promoter)).rejects.toMatchObject({
    code: "failed_precondition",
    message: "model: direction has no version 9; it has 1, 2",
  });
  await expect(promotions.promote({ model: "nothing", version: "1" }, promoter)).rejects.toMatchObject({
    code: "not_found",
  });
  expect(trained.promoted).toEqual([]);
});

it("the operator's own model is promoted where its folder can be written", async () => {
  const models = await repositoryOf({ echo: { versions: ["1", "2"] } });
  const trained = await trainedModels({ models });
  const record = await trained.models.promotions.promote({ model: "echo", version: "1" }, promoter);
  expect(record).toMatchObject({ from: "2", to: "1" });
  expect(Object.fromEntries(trained.catalog.shares("echo"))).toEqual({ "1": 1 });
  expect(await readdir(join(models, "echo"))).toContain("history.json");
});
