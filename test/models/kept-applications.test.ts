/** Trained models that are asked by their handles, in real workers after real proofs. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { HeadgateError } from "../../protocol/errors.js";
import { toWire, type WireTensor } from "../../protocol/tensor.js";
import { disagreeing, negating } from "../support/exported.js";
import { anybody } from "../support/requests.js";
import { trainedModels } from "../support/trained.js";
import { until } from "../support/until.js";

const kept = (trainer = "ridge", namespace = "default") => ({
  principal: { ...anybody, namespace },
  account: undefined,
  trainer,
  keepSeconds: 600,
});

const rows = (values: readonly number[]): WireTensor =>
  toWire({ datatype: "FP64", shape: [values.length / 2, 2], data: Float64Array.from(values) });

const numbers = ({ data }: WireTensor) => [...new Float32Array((data as Uint8Array).slice().buffer)];

type Trained = Awaited<ReturnType<typeof trainedModels>>;

async function apply(
  { inference }: Trained,
  handle: string,
  X: WireTensor,
  { model = "ridge.apply", principal = anybody, timeoutMs = 20_000 } = {},
) {
  const { answer } = inference.start({ model, inputs: { X }, parameters: { handle }, timeoutMs }, principal);
  return await answer;
}

it("a request waits until the model is open, and rows in FP64 are cast to what the graph takes", async () => {
  const trained = await trainedModels();
  const reservation = trained.models.kept.reserve(kept());
  const early = apply(trained, reservation.handle, rows([1, 2]));
  await reservation.open(negating());
  const answer = await early;
  expect(answer).toMatchObject({ model: "ridge.apply", version: "1", backend: "onnxruntime-cpu" });
  expect(answer.outputs["predictions"]).toMatchObject({ datatype: "FP32", shape: [1, 2] });
  expect(numbers(answer.outputs["predictions"] as WireTensor)).toEqual([-1, -2]);
});

it("requests of one handle share batches", async () => {
  const trained = await trainedModels();
  const { handle, open } = trained.models.kept.reserve(kept());
  await open(negating());
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, at) => apply(trained, handle, rows([at, at + 0.5]))),
  );
  for (const [at, answer] of answers.entries())
    expect(numbers(answer.outputs["predictions"] as WireTensor)).toEqual([-at, -at - 0.5]);
  expect(Math.max(...answers.map(({ timing }) => timing.batch_size))).toBeGreaterThan(1);
});

it("more rows than a batch holds are divided, and answered in their order", async () => {
  const trained = await trainedModels();
  const { handle, open } = trained.models.kept.reserve(kept());
  await open(negating());
  const values = Array.from({ length: 2 * 700 }, (_, at) => at);
  const { outputs } = await apply(trained, handle, rows(values));
  expect(outputs["predictions"]?.shape).toEqual([700, 2]);
  expect(numbers(outputs["predictions"] as WireTensor)).toEqual(values.map((value) => -value));
});

it("a graph that answers otherwise than the library never serves, and nothing of it is left", async () => {
  const trained = await trainedModels();
  const { handle, open } = trained.models.kept.reserve(kept());
  const waiting = apply(trained, handle, rows([1, 2]));
  const refused =
    /the trained model is not served: model\.onnx: golden answer not reproduced: output predictions\[5\] is -6, ridge gave -6\.01/;
  await expect(open(disagreeing())).rejects.toThrow(refused);
  await expect(waiting).rejects.toMatchObject({
    code: "failed_precondition",
    message: expect.stringMatching(refused),
  });
  await expect(apply(trained, handle, rows([1, 2]))).rejects.toThrow(refused);
  await until(async () => expect(await readdir(join(trained.data, "kept-models"))).toEqual([]));
});

it("a handle is good in its namespace and for its trainer alone, and a model is listed nowhere", async () => {
  const trained = await trainedModels();
  const { handle, open } = trained.models.kept.reserve(kept("ridge", "desk-a"));
  await open(negating());
  const own = { ...anybody, namespace: "desk-a" };
  await apply(trained, handle, rows([1, 2]), { principal: own });
  await expect(apply(trained, handle, rows([1, 2]))).rejects.toMatchObject({ code: "not_found" });
  await expect(
    apply(trained, handle, rows([1, 2]), { model: "lasso.apply", principal: own }),
  ).rejects.toThrow("parameters.handle: it is a kept ridge, lasso.apply takes a lasso");
  const applications = trained.catalog
    .all()
    .filter(({ servable }) => servable.signature.name.includes("ridge"));
  expect(applications.map(({ servable }) => servable.signature.name)).toEqual(["ridge.apply"]);
});

it("wrong rows are refused by the model's own shape, and a request without a handle by name", async () => {
  const trained = await trainedModels();
  const { handle, open } = trained.models.kept.reserve(kept());
  await open(negating());
  const three = toWire({ datatype: "FP64", shape: [1, 3], data: Float64Array.from([1, 2, 3]) });
  await expect(apply(trained, handle, three)).rejects.toThrow(
    "inputs.X.shape: must be [batch=1, 2], got [1, 3]",
  );
  await expect(apply(trained, handle, rows([1, Number.NaN]))).rejects.toThrow("inputs.X: NaN or infinity");
  expect(() =>
    trained.inference.start({ model: "ridge.apply", inputs: { X: rows([1, 2]) } }, anybody),
  ).toThrow("parameters.handle: missing; ridge.apply takes the handle of a trained model");
  expect(() =>
    trained.inference.start(
      { model: "ridge.apply", inputs: { X: rows([1, 2]) }, parameters: { handle }, outputs: ["labels"] },
      anybody,
    ),
  ).toThrow("outputs: ridge.apply has no output");
});

it("a model is opened again by its first request after a restart", async () => {
  const before = await trainedModels();
  const { handle, open } = before.models.kept.reserve(kept());
  await open(negating());
  await before.stop();
  const after = await trainedModels({}, before.data);
  expect(after.pool.holds("ridge.apply@1#1")).toBe(false);
  const { outputs } = await apply(after, handle, rows([7, 8]));
  expect(numbers(outputs["predictions"] as WireTensor)).toEqual([-7, -8]);
});

it("a request's deadline ends its wait for a training, and not the handle", async () => {
  const trained = await trainedModels();
  const reservation = trained.models.kept.reserve(kept());
  await expect(apply(trained, reservation.handle, rows([1, 2]), { timeoutMs: 20 })).rejects.toMatchObject({
    code: "deadline_exceeded",
    processed: "no",
  });
  await reservation.open(negating());
  await apply(trained, reservation.handle, rows([1, 2]));
});

it("a training that fails tells all who wait for it", async () => {
  const trained = await trainedModels();
  const { handle, fail } = trained.models.kept.reserve(kept());
  const waiting = apply(trained, handle, rows([1, 2]));
  fail(new HeadgateError("cancelled", "the job was cancelled"));
  await expect(waiting).rejects.toMatchObject({ code: "cancelled" });
  await expect(apply(trained, handle, rows([1, 2]))).rejects.toMatchObject({ code: "cancelled" });
});
