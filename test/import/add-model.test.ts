/** Models as the libraries export them, brought into a repository and served with the library's own answers. */
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { connect } from "../../client/typescript/index.js";
import { mismatch, readGolden } from "../../engines/onnx/golden.js";
import { addModel } from "../../engines/onnx/import/add-model.js";
import { checkModels } from "../../engines/onnx/import/check-models.js";
import { startGateway } from "../support/gateway.js";
import { onnxFile } from "../support/onnx.js";

const files = fileURLToPath(new URL("../golden/onnx", import.meta.url));
const shippedText = fileURLToPath(new URL("../../models/news-tone/1", import.meta.url));
const exported = (name: string) => join(files, `${name}.onnx`);
const goldenOf = (name: string) => join(files, `${name}.golden.json`);

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), "headgate-bring-"));
  onTestFinished(() => rm(made, { recursive: true, force: true }));
  return made;
}

const configOf = async (models: string, name: string) =>
  JSON.parse(await readFile(join(models, name, "config.json"), "utf8"));

/** What is brought, and what its config has to say. */
const brought = {
  "zipmap-numbers": {
    max_batch_size: 256,
    input: [{ name: "X", datatype: "FP32", dims: [4] }],
    output: [
      { name: "output_label", datatype: "INT64", dims: [] },
      {
        name: "output_probability",
        datatype: "FP32",
        dims: [3],
        description: "The probabilities of the classes 0, 1, 2.",
      },
    ],
  },
  "zipmap-strings": {
    max_batch_size: 256,
    output: [
      { name: "output_label", datatype: "BYTES", dims: [] },
      {
        name: "output_probability",
        datatype: "FP32",
        dims: [3],
        description: "The probabilities of the classes calm, risky, wild.",
      },
    ],
  },
  lightgbm: {
    max_batch_size: 256,
    output: [
      { name: "label", datatype: "INT64", dims: [] },
      {
        name: "probabilities",
        datatype: "FP32",
        dims: [3],
        description: "The probabilities of the classes 0, 1, 2.",
      },
    ],
  },
  "strings-and-numbers": {
    max_batch_size: 256,
    input: [
      { name: "venue", datatype: "BYTES", dims: [1] },
      { name: "size", datatype: "FP32", dims: [1] },
    ],
  },
  "two-inputs": { max_batch_size: 256, output: [{ name: "signal", datatype: "FP32", dims: [2] }] },
  "external-weights": { max_batch_size: 256 },
  "fixed-batch": {
    max_batch_size: 0,
    input: [
      { name: "prices", datatype: "FP32", dims: [2, 3] },
      { name: "volumes", datatype: "FP32", dims: [2, 3] },
    ],
    output: [{ name: "signal", datatype: "FP32", dims: [2, 2] }],
  },
} as const;
const names = Object.keys(brought) as (keyof typeof brought)[];

describe("with the library's answers", () => {
  it("each is proven on them, and answers them over a socket", async () => {
    const models = await folder();
    for (const name of names) {
      const { notes } = await addModel({ path: exported(name), name, models, golden: goldenOf(name) });
      expect(await configOf(models, name), name).toMatchObject(brought[name]);
      expect(notes.join("\n"), name).toContain("was reproduced");
    }
    const { url, stop } = await startGateway({ models });
    const gate = await connect(url);
    try {
      for (const name of names) {
        const golden = await readGolden(goldenOf(name));
        const { outputs } = await gate.infer(name, golden.inputs);
        expect(mismatch(golden, outputs), name).toBeUndefined();
      }
    } finally {
      await gate.close();
      await stop();
    }
  });

  it("that are other than the graph's, the model is refused and nothing is left", async () => {
    const models = await folder();
    const golden = JSON.parse(await readFile(goldenOf("zipmap-numbers"), "utf8"));
    golden.outputs.output_probability.data[0] += 0.1;
    await writeFile(join(models, "off.json"), JSON.stringify(golden));
    const addition = { path: exported("zipmap-numbers"), name: "off", models };
    await expect(addModel({ ...addition, golden: join(models, "off.json") })).rejects.toThrow(
      /zipmap-numbers\.onnx: golden answer not reproduced: output output_probability\[0\]/,
    );
    expect(await readdir(models)).toEqual(["off.json"]);
  });
});

describe("without a golden answer", () => {
  it.each([
    [
      "no-batch",
      { max_batch_size: 0, input: [{ dims: [-1] }], output: [{ dims: [] }] },
      /ReduceSum "total" goes over the rows/,
    ],
    ["rows-mix", { max_batch_size: 0, input: [{ dims: [-1, 2] }] }, /depends on the rows beside it/],
    ["fixed-batch", { max_batch_size: 0 }, /takes exactly 2 rows/],
    [
      "sequence-beside",
      { max_batch_size: 256, output: [{ name: "y", dims: [2] }] },
      /output parts is a sequence/,
    ],
    ["two-inputs", { max_batch_size: 256 }, /rows answered together are what each is answered alone/],
  ])("%s", async (name, config, note) => {
    const models = await folder();
    const { notes } = await addModel({ path: exported(name), name, models });
    expect(await configOf(models, name)).toMatchObject(config);
    expect(notes.join("\n")).toMatch(note);
    expect(notes.join("\n")).toContain("ONNX Runtime's own answer");
    expect(await checkModels(models)).toEqual([{ what: `${name}@1` }]);
  });

  it("the next version is one above, and config.json stays as it is", async () => {
    const models = await folder();
    const addition = { path: exported("two-inputs"), name: "pair", models };
    await addModel({ ...addition, maxBatchSize: 16 });
    const { folder: second, notes } = await addModel(addition);
    expect(second).toBe(join(models, "pair", "2"));
    expect(notes).toContain("config.json was there and is kept as it is");
    expect(await configOf(models, "pair")).toMatchObject({ max_batch_size: 16 });
  });
});

