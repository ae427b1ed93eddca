/** Folders of other servers, and graphs alone: read where they can be, and told where not, by check, describe and the log. */
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { connect, tensor } from "../../client/typescript/index.js";
import { checkModels } from "../../engines/onnx/import/check-models.js";
import { mlflowFile } from "../../engines/onnx/layouts/mlflow-model.js";
import type { ModelConfig } from "../../engines/onnx/model-config.js";
import { RepositoryReader } from "../../engines/onnx/repository.js";
import { startGateway } from "../support/gateway.js";
import { keptLog } from "../support/kept-log.js";
import { onnxFile } from "../support/onnx.js";
import { echoGolden, echoModel, writeVersion } from "../support/repository.js";
import { until } from "../support/until.js";

/** A repository of these files, each by its path. */
async function repository(files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const models = await mkdtemp(join(tmpdir(), "headgate-layouts-"));
  onTestFinished(() => rm(models, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(models, path, ".."), { recursive: true });
    await writeFile(join(models, path), content);
  }
  return models;
}

const golden = JSON.stringify(echoGolden);
const version = (path: string) => ({ [`${path}/model.onnx`]: echoModel, [`${path}/golden.json`]: golden });
const tensors = `
input [ { name: "X" data_type: TYPE_FP32 dims: [ 2 ] } ]
output [ { name: "Y" data_type: TYPE_FP32 dims: [ 2 ] } ]`;
const pbtxt = `name: "triton" platform: "onnxruntime_onnx" max_batch_size: 8 ${tensors}`;
const mlmodel = `flavors:
  onnx:
    data: model.onnx
    onnx_version: 1.16
  python_function:
    loader_module: mlflow.onnx
`;

async function configOf(files: Readonly<Record<string, string | Uint8Array>>) {
  const [model] = await new RepositoryReader(await repository(files)).read();
  if (model === undefined) throw new Error("no model was read");
  return { ...model, config: model.config as ModelConfig & { reason?: string } };
}

