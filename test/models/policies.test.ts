/** Policies that were trained or uploaded: what their observation is made of reaches whoever asks them. */
import { expect, it } from "vitest";
import { layoutMetadata, summaryMetadata } from "../../engines/policy-layout.js";
import { trainerSchemas } from "../../engines/training/schemas/index.js";
import type { TrainingCard } from "../../gateway/models/trained-models.js";
import { describe as describeCatalog } from "../../gateway/requests/describe.js";
import { toWire, type WireTensor } from "../../protocol/tensor.js";
import { layout, observed, policy, policyFile } from "../support/policies.js";
import { anybody } from "../support/requests.js";
import { trainedModels } from "../support/trained.js";

type Trained = Awaited<ReturnType<typeof trainedModels>>;

const summary = "# Test range\n\n| seed | total_return |\n|---|---|\n| 0 | -0.1 |\n| holding | 0.2 |";

const card = (job: string, told: Partial<TrainingCard> = {}): TrainingCard => ({
  job,
  trainer: "ppo",
  parameters: { seeds: [3, 4], total_timesteps: 1_000 },
  dataSha256: "ab".repeat(32),
  rows: 500,
  columns: 2,
  scores: { test_score: -0.25 },
  libraries: { "stable-baselines3": "2.9.2" },
  fitMs: 12.4,
  policy: layout,
  summary,
  trainedTs: 1_764_288_000_000,
  ...told,
});

const publish = ({ models }: Trained, name: string, told: Partial<TrainingCard> = {}) =>
  models.trained.publish({
    publication: { model: name },
    principal: anybody,
    model: policy(),
    card: card(`job-${Math.random()}`, told),
  });

const upload = ({ models }: Trained, name: string, metadata: Readonly<Record<string, string>>) =>
  models.trained.upload({
    publication: { model: name },
    principal: anybody,
    onnx: policyFile(metadata),
  });

const observation = (...values: number[]): WireTensor =>
  toWire({ datatype: "FP32", shape: [1, values.length], data: Float32Array.from(values) });

const ask = ({ inference }: Trained, model: string, given: WireTensor, parameters = {}) =>
  inference.start({ model, inputs: { observation: given }, parameters, timeoutMs: 20_000 }, anybody).answer;

const described = ({ catalog }: Trained, model?: string) =>
  describeCatalog(catalog, [], (text) => text, model).models;

it("a policy is described with its observation, and its card tells how it did beside holding", async () => {
  const trained = await trainedModels();
  await publish(trained, "trader");
  expect(described(trained, "trader")[0]?.policy).toEqual(layout);
  expect(described(trained).every((each) => each.policy === undefined)).toBe(true);
  const told = trained.catalog.card("trader");
  for (const part of [
    "## Test range",
    "| holding | 0.2 |",
    "| seed | 3, 4 |",
    "`observation` is 5 numbers: 2 rows, the oldest first, of return_1, volatility_5, then position.",
    '"kind":"weight"',
    "| test_score | -0.25 |",
  ])
    expect(told).toContain(part);
  const { outputs } = await ask(trained, "trader", observation(1, 2, 3, 4, 5));
  expect(outputs["action"]?.shape).toEqual([1, observed]);
});

it("an observation of another layout is refused, with what it should be made of", async () => {
  const trained = await trainedModels();
  await publish(trained, "trader");
  await expect(async () => ask(trained, "trader", observation(1, 2, 3, 4))).rejects.toMatchObject({
    code: "invalid_argument",
    message:
      "inputs.observation.shape: must be [batch=1, 5], got [1, 4]: 2 rows, the oldest first, of return_1, volatility_5, then position",
  });
});

it("a version with another observation is refused, whatever its number of values", async () => {
  const trained = await trainedModels();
  await publish(trained, "trader");
  const swapped = { ...layout, columns: ["volatility_5", "return_1"] };
  const refusal = "columns[0]: return_1 before, volatility_5 now";
  await expect(publish(trained, "trader", { policy: swapped })).rejects.toMatchObject({
    code: "failed_precondition",
    message: expect.stringContaining(`the observation of its versions differs from this one's: ${refusal}`),
  });
  const rescaled = { ...layout, scaling: { kind: "causal", rows: 252 } };
  await expect(publish(trained, "trader", { policy: rescaled })).rejects.toThrow("scaling: ");
  await expect(
    upload(trained, "trader", { [layoutMetadata]: JSON.stringify(swapped) }),
  ).rejects.toMatchObject({ message: expect.stringContaining(refusal) });
  expect(await publish(trained, "trader")).toMatchObject({ version: "2" });
});

it("a layout that names all numbers of an observation is kept as its parts", {
  timeout: 60_000,
}, async () => {
  const trained = await trainedModels();
  const { state: _, ...parts } = layout;
  const numbers = ["return_1@-1", "volatility_5@-1", "return_1", "volatility_5", "position"];
  await upload(trained, "mine", { [layoutMetadata]: JSON.stringify({ ...parts, numbers }) });
  expect(described(trained, "mine")[0]?.policy).toEqual(layout);
  const many = Array.from({ length: 30_000 }, (_, at) => `number_${at}`);
  await expect(
    upload(trained, "large", { [layoutMetadata]: JSON.stringify({ ...parts, numbers: many }) }),
  ).rejects.toThrow("the layout has 30000 numbers");
});

it("an uploaded policy has what its file says: the observation, and a card", async () => {
  const trained = await trainedModels();
  await upload(trained, "mine", { [layoutMetadata]: JSON.stringify(layout), [summaryMetadata]: summary });
  expect(described(trained, "mine")[0]?.policy).toEqual(layout);
  expect(trained.catalog.card("mine")).toMatch(/Its file says of it:\n\n## Test range/);
});

it.each([
  ["{", "metadata headgate.observation_layout: it is no JSON"],
  [JSON.stringify({ ...layout, window: 0 }), "metadata headgate.observation_layout: window: "],
  [JSON.stringify({ ...layout, columns: [], state: [] }), "an observation has one number at least"],
  [
    JSON.stringify({ ...layout, window: 3 }),
    "the layout has 7 numbers, so the input observation must have dims [7]",
  ],
])("a file whose layout cannot be is refused: %s", async (text, refusal) => {
  const trained = await trainedModels();
  await expect(upload(trained, "mine", { [layoutMetadata]: text })).rejects.toMatchObject({
    code: "invalid_argument",
    message: expect.stringContaining(refusal),
  });
});

it("a policy that is kept is asked by its handle with an observation", async () => {
  const trained = await trainedModels(
    {},
    undefined,
    trainerSchemas.filter(({ signature }) => signature.name === "ppo"),
  );
  const kept = { principal: anybody, account: undefined, trainer: "ppo", keepSeconds: 600 };
  const { handle, open } = trained.models.kept.reserve(kept);
  await open(policy());
  const { outputs } = await ask(trained, "ppo.apply", observation(1, 2, 3, 4, 5), { handle });
  expect(outputs["action"]?.shape).toEqual([1, observed]);
  await expect(async () => ask(trained, "ppo.apply", observation(1, 2), { handle })).rejects.toMatchObject({
    code: "invalid_argument",
    message: expect.stringContaining("inputs.observation.shape"),
  });
});
