/** Answers that are lists, that have nothing in them, and inputs with a default: served as far as they can be. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { connect, tensor } from "../../client/typescript/index.js";
import { addModel } from "../../engines/onnx/import/add-model.js";
import { checkModels } from "../../engines/onnx/import/check-models.js";
import { startGateway } from "../support/gateway.js";
import { type Graph, onnxFile } from "../support/onnx.js";

async function added(graph: Graph, opset = 13) {
  const models = await mkdtemp(join(tmpdir(), "headgate-unusual-"));
  onTestFinished(() => rm(models, { recursive: true, force: true }));
  const path = join(models, "given.bin");
  await writeFile(path, onnxFile(graph, { opset }));
  const { notes } = await addModel({ path, name: "net", models });
  const config = JSON.parse(await readFile(join(models, "net", "config.json"), "utf8"));
  return { models, config, notes: notes.join("\n") };
}

const X = { name: "X", type: 1, shape: ["batch", 2] } as const;

/** As skl2onnx writes MultiOutputClassifier: the probabilities of each target are put into one list. */
const targets: Graph = {
  inputs: [X],
  outputs: [
    { name: "probabilities", type: 1, isList: true },
    { name: "label", type: 1, shape: ["batch", 2] },
  ],
  nodes: [
    { op: "Sigmoid", inputs: ["X"], outputs: ["first"] },
    { op: "Neg", inputs: ["X"], outputs: ["second"] },
    { op: "Identity", inputs: ["X"], outputs: ["label"] },
    { op: "SequenceConstruct", inputs: ["first", "second"], outputs: ["list"] },
    { op: "Identity", inputs: ["list"], outputs: ["probabilities"] },
  ],
};

it("the probabilities of each target are outputs of their own, in order, and batched", async () => {
  const { models, config, notes } = await added(targets, 16);
  expect(config).toMatchObject({
    max_batch_size: 256,
    output: [
      { name: "probabilities_0", datatype: "FP32", dims: [2] },
      { name: "probabilities_1", datatype: "FP32", dims: [2] },
      { name: "label" },
    ],
  });
  expect(notes).toMatch(/probabilities was a list of tensors; .*now: probabilities_0, probabilities_1/);
  const { url, stop } = await startGateway({ models });
  const gate = await connect(url);
  try {
    const { outputs } = await gate.infer("net", { X: tensor([[0, 2]]) });
    expect(outputs["probabilities_0"]?.data[0]).toBe(0.5);
    expect(outputs["probabilities_1"]?.data[1]).toBe(-2);
  } finally {
    await gate.close();
    await stop();
  }
});

it("an output of size 0 is described, proven and answered", async () => {
  const nothing: Graph = {
    inputs: [X],
    outputs: [{ name: "Y", type: 1, shape: ["batch", 0] }],
    nodes: [{ op: "Slice", inputs: ["X", "from", "to", "axes"], outputs: ["Y"] }],
    constants: { from: { integers: [2] }, to: { integers: [2] }, axes: { integers: [1] } },
  };
  const { models, config } = await added(nothing);
  expect(config).toMatchObject({ output: [{ name: "Y", dims: [0] }] });
  expect(await checkModels(models)).toMatchObject([{ what: "net@1" }]);
  const { url, stop } = await startGateway({ models });
  const gate = await connect(url);
  try {
    const { outputs } = await gate.infer("net", { X: tensor([[1, 2]]) });
    expect(outputs["Y"]).toMatchObject({ shape: [1, 0] });
  } finally {
    await gate.close();
    await stop();
  }
});

it("an input that is an initialiser keeps its default, is not asked for, and that is said", async () => {
  const scaled: Graph = {
    inputs: [X, { name: "scale", type: 1, shape: [2] }],
    outputs: [{ name: "Y", type: 1, shape: ["batch", 2] }],
    nodes: [{ op: "Mul", inputs: ["X", "scale"], outputs: ["Y"] }],
    constants: { scale: { floats: [2, 3] } },
  };
  const { models, config, notes } = await added(scaled);
  expect(config.input).toMatchObject([{ name: "X", dims: [2] }]);
  expect(notes).toMatch(/input scale has a default in the graph, keeps it, and is not asked for/);
  await rm(join(models, "net", "config.json"));
  expect((await checkModels(models))[0]?.notes?.join(" ")).toMatch(/Input scale has a default in the graph/);
});
