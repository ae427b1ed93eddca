/**
 * A model repository on disk, Triton's layout: `<name>/config.json`, `<name>/<version>/model.onnx`
 * and `<name>/<version>/golden.json`. Reads what is there; a broken model is told, never thrown.
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { chooseVersions, type ModelConfig, modelConfigSchema } from "./model-config.js";

export interface ModelVersion {
  readonly config: ModelConfig;
  readonly version: string;
  readonly modelPath: string;
  readonly goldenPath: string;
}

export interface Repository {
  readonly versions: readonly ModelVersion[];
  /** Folders that hold a config but cannot be served, and why. */
  readonly refused: readonly { readonly name: string; readonly reason: string }[];
}

/** @throws when the folder itself cannot be read, naming it */
export async function readRepository(folder: string): Promise<Repository> {
  const versions: ModelVersion[] = [];
  const refused: { name: string; reason: string }[] = [];
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    throw new Error(`models: the repository folder ${folder} cannot be read; pass --models`, { cause });
  });
  for (const entry of entries) {
    if (!entry.isDirectory()) continue;
    const text = await readFile(join(folder, entry.name, "config.json"), "utf8").catch(() => undefined);
    if (text === undefined) continue; // no config.json: not a model (models/training, say)
    try {
      versions.push(...(await readModel(join(folder, entry.name), entry.name, text)));
    } catch (error) {
      refused.push({ name: entry.name, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  return { versions, refused };
}

async function readModel(folder: string, name: string, text: string): Promise<ModelVersion[]> {
  const config = parseConfig(text, join(folder, "config.json"));
  if (config.name !== name)
    throw new Error(`${folder}/config.json: name is "${config.name}", the folder's is "${name}"`);
  const entries = await readdir(folder);
  const onDisk = entries.filter((entry) => /^[1-9]\d*$/.test(entry)).map(Number);
  const chosen = chooseVersions(config.version_policy, onDisk);
  if (chosen.length === 0) throw new Error(`${folder}: no version folder that the version policy serves`);
  return chosen.map((version) => ({
    config,
    version: String(version),
    modelPath: join(folder, String(version), "model.onnx"),
    goldenPath: join(folder, String(version), "golden.json"),
  }));
}

function parseConfig(text: string, path: string): ModelConfig {
  const json: unknown = JSON.parse(text);
  const parsed = modelConfigSchema.safeParse(json);
  if (!parsed.success) throw new Error(`${path}: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
