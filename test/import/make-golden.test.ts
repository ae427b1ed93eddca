/** A golden answer made by running the model: of inputs that are made up, or of a file that numpy wrote. */
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { deflateRawSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readGolden } from "../../engines/onnx/golden.js";
import { type GoldenOptions, makeGolden } from "../../engines/onnx/golden-maker/make-golden.js";
import { parseNumpy } from "../../engines/onnx/golden-maker/numpy-file.js";
import { checkModels } from "../../engines/onnx/import/check-models.js";
import { onnxFile } from "../support/onnx.js";
import { echoModel, repositoryOf } from "../support/repository.js";

const optionsOf = (models: string, more: Partial<GoldenOptions> = {}): GoldenOptions => ({
  model: "echo",
  models,
  rows: 4,
  seed: 0,
  overwrite: false,
  ...more,
});
const goldenPath = (models: string) => join(models, "echo", "1", "golden.json");

/** numpy.save's file, format 1.0. */
function npy(descr: string, shape: string, data: Uint8Array, order = "False"): Uint8Array {
  const header = `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }`;
  const padded = `${header.padEnd(Math.ceil((header.length + 11) / 64) * 64 - 11)}\n`;
  const start = Uint8Array.from([
    0x93,
    ...Buffer.from("NUMPY"),
    1,
    0,
    padded.length & 255,
    padded.length >> 8,
  ]);
  return Buffer.concat([start, Buffer.from(padded), data]);
}

const bytesOf = (values: Float64Array | Float32Array | BigInt64Array) => new Uint8Array(values.buffer);
const doubles = npy("<f8", "(2, 2)", bytesOf(Float64Array.of(1, 2, 3, 4)));

/** numpy.savez_compressed's file: the local header, the packed bytes, the directory, its end. */
function npz(files: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [name, bytes] of Object.entries(files)) {
    const packed = deflateRawSync(bytes);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(name.length, 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(8, 10);
    entry.writeUInt32LE(packed.length, 20);
    entry.writeUInt32LE(bytes.length, 24);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt32LE(at, 42);
    parts.push(local, Buffer.from(name), packed);
    directory.push(entry, Buffer.from(name));
    at += 30 + name.length + packed.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, ...directory, end]);
}

describe("a golden answer that is made", () => {
  it("is reproduced, is the same for the same seed, and says what it is worth", async () => {
    const models = await repositoryOf({ echo: { golden: null } });
    expect((await checkModels(models))[0]?.reason).toMatch(/no golden answer; .*headgate models golden/);
    const { path, notes } = await makeGolden(optionsOf(models));
    expect(path).toBe(goldenPath(models));
    expect(notes.join("\n")).toMatch(
      /proves that the model answers the same later, not .*the training library/,
    );
    expect(await checkModels(models)).toEqual([{ what: "echo@1" }]);
    const made = await readFile(path, "utf8");
    expect((await readGolden(path)).inputs["X"]?.shape).toEqual([4, 2]);
    await makeGolden(optionsOf(models, { overwrite: true }));
    expect(await readFile(path, "utf8")).toBe(made);
    await makeGolden(optionsOf(models, { overwrite: true, seed: 1 }));
    expect(await readFile(path, "utf8")).not.toBe(made);
  });

  it("does not take the place of one that is there, unless it is told to", async () => {
    const models = await repositoryOf({ echo: {} });
    const before = await readFile(goldenPath(models), "utf8");
    await expect(makeGolden(optionsOf(models))).rejects.toThrow(
      /is there already: remove it, or pass --overwrite/,
    );
    expect(await readFile(goldenPath(models), "utf8")).toBe(before);
  });

  it("gives sizes of one name one size", async () => {
    const models = await repositoryOf({});
    const product = onnxFile({
      inputs: [
        { name: "A", type: 1, shape: ["n", "k"] },
        { name: "B", type: 1, shape: ["k", "m"] },
      ],
      outputs: [{ name: "Y", type: 1, shape: ["n", "m"] }],
      nodes: [{ op: "MatMul", inputs: ["A", "B"], outputs: ["Y"] }],
    });
    await mkdir(join(models, "product"));
    await writeFile(join(models, "product", "model.onnx"), product);
    const { path } = await makeGolden(optionsOf(models, { model: join(models, "product"), rows: 3 }));
    expect(path).toBe(join(models, "product", "golden.json"));
    expect((await readGolden(path)).outputs["Y"]?.shape).toEqual([3, 4]);
    expect(await checkModels(models)).toMatchObject([{ what: "product@1", notes: expect.any(Array) }]);
  });

  it("is not made of a model that draws random numbers", async () => {
    const noise = onnxFile({
      inputs: [{ name: "X", type: 1, shape: ["batch", 2] }],
      outputs: [{ name: "Y", type: 1, shape: ["batch", 2] }],
      nodes: [{ op: "RandomNormalLike", inputs: ["X"], outputs: ["Y"] }],
    });
    const models = await repositoryOf({ echo: { golden: null, model: noise } });
    await expect(makeGolden(optionsOf(models))).rejects.toThrow(
      /answers differ from run to run .*random numbers out/,
    );
    await expect(readFile(goldenPath(models))).rejects.toThrow(/ENOENT/);
  });

  it("of a model that is not there names where it looked", async () => {
    const models = await repositoryOf({ echo: {} });
    await expect(makeGolden(optionsOf(models, { model: "nosuch" }))).rejects.toThrow(
      /has no model nosuch: give a name/,
    );
    await expect(makeGolden(optionsOf(models, { version: 7 }))).rejects.toThrow(/has no version 7/);
  });
});