describe("Triton's config.pbtxt", () => {
  it("is taken as far as it means the same here", async () => {
    const text = `${pbtxt}
      version_policy: { specific: { versions: [1, 3] } }
      dynamic_batching {
        preferred_batch_size: [ 4, 8 ] max_queue_delay_microseconds: 100
        default_queue_policy { max_queue_size: 16 default_timeout_microseconds: 5000 }
        priority_levels: 3 default_priority_level: 2
      }
      instance_group [ { kind: KIND_CPU count: 2 } ]
      response_cache { enable: true }`;
    const { config, notes } = await configOf({ "triton/config.pbtxt": text, ...version("triton/1") });
    expect(config).toMatchObject({
      name: "triton",
      max_batch_size: 8,
      input: [{ name: "X", datatype: "FP32", dims: [2] }],
      output: [{ name: "Y", datatype: "FP32", dims: [2] }],
      version_policy: { specific: { versions: [1, 3] } },
      dynamic_batching: {
        preferred_batch_size: [4, 8],
        max_queue_delay_microseconds: 100,
        priority_levels: 3,
        default_priority_level: 2,
        default_queue_policy: { max_queue_size: 16, default_timeout_microseconds: 5_000 },
      },
      instance_group: { count: 2 },
      execution_providers: ["cpu"],
      response_cache: { enable: true },
    });
    expect(notes).toEqual(["It is read from Triton's config.pbtxt."]);
  });

  it("tells what is not applied", async () => {
    const text = `${pbtxt}
      optimization { graph { level: 1 } }
      parameters { key: "intra_op_thread_count" value: { string_value: "4" } }
      instance_group { kind: KIND_GPU gpus: [ 0 ] }
      dynamic_batching { preserve_ordering: true }`;
    const { notes } = await configOf({ "triton/config.pbtxt": text, ...version("triton/1") });
    expect(notes.slice(1)).toEqual([
      "The field optimization of config.pbtxt is not applied.",
      "The field parameters of config.pbtxt is not applied.",
      expect.stringMatching(/names GPUs; engine\.execution_providers says/),
      expect.stringMatching(/preserve_ordering/),
    ]);
  });

  it("takes what it leaves out from the graph, and another name of the file", async () => {
    const text = 'backend: "onnxruntime" max_batch_size: 4 default_model_filename: "net.onnx"';
    const models = await repository({
      "net/config.pbtxt": text,
      "net/1/net.onnx": echoModel,
      "net/1/golden.json": golden,
    });
    const [model] = await new RepositoryReader(models).read();
    expect(model?.config).toMatchObject({
      name: "net",
      max_batch_size: 4,
      input: [{ name: "X", datatype: "FP32", dims: [2] }],
    });
    expect(await checkModels(models)).toMatchObject([{ what: "net@1" }]);
  });

  it.each([
    [
      "sequence_batching { max_sequence_idle_microseconds: 1 }",
      /sequence_batching is not served, for no state is kept/,
    ],
    [
      "ensemble_scheduling { step [ ] }",
      /an ensemble \(ensemble_scheduling\), which is not served: join the steps/,
    ],
    ['backend: "python"', /for Triton's platform onnxruntime_onnx|backend python/],
    ["model_transaction_policy { decoupled: true }", /decoupled answers are not served/],
    ["batch_input [ { kind: BATCH_ELEMENT_COUNT } ]", /batch_input is not served/],
    ['default_model_filename: "../other.onnx"', /default_model_filename is/],
    ["max_batchsize: 8", /Unrecognized key: "max_batchsize"/],
    ["max_batch_size: 8", /is given more than once/],
    ["version_policy { newest { } }", /Unrecognized key: "newest"/],
    ["input [ {", /line 4, column \d+: expected the name of a field or \}, found the end/],
  ])("refuses %s", async (more, reason) => {
    const text = more.startsWith("backend") ? `${more} max_batch_size: 8 ${tensors}` : `${pbtxt}\n${more}`;
    const { config } = await configOf({ "triton/config.pbtxt": text, ...version("triton/1") });
    expect(config.reason).toMatch(reason);
    expect(config.reason).toContain("triton/config.pbtxt: ");
  });

  it.each([
    [
      'platform: "tensorrt_plan"',
      /Triton's platform tensorrt_plan, and only ONNX is served: export the model to ONNX/,
    ],
    ["reshape: { shape: [ ] }", /X: reshape is not served/],
    ["allow_ragged_batch: true", /X: allow_ragged_batch is not served/],
    ["optional: true", /X: an optional input/],
    ["data_type: TYPE_BF16", /data_type/],
  ])("refuses a model with %s", async (more, reason) => {
    const text = more.startsWith("platform")
      ? `${more} ${tensors}`
      : `input { name: "X" dims: [ 2 ] ${more.startsWith("data_type") ? "" : "data_type: TYPE_FP32"} ${more} }
         output { name: "Y" data_type: TYPE_FP32 dims: [ 2 ] }`;
    const { config } = await configOf({ "triton/config.pbtxt": text, ...version("triton/1") });
    expect(config.reason).toMatch(reason);
  });
});

describe("MLflow's MLmodel", () => {
  it("with an ONNX flavour is version 1, as its graph declares it", async () => {
    const models = await repository({ "flow/MLmodel": mlmodel, ...version("flow") });
    expect(await checkModels(models)).toMatchObject([
      {
        what: "flow@1",
        notes: [expect.stringContaining("MLmodel"), expect.stringContaining("max_batch_size is 32")],
      },
    ]);
  });

  it.each([
    [
      "flavors:\n  sklearn:\n    pickled_model: model.pkl\n",
      /MLmodel: it has the flavours sklearn and not onnx: convert/,
    ],
    ["flavors:\n  onnx:\n    data: ../other.onnx\n", /a file inside the folder is served/],
    ["flavors: 3", /MLmodel: /],
    ["flavors: [", /MLmodel: /],
  ])("is refused for %j", async (text, reason) => {
    const { config } = await configOf({ "flow/MLmodel": text, ...version("flow") });
    expect(config.reason).toMatch(reason);
  });
});

