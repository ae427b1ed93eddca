/** A model repository in a folder of its own, which is removed at the end of the test. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { onnxFile } from "./onnx.js";

/** The files of a model that answers Y = X, rows of two. Each file can be replaced. */
export interface ModelFiles {
  readonly config?: Record<string, unknown> | string;
  readonly versions?: readonly string[];
  readonly model?: Uint8Array | null;
  readonly golden?: Record<string, unknown> | string | null;
}

const rows = (name: string) => [{ name, datatype: "FP32", dims: [2] }];

export const echoConfig = (name: string) => ({
  name,
  platform: "onnxruntime_onnx",
  max_batch_size: 8,
  input: rows("X"),
  output: rows("Y"),
});

const X = { datatype: "FP32", shape: [2, 2], data: [1, 2, 3, 4] };
export const echoGolden = { made_by: "hand", inputs: { X }, outputs: { Y: X } };

export const echoModel = onnxFile({
  inputs: [{ name: "X", type: 1, shape: ["batch", 2] }],
  outputs: [{ name: "Y", type: 1, shape: ["batch", 2] }],
  nodes: [{ op: "Identity", inputs: ["X"], outputs: ["Y"] }],
});

export async function repositoryOf(models: Readonly<Record<string, ModelFiles>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "headgate-models-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [name, files] of Object.entries(models)) await writeModel(join(folder, name), name, files);
  return folder;
}

async function writeModel(folder: string, name: string, files: ModelFiles): Promise<void> {
  const { config = echoConfig(name), versions = ["1"] } = files;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "config.json"), text(config));
  for (const version of versions) await writeVersion(join(folder, version), files);
}

/** Writes one version's complete folder. */
export async function writeVersion(folder: string, files: ModelFiles = {}): Promise<void> {
  const { model = echoModel, golden = echoGolden } = files;
  await mkdir(folder, { recursive: true });
  if (model !== null) await writeFile(join(folder, "model.onnx"), model);
  if (golden !== null) await writeFile(join(folder, "golden.json"), text(golden));
}

/** The files of a version that answers Y = -X. */
export const negated: ModelFiles = {
  model: onnxFile({
    inputs: [{ name: "X", type: 1, shape: ["batch", 2] }],
    outputs: [{ name: "Y", type: 1, shape: ["batch", 2] }],
    nodes: [{ op: "Neg", inputs: ["X"], outputs: ["Y"] }],
  }),
  golden: { made_by: "hand", inputs: { X }, outputs: { Y: { ...X, data: [-1, -2, -3, -4] } } },
};

function text(content: Record<string, unknown> | string): string {
  return typeof content === "string" ? content : JSON.stringify(content);
}