describe("inputs from a file", () => {
  const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
  const rows = [
    [1, 2],
    [3, 4],
  ];
  const X = { datatype: "FP32", shape: [2, 2], data: [1, 2, 3, 4] };

  it.each([
    ["numpy.save of Python's floats", "in.npy", doubles],
    ["numpy.savez", "in.npz", npz({ "X.npy": doubles })],
    ["nested lists", "in.json", json({ X: rows })],
    ["tensors of the wire", "in.json", json({ X })],
    ["a golden.json", "in.json", json({ made_by: "hand", inputs: { X }, outputs: {} })],
  ])("%s", async (_, name, content) => {
    const models = await repositoryOf({ echo: { golden: null } });
    const inputs = join(models, name);
    await writeFile(inputs, content);
    await makeGolden(optionsOf(models, { inputs }));
    const golden = await readGolden(goldenPath(models));
    expect(golden.inputs["X"]).toEqual({
      datatype: "FP32",
      shape: [2, 2],
      data: Float32Array.of(1, 2, 3, 4),
    });
    expect(golden.outputs["Y"]).toEqual(golden.inputs["X"]);
  });

  it.each([
    ["another input's", "in.npz", npz({ "Z.npy": doubles }), /the model has no input Z; it takes X/],
    ["none", "in.json", json({}), /input X is not in it; the model takes X/],
    ["rows of different lengths", "in.json", json({ X: [[1, 2], [3]] }), /different lengths/],
    ["Fortran's order", "in.npy", npy("<f4", "(2, 2)", new Uint8Array(16), "True"), /np\.ascontiguousarray/],
    ["big-endian", "in.npy", npy(">f4", "(2, 2)", new Uint8Array(16)), /big-endian/],
    ["objects", "in.npy", npy("|O", "(2,)", new Uint8Array(16)), /cannot be sent/],
    [
      "too few bytes",
      "in.npy",
      npy("<f4", "(2, 2)", new Uint8Array(15)),
      /15 bytes of elements, and its shape needs 16/,
    ],
    ["no array", "in.npy", new Uint8Array(20), /no file of numpy\.save/],
    ["no archive", "in.npz", new Uint8Array(50), /no zip archive/],
    [
      "a shape that is not taken",
      "in.npy",
      npy("<f4", "(4, 1)", new Uint8Array(16)),
      /Give some that it takes/,
    ],
  ])("that hold %s are refused", async (_, name, content, reason) => {
    const models = await repositoryOf({ echo: { golden: null } });
    const inputs = join(models, name);
    await writeFile(inputs, content);
    await expect(makeGolden(optionsOf(models, { inputs }))).rejects.toThrow(reason);
    await rm(inputs);
  });

  it("with NaN are told where config.json does not allow it", async () => {
    const models = await repositoryOf({ echo: { golden: null, model: echoModel } });
    const inputs = join(models, "in.npy");
    await writeFile(inputs, npy("<f8", "(1, 2)", bytesOf(Float64Array.of(Number.NaN, 1))));
    const { notes } = await makeGolden(optionsOf(models, { inputs }));
    expect(notes.join("\n")).toMatch(/input X has NaN or infinity, .*"allow_nan": true/);
  });

  it("numpy's strings and integers are what they are", () => {
    const words = npy("<U2", "(2,)", Uint8Array.from([97, 0, 0, 0, 233, 0, 0, 0, 98, 0, 0, 0, 0, 0, 0, 0]));
    expect(parseNumpy(words)).toEqual({ datatype: "BYTES", shape: [2], data: ["aé", "b"] });
    const big = parseNumpy(npy("<i8", "()", bytesOf(BigInt64Array.of(9007199254740993n))));
    expect(big).toMatchObject({ datatype: "INT64", shape: [] });
  });

  it("of any bytes are read, or refused in words", () => {
    const damaged = fc.tuple(fc.nat(doubles.length - 1), fc.nat(255)).map(([at, byte]) => {
      const bytes = Uint8Array.from(doubles);
      bytes[at] = byte;
      return bytes;
    });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), damaged), (bytes) => {
        try {
          expect(parseNumpy(bytes).shape).toBeInstanceOf(Array);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
          expect(String(error)).toMatch(/it |its /);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