describe("an MLmodel", () => {
  const fileNames = fc.stringMatching(/^[a-z][a-z0-9_-]{0,8}\.onnx$/);
  const flavours = fc.uniqueArray(fc.constantFrom("python_function", "sklearn", "keras"), {
    minLength: 0,
    maxLength: 3,
  });

  it("as MLflow writes it is read, whatever stands around the flavour", () => {
    const quotes = fc.constantFrom("", "'", '"');
    fc.assert(
      fc.property(fileNames, flavours, fc.nat(3), quotes, (file, others, place, quote) => {
        const own = `  onnx:\n    data: ${quote}${file}${quote}\n    onnx_version: 1.16\n    options: null\n`;
        const blocks = others.map(
          (name) => `  ${name}:\n    data: other.pkl\n    env:\n      conda: conda.yaml\n`,
        );
        blocks.splice(Math.min(place, blocks.length), 0, own);
        const text = `artifact_path: model\nflavors:\n${blocks.join("")}mlflow_version: 2.9.2\nsignature:\n  inputs: '[{"type": "tensor"}]'\n`;
        expect(mlflowFile(text)).toBe(file);
      }),
    );
  });

  it("of any text names a file inside the folder, or is refused in words", () => {
    const pieces = fc.constantFrom(
      "flavors:",
      "onnx:",
      "data:",
      "\n",
      "  ",
      " ",
      "../",
      "/etc",
      "a.onnx",
      "'",
      "{",
      "-",
    );
    fc.assert(
      fc.property(
        fc.array(pieces).map((each) => each.join("")),
        (text) => {
          try {
            expect(mlflowFile(text)).toMatch(/^[\w.][\w. /-]*$/);
            expect(mlflowFile(text).split("/")).not.toContain("..");
          } catch (error) {
            expect(String(error)).toMatch(/flavo/);
          }
        },
      ),
      { numRuns: 1_000 },
    );
  });
});

