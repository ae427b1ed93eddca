/** A model repository as a gateway serves it: what is broken is told, and everything else serves. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { connect, tensor } from "../../client/typescript/index.js";
import { chooseVersions } from "../../engines/onnx/model-config.js";
import { RepositoryReader } from "../../engines/onnx/repository.js";
import { toWire } from "../../protocol/tensor.js";
import { startGateway } from "../support/gateway.js";
import { onnxFile } from "../support/onnx.js";
import { echoConfig, echoGolden, type ModelFiles, repositoryOf } from "../support/repository.js";
import { BareSocket } from "../support/socket.js";

const graph = (inputShape: readonly (number | string)[], type = 1) =>
  onnxFile({
    inputs: [{ name: "X", type, shape: inputShape }],
    outputs: [{ name: "Y", type, shape: inputShape }],
    nodes: [{ op: "Identity", inputs: ["X"], outputs: ["Y"] }],
  });

const off = { ...echoGolden, outputs: { Y: { ...echoGolden.outputs.Y, data: [1, 2, 3, 4.5] } } };
const oneRow = { datatype: "FP32", shape: [1, 2], data: [1, 2] };

/** Each with a part of the reason that names what is wrong. */
const broken: Readonly<Record<string, readonly [ModelFiles, RegExp]>> = {
  "bad-json": [{ config: "{" }, /JSON/],
  "unknown-key": [{ config: { ...echoConfig("unknown-key"), max_batchsize: 3 } }, /max_batchsize/],
  "no-inputs": [{ config: { ...echoConfig("no-inputs"), input: [] } }, /input/],
  "other-name": [{ config: echoConfig("elsewhere") }, /name is "elsewhere", the folder's is "other-name"/],
  "no-version": [{ versions: [] }, /no version folder/],
  "no-golden": [{ golden: null }, /no golden answer/],
  "bad-golden": [{ golden: "[]" }, /golden\.json/],
  "golden-off": [{ golden: off }, /golden answer not reproduced: output Y\[3\] is 4, hand gave 4\.5/],
  "no-model": [{ model: null }, /no-model/],
  "no-such-operator": [
    {
      model: onnxFile({
        inputs: [{ name: "X", type: 1, shape: ["batch", 2] }],
        outputs: [{ name: "Y", type: 1, shape: ["batch", 2] }],
        nodes: [{ op: "Levitate", inputs: ["X"], outputs: ["Y"] }],
      }),
    },
    /no-such-operator\/1\/model\.onnx.*Levitate/,
  ],
  "shadow-with-weight": [
    {
      config: {
        ...echoConfig("shadow-with-weight"),
        traffic: { weights: { "1": 1 }, shadow: { version: "1" } },
      },
    },
    /shadow: that version has a weight too/,
  ],
  "corrupt-model": [{ model: Uint8Array.from([8, 7, 58, 99, 1, 2, 3]) }, /corrupt-model\/1\/model\.onnx/],
  "other-datatype": [{ model: graph(["batch", 2], 11) }, /input X is float64, config\.json says FP32/],
  "other-shape": [
    { model: graph(["batch", 3]) },
    /input X has shape \[batch,3\], config\.json says \[batch,2\]/,
  ],
  "other-rank": [{ model: graph(["batch"]) }, /input X has shape \[batch\]/],
  "one-row-only": [
    { model: graph([1, 2]), golden: { ...echoGolden, inputs: { X: oneRow }, outputs: { Y: oneRow } } },
    /input X takes 1 rows and no other/,
  ],
  "other-input": [
    {
      model: onnxFile({
        inputs: [
          { name: "X", type: 1, shape: ["batch", 2] },
          { name: "Z", type: 1, shape: ["batch", 2] },
        ],
        outputs: [{ name: "Y", type: 1, shape: ["batch", 2] }],
        nodes: [{ op: "Add", inputs: ["X", "Z"], outputs: ["Y"] }],
      }),
    },
    /input Z is in the graph and not in config\.json/,
  ],
  "other-output": [
    {
      config: {
        ...echoConfig("other-output"),
        output: [{ name: "W", datatype: "FP32", dims: [2] }],
      },
    },
    /output W is not in the graph; it has Y/,
  ],
};

it("each broken model is refused with its reason, and the others serve", async () => {
  const files = Object.fromEntries(Object.entries(broken).map(([name, [each]]) => [name, each]));
  const models = await repositoryOf({ ...files, echo: {}, both: { versions: ["1", "2", "10"] } });
  await mkdir(join(models, "training"));
  await writeFile(join(models, "README.md"), "not a model");
  const { url, http, stop } = await startGateway({ models });
  const gate = await connect(url);
  const socket = await BareSocket.open(url);
  try {
    expect((await fetch(`${http}/v2/health/ready`)).status).toBe(200);
    const { models: told } = await gate.describe();
    for (const [name, [, reason]] of Object.entries(broken)) {
      const described = told.find((each) => each.name === name);
      expect(described, name).toMatchObject({ state: "unavailable", reason: expect.stringMatching(reason) });
    }
    const names = Object.keys(broken);
    const inputs = { X: toWire(tensor([[1, 2]])) };
    socket.send(...names.map((model, id) => ({ type: "infer", id, model, inputs }) as const));
    for (const [id, name] of names.entries())
      expect(await socket.answer(id), name).toMatchObject({ code: "unavailable", processed: "no" });
    expect(told.map(({ name }) => name)).not.toContain("training");
    const X = tensor([
      [1, 2],
      [3, 4],
    ]);
    expect((await gate.infer("echo", { X })).outputs["Y"]).toEqual(X);
    expect((await gate.infer("both", { X })).version).toBe("10");
  } finally {
    await gate.close();
    await socket.close();
    await stop();
  }
});

it("the version policy serves the latest, all, or those it names", () => {
  const onDisk = [1, 10, 2];
  expect(chooseVersions({ version_policy: { latest: { num_versions: 2 } } }, onDisk)).toEqual([10, 2]);
  expect(chooseVersions({ version_policy: { all: {} } }, onDisk)).toEqual([10, 2, 1]);
  expect(chooseVersions({ version_policy: { specific: { versions: [1, 2, 7] } } }, onDisk)).toEqual([2, 1]);
  expect(chooseVersions({ version_policy: { specific: { versions: [7] } } }, onDisk)).toEqual([]);
});

describe("reading a repository", () => {
  it("finds the versions on disk, and what is no version is none", async () => {
    const folder = await repositoryOf({ echo: { versions: ["1", "2", "10", "0", "x3"] } });
    const [model] = await new RepositoryReader(folder).read();
    expect(model?.versions.map(({ version }) => version)).toEqual([1, 2, 10]);
  });

  it("tells a folder that changed from one that did not", async () => {
    const folder = await repositoryOf({ echo: {}, other: {} });
    const reader = new RepositoryReader(folder);
    const before = await reader.read();
    await writeFile(join(folder, "echo", "1", "golden.json"), "{}");
    const after = await reader.read();
    expect(after.map((model, at) => model === before[at])).toEqual([false, true]);
  });

  it("a folder that is not there is told", async () => {
    await expect(new RepositoryReader("no/such/folder").read()).rejects.toThrow(/no\/such\/folder/);
  });
});
