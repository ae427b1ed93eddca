/** A report on a stranger's models: what each is made of, what a gateway would refuse, what a person should look at. */
import { execFileSync } from "node:child_process";
import { createPrivateKey } from "node:crypto";
import { chmod, link, mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { modelLimits } from "../../engines/onnx/inspection/model-limits.js";
import { hasFaults, scanModels } from "../../engines/onnx/scan/scan-models.js";
import type { ScanOptions } from "../../engines/onnx/scan/scan-options.js";
import { newKeys, trustedKey } from "../../engines/onnx/signing/keys.js";
import { signVersions } from "../../engines/onnx/signing/sign.js";
import { endless, greedy } from "../support/hostile-models.js";
import { onnxFile } from "../support/onnx.js";
import { echoModel, type ModelFiles, repositoryOf } from "../support/repository.js";

const plain: ScanOptions = { limits: modelLimits, trusted: null, linkedFolders: [] };

async function scanned(
  files: ModelFiles = {},
  put: (version: string) => Promise<unknown> = async () => {},
  options: ScanOptions = plain,
) {
  const models = await repositoryOf({ m: files });
  await put(join(models, "m", "1"));
  const found = await scanModels(models, options);
  const version = found[0]?.versions[0];
  if (version === undefined) throw new Error("nothing was scanned");
  return { ...version, isOk: !hasFaults(found), model: found[0] };
}

it("says what a model is made of", async () => {
  const graph = {
    inputs: [{ name: "X", type: 1, shape: ["batch", 2] }],
    outputs: [{ name: "Y", type: 1, shape: ["batch", 2] }],
    nodes: [
      { op: "Scaler", domain: "ai.onnx.ml", inputs: ["X"], outputs: ["S"] },
      { op: "Add", inputs: ["S", "W"], outputs: ["Y"] },
    ],
    constants: { W: { floats: [1, 2] } },
  };
  const model = onnxFile(graph, { opset: 17, domains: { "ai.onnx.ml": 3 } });
  expect(await scanned({ model })).toMatchObject({
    isOk: true,
    faults: [],
    warnings: [],
    signature: { state: "unsigned" },
    files: { count: 2 },
    links: [],
    graph: {
      ir_version: 8,
      opsets: { "": 17, "ai.onnx.ml": 3 },
      ...{ nodes: 2, initializers: 1, inputs: 1, outputs: 1, nesting: 0, tensor_bytes: 8, made_bytes: 0 },
      operators: { "": { Add: 1 }, "ai.onnx.ml": { Scaler: 1 } },
      control_flow: {},
      external_data: [],
    },
  });
});

describe("code and what acts as code beside a model is told", () => {
  const cases: Readonly<Record<string, readonly [(to: string) => Promise<unknown>, RegExp]>> = {
    "a pickle by its name": [(to) => writeFile(join(to, "model.pkl"), "x"), /model\.pkl is a pickle/],
    "a pickle under another name": [
      (to) => writeFile(join(to, "weights.dat"), Uint8Array.of(0x80, 4, 0x95, 0, 0)),
      /weights\.dat begins as a pickle/,
    ],
    "a library": [
      (to) => writeFile(join(to, "ops.so.1"), Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 2)),
      /ops\.so\.1 is a library of machine code/,
    ],
    "a library in a tokenizer's place": [
      (to) => writeFile(join(to, "tokenizer.json"), Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 2)),
      /tokenizer\.json begins as a program or a library of Linux/,
    ],
    "a script": [(to) => writeFile(join(to, "setup"), "#!/bin/sh\n"), /setup begins as a script/],
    "a program in Python": [(to) => writeFile(join(to, "preprocess.py"), ""), /preprocess\.py is a program/],
    "an executable file": [(to) => chmod(join(to, "model.onnx"), 0o755), /model\.onnx may be executed/],
    "a second name": [
      (to) => link(join(to, "model.onnx"), join(to, "..", "other.onnx")),
      /model\.onnx has 2 names/,
    ],
  };
  it.each(Object.entries(cases))("%s", async (_, [put, words]) => {
    const { isOk, warnings } = await scanned({}, put);
    expect(isOk).toBe(true);
    expect(warnings.join("\n")).toMatch(words);
  });

  it("beside the versions, too", async () => {
    const { model } = await scanned({}, (to) => writeFile(join(to, "..", "evil.pkl"), ""));
    expect(model?.warnings).toEqual([expect.stringMatching(/evil\.pkl is a pickle/)]);
  });
});