describe("a graph without a config", () => {
  it("is served as it declares itself, in a folder of a version or in none", async () => {
    const models = await repository({ ...version("flat"), ...version("deep/1"), ...version("deep/2") });
    const checked = await checkModels(models);
    expect(checked.map(({ what, reason }) => [what, reason])).toEqual([
      ["deep@2", undefined],
      ["flat@1", undefined],
    ]);
    expect(checked[1]?.notes?.join(" ")).toMatch(
      /There is no config\.json\. It is version 1\. .*max_batch_size is 32/,
    );
  });

  it("takes no batches where its first dimensions are fixed, or where rows are another size too", async () => {
    const graph = (shape: readonly (number | string)[]) =>
      onnxFile({
        inputs: [{ name: "X", type: 1, shape }],
        outputs: [{ name: "Y", type: 1, shape }],
        nodes: [{ op: "Identity", inputs: ["X"], outputs: ["Y"] }],
      });
    for (const [shape, dims] of [
      [
        [2, 3],
        [2, 3],
      ],
      [
        ["n", "n"],
        [-1, -1],
      ],
    ] as const) {
      const { config, notes } = await configOf({ "net/model.onnx": graph(shape) });
      expect(config).toMatchObject({ max_batch_size: 0, input: [{ dims }], output: [{ dims }] });
      expect(notes.join(" ")).toContain("requests are computed one by one");
    }
  });

  it("of unknown rank, or with no tensor to answer, is refused with what to do", async () => {
    const unranked = onnxFile({
      inputs: [{ name: "X", type: 1 }],
      outputs: [{ name: "Y", type: 1 }],
      nodes: [{ op: "Relu", inputs: ["X"], outputs: ["Y"] }],
    });
    const { config } = await configOf({ "net/model.onnx": unranked });
    expect(config.reason).toMatch(/net: input X is of unknown rank: .*Write a config\.json/);
    const models = await repository({});
    await mkdir(join(models, "list"));
    await cp(
      new URL("../golden/onnx/sequence-only.onnx", import.meta.url),
      join(models, "list", "model.onnx"),
    );
    expect((await checkModels(models))[0]?.reason).toMatch(
      /no output is a tensor: bring it with "headgate models add"/,
    );
  });

  it("as a file beside the models' folders is told where to put it", async () => {
    const models = await repository({ "loose.onnx": echoModel });
    expect(await checkModels(models)).toEqual([
      {
        what: "loose.onnx",
        reason: expect.stringMatching(/headgate models add .*loose\.onnx --name loose"/),
      },
    ]);
  });
});

describe("folders of versions under other names", () => {
  it.each([
    ["v1", "Folder v1 is no version, for a version is a whole number from 1 on: rename it to 1."],
    ["001", "rename it to 1."],
    ["1.0", "rename it to 1."],
    ["0", "rename it to a number that is free."],
  ])("%s", async (name, words) => {
    const models = await repository({ ...version(`net/${name}`), "net/config.pbtxt": tensors });
    const [checked] = await checkModels(models);
    expect(checked?.reason).toMatch(/net: no version folder\. /);
    expect(checked?.reason).toContain(words);
    const bare = await repository(version(`net/${name}`));
    expect((await checkModels(bare))[0]?.reason).toContain(words);
  });

  it("beside a version that serves are told beside it", async () => {
    const models = await repository({ ...version("net/2"), ...version("net/v1") });
    const [checked] = await checkModels(models);
    expect(checked).toMatchObject({
      what: "net@2",
      notes: expect.arrayContaining([expect.stringContaining("Folder v1")]),
    });
  });
});

it("a gateway serves them, and says in describe and in its log what it does not apply", async () => {
  const models = await repository({
    "triton/config.pbtxt": `${pbtxt}\noptimization { }`,
    ...version("triton/1"),
    "flow/MLmodel": mlmodel,
    ...version("flow"),
    ...version("bare"),
    ".snapshot/model.onnx": echoModel,
    "notebooks/readme.txt": "no model",
    "python/config.pbtxt": 'backend: "python"',
    "python/1/model.py": "",
    "lfs/model.onnx": "version https://git-lfs.github.com/spec/v1\n",
  });
  const lines: Record<string, unknown>[] = [];
  const { url, stop } = await startGateway(
    { models, repository: { poll_ms: 50, settle_ms: 60 } },
    { log: keptLog(lines) },
  );
  const gate = await connect(url);
  try {
    const X = tensor([[1, 2]]);
    for (const name of ["triton", "flow", "bare"])
      expect((await gate.infer(name, { X })).outputs["Y"]).toEqual(X);
    const told = new Map((await gate.describe()).models.map((each) => [each.name, each]));
    expect(told.get("triton")).toMatchObject({
      state: "ready",
      notes: [
        "It is read from Triton's config.pbtxt.",
        "The field optimization of config.pbtxt is not applied.",
      ],
    });
    expect(told.get("python")).toMatchObject({
      state: "unavailable",
      reason: expect.stringMatching(/backend python/),
    });
    expect(told.get("lfs")).toMatchObject({ reason: expect.stringMatching(/git-lfs pointer/) });
    expect([...told.keys()]).not.toContain("notebooks");
    expect([...told.keys()]).not.toContain(".snapshot");
    const logged = (model: string) => JSON.stringify(lines.filter((line) => line["model"] === model));
    expect(logged("triton")).toContain("The field optimization of config.pbtxt is not applied.");
    expect(logged("python")).toContain("backend python");
    await writeVersion(join(models, "arriving"));
    await until(async () => {
      const arriving = (await gate.describe()).models.find(({ name }) => name === "arriving");
      expect(arriving?.["state"]).toBe("ready");
    });
  } finally {
    await gate.close();
    await stop();
  }
});

describe("a folder whose name is a part of a path, or belongs to stored fits", () => {
  it.each(["stats", "config", "versions", "pca.apply", "pca.update"])(
    "%s is not served, and told to be renamed",
    async (name) => {
      for (const files of [
        version(`${name}/1`),
        { ...version(`${name}/1`), [`${name}/config.pbtxt`]: `name: "${name}" ${tensors}` },
      ]) {
        const { config } = await configOf(files);
        expect(config.reason).toMatch(`"${name}" cannot be a model's name`);
        expect(config.reason).toMatch(/Rename the folder/);
      }
    },
  );

  it("is not one whose name only begins or ends like that", async () => {
    for (const name of ["stats2", "my.config", "apply", "versions.v1"])
      expect((await configOf(version(`${name}/1`))).config).toMatchObject({ name });
  });
});
