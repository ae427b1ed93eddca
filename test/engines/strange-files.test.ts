/** Files that are no model, or no JSON, as people really have them: each is told with what to do, by whoever meets it. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { addModel } from "../../engines/onnx/import/add-model.js";
import { checkModels } from "../../engines/onnx/import/check-models.js";
import { field, onnxFile } from "../support/onnx.js";
import { echoConfig, echoGolden, echoModel, type ModelFiles, repositoryOf } from "../support/repository.js";

const text = (content: string) => new TextEncoder().encode(content);
const pointer = text("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 12345\n");
const relu = (domain = "") =>
  ({
    inputs: [{ name: "X", type: 1, shape: ["batch", 2] }],
    outputs: [{ name: "Y", type: 1, shape: ["batch", 2] }],
    nodes: [{ op: domain === "" ? "Relu" : "MagicAlpha", inputs: ["X"], outputs: ["Y"], domain }],
  }) as const;
/** Of two values of one field the later one holds. */
const ofIrVersion = (version: number) =>
  Uint8Array.from([...onnxFile(relu(), { opset: 17 }), ...field(1, version)]);
const ofType = (type: number) =>
  onnxFile(
    {
      inputs: [{ name: "X", type, shape: ["batch", 2] }],
      outputs: [{ name: "Y", type, shape: ["batch", 2] }],
      nodes: [{ op: "Identity", inputs: ["X"], outputs: ["Y"] }],
    },
    { opset: 19 },
  );

const files: Readonly<Record<string, readonly [Uint8Array, RegExp]>> = {
  lfs: [pointer, /model\.onnx is a git-lfs pointer, not the model: run "git lfs pull"/],
  empty: [new Uint8Array(0), /model\.onnx is empty: copy it again/],
  cut: [echoModel.subarray(0, echoModel.length / 2), /model\.onnx.* no ONNX model, or a damaged one/],
  "newer-ir": [
    ofIrVersion(99),
    /IR version 99, is too new: ONNX Runtime 1\.\d+\.\d+ reads up to \d+\. Set model\.ir_version = \d+/,
  ],
  "newer-opset": [
    onnxFile(relu(), { opset: 99 }),
    /opset 99 of ai\.onnx, are too new: .* reads up to \d+\. Export it with opset_version=\d+/,
  ],
  custom: [
    onnxFile(relu("com.desk"), { domains: { "com.desk": 1 } }),
    /operator MagicAlpha of com\.desk, which ONNX Runtime .* does not have/,
  ],
  bfloat16: [ofType(16), /takes or gives bfloat16, which no request can carry: cast it/],
  complex64: [ofType(14), /takes or gives complex64/],
};

describe("what is no model that can be opened", () => {
  it.each(Object.entries(files))("%s, by check and by add", async (name, [model, words]) => {
    const models = await repositoryOf({ [name]: { model } });
    expect(await checkModels(models)).toMatchObject([
      { what: `${name}@1`, reason: expect.stringMatching(words) },
    ]);
    const path = join(models, name, "1", "model.onnx");
    await expect(addModel({ path, name: "added", models })).rejects.toThrow(words);
  });

  it("under a name of its own is told with the name it needs", async () => {
    const models = await repositoryOf({ named: { model: null } });
    await writeFile(join(models, "named", "1", "mine.onnx"), echoModel);
    const [checked] = await checkModels(models);
    expect(checked?.reason).toMatch(/there is no such file; rename .*1\/mine\.onnx to model\.onnx/);
    const addition = { path: join(models, "named"), name: "added", models };
    await expect(addModel(addition)).rejects.toThrow(/name the \.onnx file, such as .*1\/mine\.onnx/);
  });
});

describe("a byte order mark", () => {
  it("before config.json and golden.json is no part of them", async () => {
    const config = `\ufeff${JSON.stringify(echoConfig("bom"))}`;
    const models = await repositoryOf({ bom: { config, golden: `\ufeff${JSON.stringify(echoGolden)}` } });
    expect(await checkModels(models)).toEqual([{ what: "bom@1" }]);
  });

  it("of UTF-16 is told", async () => {
    const models = await repositoryOf({ wide: {} });
    const wide = Buffer.from(`\ufeff${JSON.stringify(echoConfig("wide"))}`, "utf16le");
    await writeFile(join(models, "wide", "config.json"), wide);
    expect((await checkModels(models))[0]?.reason).toMatch(/config\.json: it is UTF-16: save it as UTF-8/);
  });
});

it("a golden answer that is no JSON is told by its path", async () => {
  const models = await repositoryOf({ broken: { golden: '{"inputs": ' } });
  expect((await checkModels(models))[0]?.reason).toMatch(/broken\/1\/golden\.json: .*JSON/);
});

describe("a golden input with NaN", () => {
  const X = { datatype: "FP32", shape: [2, 2], data: [1, "NaN", 3, 4] };
  const golden = { made_by: "hand", inputs: { X }, outputs: { Y: X } };

  it("makes add allow it, and say so", async () => {
    const folder = await mkdtemp(join(tmpdir(), "headgate-nan-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const [path, given, models] = [join(folder, "m.onnx"), join(folder, "g.json"), join(folder, "models")];
    await mkdir(models);
    await writeFile(path, echoModel);
    await writeFile(given, JSON.stringify(golden));
    const { notes } = await addModel({ path, name: "nan", models, golden: given });
    expect(notes.join("\n")).toMatch(/allow_nan is true for input X/);
    expect(await checkModels(models)).toEqual([{ what: "nan@1" }]);
  });

  it("is told where config.json does not allow it", async () => {
    const files: ModelFiles = { golden };
    const models = await repositoryOf({ nan: files });
    const words = /golden input X has NaN or infinity, which clients are refused: set "allow_nan": true/;
    expect((await checkModels(models))[0]?.notes?.join()).toMatch(words);
    const addition = { path: join(models, "nan", "1", "model.onnx"), name: "nan", models };
    const { notes } = await addModel({ ...addition, golden: join(models, "nan", "1", "golden.json") });
    expect(notes.join("\n")).toMatch(words);
  });
});