it("a transformer in an exporter's folder is asked strings", async () => {
  const [models, from] = [await folder(), await folder()];
  for (const file of ["model.onnx", "tokenizer.json"]) await cp(join(shippedText, file), join(from, file));
  const { notes } = await addModel({ path: from, name: "tone", models });
  expect(await configOf(models, "tone")).toMatchObject({
    max_batch_size: 32,
    input: [{ name: "text", datatype: "BYTES", dims: [] }],
    output: [{ name: "label" }, { name: "probabilities", dims: [3] }],
    tokenizer: {},
  });
  expect(notes.join("\n")).toContain("texts of similar length are computed together");
  await rm(join(from, "tokenizer.json"));
  await expect(addModel({ path: from, name: "bare", models })).rejects.toThrow(/pass --tokenizer FILE/);
});

it("a model of sentence-transformers keeps its length, and its tokenizer may lie one folder up", async () => {
  const [models, from] = [await folder(), await folder()];
  await mkdir(join(from, "onnx"));
  await cp(join(shippedText, "model.onnx"), join(from, "onnx", "model.onnx"));
  await cp(join(shippedText, "tokenizer.json"), join(from, "tokenizer.json"));
  await writeFile(join(from, "sentence_bert_config.json"), JSON.stringify({ max_seq_length: 24 }));
  const { notes } = await addModel({ path: join(from, "onnx"), name: "tone", models });
  const said = "A text may have 24 tokens, as sentence_bert_config.json says; what is longer is cut.";
  expect(notes).toContain(said);
  expect(await checkModels(models)).toEqual([{ what: "tone@1", notes: [said] }]);
  const { url, stop } = await startGateway({ models });
  const gate = await connect(url);
  try {
    expect((await gate.describe()).models.find(({ name }) => name === "tone")).toMatchObject({
      notes: [said],
    });
  } finally {
    await gate.close();
    await stop();
  }
});

describe("what cannot be served is refused with what to do, and leaves nothing behind", () => {
  const unsupported = onnxFile({
    inputs: [{ name: "X", type: 1, shape: ["batch", 2] }],
    outputs: [{ name: "Y", type: 1, shape: ["batch", 2] }],
    nodes: [{ op: "Levitate", inputs: ["X"], outputs: ["Y"] }],
  });
  it.each([
    ["nothing", null, /there is no such file/],
    ["text", new TextEncoder().encode("not a model"), /is no ONNX model, or a damaged one.*Export it again/],
    [
      "cut",
      unsupported.subarray(0, unsupported.length - 20),
      /no ONNX model, or a damaged one|cannot open it/,
    ],
    ["operator", unsupported, /Levitate.*Export it again, with operators/],
  ])("%s", async (name, bytes, reason) => {
    const models = await folder();
    const from = await folder();
    const path = join(from, "model.onnx");
    if (bytes !== null) await writeFile(path, bytes);
    await expect(addModel({ path, name, models })).rejects.toThrow(reason);
    expect(await readdir(models)).toEqual([]);
  });

  it("a list of tensors alone, weights that are not there, a version that is", async () => {
    const [models, from] = [await folder(), await folder()];
    await expect(addModel({ path: exported("sequence-only"), name: "s", models })).rejects.toThrow(
      /no output is a tensor/,
    );
    await cp(exported("external-weights"), join(from, "model.onnx"));
    await expect(addModel({ path: from, name: "w", models })).rejects.toThrow(
      /weights weights\.data are not beside it/,
    );
    const addition = { path: exported("two-inputs"), name: "pair", models, version: 1 };
    await addModel(addition);
    await expect(addModel(addition)).rejects.toThrow(/pair\/1 is there already: choose another --version/);
    await expect(addModel({ ...addition, path: exported("rows-mix"), version: 2 })).rejects.toThrow(
      /choose another --name, or change it/,
    );
    expect(await readdir(models)).toEqual(["pair"]);
    expect(await readdir(join(models, "pair"))).toEqual(["1", "config.json"]);
  });
});

it("check tells each version that would not be served, and why", async () => {
  const models = await folder();
  await addModel({ path: exported("two-inputs"), name: "pair", models });
  await rm(join(models, "pair", "1", "golden.json"));
  expect(await checkModels(models)).toEqual([
    { what: "pair@1", reason: expect.stringContaining("no golden answer") },
  ]);
});

it("a batch that would hold much memory is smaller, unless somebody says how large it is to be", async () => {
  const models = await folder();
  const costly = async () => ({
    batching: { together: false, reason: "nobody tried" } as const,
    notes: [],
    runs: [
      { rows: 1, ms: 1, bytes: 10e6 },
      { rows: 16, ms: 1, bytes: 160e6 }, // 10 MB a row
    ],
  });
  const path = exported("two-inputs");
  const { notes } = await addModel({ path, name: "fewer", models }, costly);
  expect(await configOf(models, "fewer")).toMatchObject({ max_batch_size: 4 });
  expect(notes.join("\n")).toMatch(/max_batch_size is 4 and not 256: so many rows would hold 2560 MB/);
  await addModel({ path, name: "said", models, maxBatchSize: 128 }, costly);
  expect(await configOf(models, "said")).toMatchObject({ max_batch_size: 128 });
});
