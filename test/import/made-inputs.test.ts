/** Inputs that are made up to try a graph with: one name of a size stands for one size, whoever has it. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { addModel } from "../../engines/onnx/import/add-model.js";
import { checkModels } from "../../engines/onnx/import/check-models.js";
import { madeInputs } from "../../engines/onnx/import/made-inputs.js";
import { type Graph, onnxFile } from "../support/onnx.js";

const float = 1;
type Sizes = readonly (number | string)[];

/** The sizes that inputs of these shapes are made with: 2 rows, and 4 of all else. */
function sizesOf(shapes: Readonly<Record<string, Sizes>>) {
  const inputs = Object.entries(shapes).map(([name, shape]) => ({
    name,
    datatype: "FP32" as const,
    type: "float32",
    shape: shape.map((size) => (typeof size === "number" ? size : null)),
    symbols: shape.map((size) => (typeof size === "string" && size !== "" ? size : null)),
    hasRank: true,
  }));
  const made = madeInputs(inputs, 2, 4);
  return Object.fromEntries(Object.entries(made).map(([name, { shape }]) => [name, shape]));
}

describe("the sizes of made-up inputs", () => {
  it.each([
    [
      "the batch inside the state of a recurrent net",
      { X: ["batch", "seq", 4], h: [1, "batch", 8] },
      { X: [2, 4, 4], h: [1, 2, 8] },
    ],
    [
      "a state that comes first",
      { h: [1, "batch", 8], X: ["batch", "seq", 4] },
      { h: [1, 2, 8], X: [2, 4, 4] },
    ],
    ["a product of two inputs", { A: ["n", "k"], B: ["k", "m"] }, { A: [2, 4], B: [4, 4] }],
    ["a square matrix beside rows", { w: ["b", "n"], S: ["n", "n"] }, { w: [2, 4], S: [4, 4] }],
    ["rows named anew for each input", { X: ["x_rows", 3], Z: ["z_rows", 2] }, { X: [2, 3], Z: [2, 2] }],
    ["sizes without a name", { X: ["", "", 3], Z: ["", 2] }, { X: [2, 4, 3], Z: [2, 2] }],
    ["one square matrix", { S: ["n", "n"] }, { S: [2, 2] }],
  ] as const)("%s", (_, shapes, sizes) => {
    expect(sizesOf(shapes)).toEqual(sizes);
  });
});

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), "headgate-made-"));
  onTestFinished(() => rm(made, { recursive: true, force: true }));
  return made;
}

async function fileOf(graph: Graph): Promise<string> {
  const path = join(await folder(), "model.onnx");
  await writeFile(path, onnxFile(graph));
  return path;
}

const configOf = async (models: string, name: string) =>
  JSON.parse(await readFile(join(models, name, "config.json"), "utf8"));

const product: Graph = {
  inputs: [
    { name: "A", type: float, shape: ["n", "k"] },
    { name: "B", type: float, shape: ["k", "m"] },
  ],
  outputs: [{ name: "Y", type: float, shape: ["n", "m"] }],
  nodes: [{ op: "MatMul", inputs: ["A", "B"], outputs: ["Y"] }],
};

/** Each of n rows weighs a matrix of n by n: no request can share a batch with another. */
const risk: Graph = {
  inputs: [
    { name: "w", type: float, shape: ["n", 3] },
    { name: "S", type: float, shape: ["n", "n"] },
  ],
  outputs: [{ name: "Y", type: float, shape: ["n", 3] }],
  nodes: [{ op: "MatMul", inputs: ["S", "w"], outputs: ["Y"] }],
};

describe("a graph whose inputs share a size", () => {
  it("is tried with sizes that agree, and proven on what they answered", async () => {
    const models = await folder();
    await addModel({ path: await fileOf(product), name: "product", models });
    expect(await configOf(models, "product")).toMatchObject({
      max_batch_size: 0,
      input: [{ dims: [-1, -1] }, { dims: [-1, -1] }],
    });
    expect(await checkModels(models)).toMatchObject([{ what: "product@1" }]);
  });

  it("takes no batches where the number of rows is another size of an input as well", async () => {
    const models = await folder();
    const { notes } = await addModel({ path: await fileOf(risk), name: "risk", models });
    expect(notes.join("\n")).toMatch(/the number of rows, n, is also the size of axis 1 of input S/);
    const config = await configOf(models, "risk");
    expect(config).toMatchObject({ max_batch_size: 0 });
    const batched = { ...config, max_batch_size: 8 };
    for (const tensor of [...batched.input, ...batched.output]) tensor.dims.shift();
    await writeFile(join(models, "risk", "config.json"), JSON.stringify(batched));
    const [checked] = await checkModels(models);
    expect(checked?.reason).toMatch(/input S has the number of rows, n, .*set max_batch_size to 0/);
  });
});

describe("an input of unknown rank", () => {
  /** ONNX's ValueInfo without a shape. */
  const unranked: Graph = {
    inputs: [{ name: "X", type: float }],
    outputs: [{ name: "Y", type: float }],
    nodes: [{ op: "Relu", inputs: ["X"], outputs: ["Y"] }],
  };
  const X = { datatype: "FP32", shape: [2, 3], data: [1, -1, 2, -2, 3, -3] };
  const Y = { datatype: "FP32", shape: [2, 3], data: [1, 0, 2, 0, 3, 0] };

  it("is refused with the config.json that would say its shape, and is taken with it", async () => {
    const models = await folder();
    const addition = { path: await fileOf(unranked), name: "relu", models };
    const refused = await addModel(addition).catch((error: Error) => error.message);
    expect(refused).toMatch(/input X \(FP32\) is of unknown rank: .*write .*relu\/config\.json/);
    const config = JSON.parse(/again: (\{.*\})$/.exec(String(refused))?.[1] ?? "");
    await mkdir(join(models, "relu"));
    await writeFile(join(models, "relu", "config.json"), JSON.stringify(config));
    await addModel(addition);
    expect(await checkModels(models)).toMatchObject([{ what: "relu@1" }]);
  });

  it("is taken as golden inputs show it", async () => {
    const models = await folder();
    const golden = join(models, "golden.json");
    await writeFile(golden, JSON.stringify({ made_by: "hand", inputs: { X }, outputs: { Y } }));
    await addModel({ path: await fileOf(unranked), name: "relu", models, golden });
    expect(await configOf(models, "relu")).toMatchObject({ input: [{ name: "X", dims: [-1] }] });
  });

  it("is told from a scalar, which is taken", async () => {
    const models = await folder();
    const scalar: Graph = {
      inputs: [{ name: "X", type: float, shape: [] }],
      outputs: [{ name: "Y", type: float, shape: [] }],
      nodes: [{ op: "Relu", inputs: ["X"], outputs: ["Y"] }],
    };
    await addModel({ path: await fileOf(scalar), name: "scalar", models });
    expect(await configOf(models, "scalar")).toMatchObject({ input: [{ dims: [] }] });
  });
});
