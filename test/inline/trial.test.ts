/** Which versions a worker finds fit for the thread of the sockets, and why others are not. */

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readGolden } from "../../engines/onnx/golden.js";
import { tryInline } from "../../engines/onnx/inline/inline-trial.js";
import type { ModelSource } from "../../engines/onnx/model-source.js";
import { proveRows } from "../../engines/onnx/row-proof.js";
import { OnnxSession } from "../../engines/onnx/session.js";
import type { Batching } from "../../engines/servable.js";
import { onnxFile } from "../support/onnx.js";
import { echoConfig, type ModelFiles, repositoryOf } from "../support/repository.js";
import { shippedSource } from "./shipped.js";

async function tried(
  files: ModelFiles = {},
  {
    change = {},
    threads = 1,
    batching,
  }: { change?: Partial<ModelSource>; threads?: number; batching?: Batching } = {},
) {
  const folder = join(await repositoryOf({ echo: files }), "echo");
  const source = { ...shippedSource(folder), ...change };
  const golden = await readGolden(source.goldenPath);
  const session = await OnnxSession.open(source, threads, "cpu");
  const proof = batching ?? (await proveRows(session, golden, source));
  const trial = await tryInline(session, golden, source, proof, threads);
  await session.close();
  return trial;
}

const value = (name: string, ...shape: (number | string)[]) => ({ name, type: 1, shape });

describe("a version", () => {
  it("is fit when its graph proves its rows apart: with measured runs, ascending, and an answer", async () => {
    const trial = await tried();
    if (!trial.possible) throw new Error(trial.reason);
    expect(trial.runs.map(({ rows }) => rows)).toEqual([1, 4, 8]);
    expect(trial.runs.every(({ ms }) => ms > 0 && ms < 1_000)).toBe(true);
    expect(trial.sample.inputs["X"]?.data).toEqual(Float32Array.of(1, 2));
    expect(trial.sample.outputs["Y"]?.data).toEqual(Float32Array.of(1, 2));
  });

  it("is not when it takes long to open: what its graph makes of constants is computed then", async () => {
    const steps = Array.from({ length: 6 }, (_, i) => ({
      op: "Sin",
      inputs: [`C${i}`],
      outputs: [`C${i + 1}`],
    }));
    const model = onnxFile({
      inputs: [value("X", "batch", 2)],
      outputs: [value("Y", "batch", 2)],
      constants: {
        sizes: { shape: [2], integers: [1_500, 1_500] },
        axes: { shape: [2], integers: [0, 1] },
      },
      nodes: [
        { op: "ConstantOfShape", inputs: ["sizes"], outputs: ["C0"] },
        ...steps,
        { op: "ReduceSum", inputs: ["C6", "axes"], outputs: ["zero"], attributes: { keepdims: { i: 0 } } },
        { op: "Add", inputs: ["X", "zero"], outputs: ["Y"] },
      ],
    });
    expect(await tried({ model })).toEqual({
      possible: false,
      reason: expect.stringMatching(/^to open it takes \d+ ms, more than 25$/),
    });
  });

  it("with an If is not: what it runs depends on data", async () => {
    const branch = (op: string) => ({
      inputs: [],
      outputs: [value("B", "batch", 2)],
      nodes: [{ op, inputs: ["X"], outputs: ["B"] }],
    });
    const model = onnxFile({
      inputs: [value("X", "batch", 2)],
      outputs: [value("Y", "batch", 2)],
      constants: { zero: { shape: [], floats: [0] }, one: { shape: [], floats: [1] } },
      nodes: [
        { op: "Less", inputs: ["zero", "one"], outputs: ["C"] },
        {
          op: "If",
          inputs: ["C"],
          outputs: ["Y"],
          attributes: { then_branch: { g: branch("Identity") }, else_branch: { g: branch("Neg") } },
        },
      ],
    });
    // The rows are apart: both branches take each for itself.
    const proof = { together: true, proof: "graph", exact: true, worst: 0, within: 0, trials: 1 } as const;
    expect(await tried({ model }, { batching: proof })).toEqual({
      possible: false,
      reason: "its operator If runs a graph of its own, whose time is not bounded",
    });
  });

  it.each([
    ["that was told so", { change: { notInline: "a client has published it" } }, "a client has published it"],
    ["whose runs use several threads", { threads: 2 }, "a run of it uses 2 threads"],
    [
      "whose independence only the operator asserts",
      {
        batching: {
          together: true,
          proof: "operator",
          exact: true,
          worst: 0,
          within: 0,
          trials: 1,
        } as const,
      },
      "its graph does not prove",
    ],
    [
      "whose requests are computed one by one",
      { batching: { together: false, reason: "max_batch_size is 1" } as const },
      "its graph does not prove",
    ],
    [
      "whose inputs are texts",
      { change: { tokenizer: { maxBatchSize: 8 } as ModelSource["tokenizer"] } },
      "its inputs are texts",
    ],
  ])("%s is not", async (_, options, reason) => {
    const trial = await tried({}, options as Parameters<typeof tried>[1]);
    expect(trial).toMatchObject({ possible: false, reason: expect.stringContaining(reason) });
  });

  it("with a size that a request chooses is not", async () => {
    const open = (name: string) => ({ name, datatype: "FP32", dims: [-1] });
    const config = { ...echoConfig("echo"), input: [open("X")], output: [open("Y")] };
    const model = onnxFile({
      inputs: [value("X", "batch", "width")],
      outputs: [value("Y", "batch", "width")],
      nodes: [{ op: "Identity", inputs: ["X"], outputs: ["Y"] }],
    });
    expect(await tried({ config, model })).toMatchObject({
      possible: false,
      reason: "its input X has a size that a request chooses, on which a run's time depends",
    });
  });

  it("of large files is not, whatever its golden answer weighs", async () => {
    const folder = join(await repositoryOf({ echo: {} }), "echo");
    const source = shippedSource(folder);
    const golden = await readGolden(source.goldenPath);
    const session = await OnnxSession.open(source, 1, "cpu");
    const proof = await proveRows(session, golden, source);
    const judge = () => tryInline(session, golden, source, proof, 1);
    await writeFile(source.goldenPath, Buffer.alloc(300_000, " "));
    expect(await judge()).toMatchObject({ possible: true });
    await writeFile(join(folder, "1", "weights.data"), Buffer.alloc(300_000));
    expect(await judge()).toMatchObject({
      possible: false,
      reason: expect.stringContaining("its files have"),
    });
    await session.close();
  });
});