describe("what a gateway refuses is a fault", () => {
  it("all of it at once, each with its path", async () => {
    const nodes = [{ op: "EvilOp", domain: "com.evil", inputs: ["X"], outputs: ["Y"] }];
    const shape = ["batch", 2];
    const model = onnxFile({
      inputs: [{ name: "X", type: 1, shape }],
      outputs: [{ name: "Y", type: 1, shape }],
      nodes,
    });
    const { isOk, faults } = await scanned({ model }, (to) => symlink("/etc/passwd", join(to, "w.bin")));
    expect(isOk).toBe(false);
    expect(faults).toEqual([
      expect.stringMatching(/m\/1\/w\.bin is a link that leads out/),
      expect.stringMatching(/operator EvilOp of com\.evil/),
    ]);
  });

  it("a pipe, a file that is no model, and one that is not there", async () => {
    const pipe = async (to: string) => {
      await rm(join(to, "model.onnx"));
      execFileSync("mkfifo", [join(to, "model.onnx")]);
    };
    expect((await scanned({}, pipe)).faults.join()).toMatch(/model\.onnx is no plain file/);
    const none = await scanned({ model: null });
    expect(none).toMatchObject({ isOk: false, graph: null });
    expect(none.faults.join()).toMatch(/there is no such file/);
    const cut = await scanned({ model: echoModel.subarray(0, 20) });
    expect(cut.faults.join()).toMatch(/is no ONNX model, or a damaged one/);
  });

  const pipe = async (path: string) => void execFileSync("mkfifo", [path]);
  const folder = (path: string) => mkdir(path);
  const linkOut = (path: string) => symlink("/etc/passwd", path);
  const linkNowhere = (path: string) => symlink("/nowhere/at/all", path);
  const kinds: readonly (readonly [string, (path: string) => Promise<unknown>, string])[] = [
    ["a pipe", pipe, "no plain file: replace it with one, or remove it"],
    ["a folder", folder, "no plain file: replace it with one, or remove it"],
    ["a link that leads out", linkOut, "is a link that leads out of the model's folder"],
    ["a link that leads nowhere", linkNowhere, "no such file"],
  ];
  const names = [
    "config.json",
    "README.md",
    ...["model.onnx", "golden.json", "tokenizer.json", "tokenizer_config.json"].map((file) => `1/${file}`),
  ];
  const places = names.flatMap((name) => kinds.map((kind) => [name, ...kind] as const));

  it.each(places)("%s that is %s", async (name, _, put, words) => {
    const found = await scanned({}, async (to) => {
      const path = join(to, "..", name);
      await rm(path, { force: true });
      await put(path);
    });
    const told = [found.model?.fault, found.model?.card_fault, ...found.faults].filter(Boolean);
    expect(told).toEqual([expect.stringContaining(`m/${name}`)]);
    expect(told[0]).toContain(words);
    expect(found.isOk).toBe(false);
  });

  it.each(["with a config.json", "without one"])("a linked model.onnx, which is not read, %s", async (is) => {
    const elsewhere = join(await repositoryOf({ other: {} }), "other", "1", "model.onnx");
    const { faults, graph, model } = await scanned({}, async (to) => {
      await rm(join(to, "model.onnx"));
      await symlink(elsewhere, join(to, "model.onnx"));
      if (is === "without one") await rm(join(to, "..", "config.json"));
    });
    expect(faults).toEqual([expect.stringMatching(/m\/1\/model\.onnx is a link that leads out/)]);
    expect(graph).toBeNull();
    expect(model?.fault).toEqual(
      is === "without one" ? expect.stringMatching(/m\/1\/model\.onnx is a link that leads out/) : undefined,
    );
  });

  it("beside the versions, a pipe and a link that leads out are for a person to look at", async () => {
    const { model, isOk } = await scanned({}, async (to) => {
      await pipe(join(to, "..", "queue"));
      await linkOut(join(to, "..", "notes.txt"));
      await symlink("config.json", join(to, "..", "same.json"));
    });
    expect(isOk).toBe(true);
    expect([...(model?.warnings ?? [])].sort()).toEqual([
      expect.stringMatching(/m\/notes\.txt is a link that leads out/),
      expect.stringMatching(/m\/queue is no plain file/),
    ]);
  });

  it("a model beyond the limits, with the setting's name", async () => {
    const options = { ...plain, limits: { ...modelLimits, version_bytes: 100 } };
    expect((await scanned({}, undefined, options)).faults.join()).toMatch(
      /repository\.limits\.version_bytes/,
    );
  });
});

it("loops and tensors of gigabytes are told, and not run", async () => {
  const loop = await scanned(endless("m"));
  expect(loop.warnings).toEqual([expect.stringMatching(/it has loops/)]);
  expect(loop.graph?.control_flow).toEqual({ Loop: 1 });
  const bomb = await scanned(greedy("m", 6e9));
  expect(bomb.warnings).toEqual(["it makes tensors of 6000000000 bytes from constants"]);
  expect(await scanned(greedy("m", 1e12))).toMatchObject({
    isOk: false,
    faults: [expect.stringMatching(/1000000000000 bytes of tensors that it makes from constants/)],
  });
});

it("signatures are reported, and are faults where trusted keys are given", async () => {
  const desk = newKeys();
  const trusted = [trustedKey(desk.publicPem)];
  const models = await repositoryOf({ m: {} });
  const state = async (options: ScanOptions) => (await scanModels(models, options))[0]?.versions[0];
  expect(await state({ ...plain, trusted })).toMatchObject({
    signature: { state: "unsigned" },
    faults: [expect.stringMatching(/has no manifest\.json/)],
  });
  await signVersions({ model: "m", models }, createPrivateKey(desk.privatePem), "2026-11-28T08:00:00.000Z");
  expect(await state(plain)).toMatchObject({ signature: { state: "unverified" }, faults: [] });
  expect(await state({ ...plain, trusted })).toMatchObject({
    signature: { state: "verified", key_id: desk.id },
    faults: [],
  });
  await mkdir(join(models, "m", "1", "more"));
  await writeFile(join(models, "m", "1", "more", "w.bin"), "x");
  expect(await state({ ...plain, trusted })).toMatchObject({
    signature: { state: "differs" },
    faults: [expect.stringMatching(/more\/w\.bin is extra/)],
  });
});

it("whatever bytes a model's files have, the scan tells and does not throw", async () => {
  const models = await repositoryOf({ m: {} });
  const file = fc.constantFrom(
    "1/model.onnx",
    "1/manifest.json",
    "1/manifest.sig",
    "config.json",
    "README.md",
  );
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 120 }),
    fc.json().map((text) => new TextEncoder().encode(text)),
  );
  await fc.assert(
    fc.asyncProperty(file, bytes, async (name, content) => {
      await writeFile(join(models, "m", name), content);
      const found = await scanModels(models, { ...plain, trusted: [] });
      expect(found).toHaveLength(1);
      expect(hasFaults(found)).toBe(true);
    }),
    { numRuns: 200, seed: 16 },
  );
});
