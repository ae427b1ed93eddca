/** A folder put into the repository by hand, whatever its config.json says of batches: nobody's answer is another's doing. */
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it, onTestFinished } from "vitest";
import { connect, type Gate, type Tensor, tensor } from "../../client/typescript/index.js";
import { addModel } from "../../engines/onnx/import/add-model.js";
import { startGateway, type TestGateway } from "../support/gateway.js";
import { type Node, onnxFile } from "../support/onnx.js";
import { echoConfig, echoGolden, type ModelFiles, repositoryOf } from "../support/repository.js";

let gateway: TestGateway;
let gate: Gate;
afterEach(async () => {
  await gate.close();
  await gateway.stop();
});

async function serve(models: string): Promise<void> {
  gateway = await startGateway({ models });
  gate = await connect(gateway.url);
}

const batchingOf = async (name: string) => (await gate.describe(name)).models[0]?.batching;

const model = (nodes: readonly Node[], constants = {}) =>
  onnxFile({
    inputs: [{ name: "X", type: 1, shape: ["batch", 2] }],
    outputs: [{ name: "Y", type: 1, shape: ["batch", 2] }],
    nodes,
    constants,
  });
/** Y = X - mean over the rows: of the golden rows [1, 2] and [3, 4] it is -1 and 1. */
const demeaned: ModelFiles = {
  model: model([
    { op: "ReduceMean", inputs: ["X"], outputs: ["m"], attributes: { axes: { is: [0] } } },
    { op: "Sub", inputs: ["X", "m"], outputs: ["Y"] },
  ]),
  golden: { ...echoGolden, outputs: { Y: { datatype: "FP32", shape: [2, 2], data: [-1, -1, 1, 1] } } },
};

describe("a model that takes the mean over its rows", () => {
  it("answers each request by itself, though its config has batches", async () => {
    await serve(await repositoryOf({ spread: { ...demeaned, config: echoConfig("spread") } }));
    const requests = Array.from({ length: 24 }, (_, at) => at + 1).map((i) =>
      gate.infer("spread", {
        X: tensor([
          [i, 2 * i],
          [i + 4, 0],
        ]),
      }),
    );
    for (const [at, { outputs, timing }] of (await Promise.all(requests)).entries()) {
      expect(outputs["Y"]?.data).toEqual(Float32Array.of(-2, at + 1, 2, -at - 1));
      expect(timing.batchSize).toBe(2);
    }
    expect(await batchingOf("spread")).toEqual({
      together: false,
      reason: `a row's answer depends on the rows beside it: ReduceMean "m" goes over the rows`,
    });
  });

  it("does so too when its operator vouches for it", async () => {
    await serve(
      await repositoryOf({
        spread: { ...demeaned, config: { ...echoConfig("spread"), batching: "asserted" } },
      }),
    );
    expect(await batchingOf("spread")).toMatchObject({ together: false });
  });
});

describe("a model of which the graph tells nothing", () => {
  /** X through an operator that the analysis does not know, and that keeps rows apart. */
  const unknown: ModelFiles = {
    model: model(
      [
        {
          op: "SplitToSequence",
          inputs: ["X"],
          outputs: ["s"],
          attributes: { axis: { i: 1 }, keepdims: { i: 1 } },
        },
        { op: "ConcatFromSequence", inputs: ["s"], outputs: ["Y"], attributes: { axis: { i: 1 } } },
      ],
      {},
    ),
  };

  it("answers requests one by one, and together when its operator vouches for it", async () => {
    await serve(
      await repositoryOf({
        plain: { ...unknown, config: echoConfig("plain") },
        vouched: { ...unknown, config: { ...echoConfig("vouched"), batching: "asserted" } },
        known: {},
      }),
    );
    expect(await batchingOf("plain")).toMatchObject({
      together: false,
      reason: expect.stringContaining('SplitToSequence "s"'),
    });
    expect(await batchingOf("vouched")).toMatchObject({
      together: true,
      proof: "operator",
      reason: expect.stringContaining('SplitToSequence "s"'),
    });
    expect(await batchingOf("known")).toEqual({
      together: true,
      proof: "graph",
      answers: "exact",
      trials: expect.any(Number), // as many as fit into their time
    });
  });
});

it("a text model whose answers change with what fills a text up runs each text by itself", async () => {
  const from = await mkdtemp(join(tmpdir(), "headgate-padded-"));
  onTestFinished(() => rm(from, { recursive: true, force: true }));
  const shipped = fileURLToPath(new URL("../../models/news-tone/1/tokenizer.json", import.meta.url));
  await cp(shipped, join(from, "tokenizer.json"));
  const tokens = (name: string) => ({ name, type: 7, shape: ["batch", "tokens"] });
  const mean = onnxFile({
    inputs: [tokens("input_ids"), tokens("attention_mask")],
    outputs: [{ name: "score", type: 1, shape: ["batch", 1] }],
    nodes: [
      { op: "Cast", inputs: ["input_ids"], outputs: ["f"], attributes: { to: { i: 1 } } },
      { op: "ReduceMean", inputs: ["f"], outputs: ["score"], attributes: { axes: { is: [1] } } }, // its mask forgotten
    ],
  });
  await writeFile(join(from, "model.onnx"), mean);
  const models = join(from, "models");
  await mkdir(models);
  const { notes } = await addModel({ path: from, name: "mean", models });
  expect(notes.join("\n")).toMatch(
    /each text is computed by itself: a row's answer depends on the rows beside it/,
  );
  await serve(models);
  const text = (...data: string[]): { text: Tensor } => ({
    text: { datatype: "BYTES", shape: [data.length], data },
  });
  const scores = async (...data: string[]) =>
    Array.from((await gate.infer("mean", text(...data))).outputs["score"]?.data as Float32Array);
  const texts = ["Shares rose.", "The bank warns of lower profit in the second half", "No."];
  const alone = await Promise.all(texts.map(async (each) => (await scores(each))[0]));
  expect(await scores(...texts)).toEqual(alone);
  expect(await batchingOf("mean")).toMatchObject({ together: false });
});
