/**
 * Reads a model's folder, in any of the supported layouts, into one config. An invalid folder is returned as an
 * InvalidConfig, never thrown.
 */
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { type ConfinedFolders, confinedFolders, plainPathWithin } from "../confinement.js";
import { type GraphHeader, readGraphHeader } from "../graph-header/graph-header.js";
import { type ModelConfig, modelConfigSchema } from "../model-config.js";
import type { InvalidConfig, VersionFolder } from "../model-folder.js";
import { damagedModel } from "../no-model-file.js";
import { readPlainFile } from "../plain-file.js";
import { settingsDigest } from "../signing/settings-digest.js";
import { graphConfig } from "./graph-config.js";
import type { Layout } from "./layout.js";
import { mlflowFile } from "./mlflow-model.js";
import { tritonConfig, tritonModel } from "./triton-config.js";

export interface FolderConfig {
  readonly config: ModelConfig | InvalidConfig;
  /** Sentences that say which settings are not applied, and which file the others were read from. */
  readonly notes: readonly string[];
  /** The versions, with the path of each version's file. */
  readonly versions: readonly VersionFolder[];
}

interface Folder {
  readonly path: string;
  readonly name: string;
  readonly versions: readonly VersionFolder[];
  /** Where the config's file must lie once links are followed. */
  readonly folders: ConfinedFolders;
}

/** A config as the reader of one layout makes it, before the schema checks it. */
interface RawConfig {
  readonly config: unknown;
  readonly notes: readonly string[];
  readonly versions: readonly VersionFolder[];
}

/** Limit in bytes: 1 MiB. */
const configBytesMax = 1_048_576;

export async function folderConfig({ kind, configFile }: Layout, folder: Folder): Promise<FolderConfig> {
  const shown = configFile === null ? folder.path : join(folder.path, configFile);
  try {
    const { config, notes, versions } = await readers[kind](folder);
    const valid = checked(config, folder.name, shown);
    const digest = "reason" in valid ? "" : settingsDigest(config as object);
    return { config: valid, notes, versions: versions.map((each) => ({ ...each, settingsDigest: digest })) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const told = reason.startsWith(folder.path) ? reason : `${shown}: ${reason}`;
    return { config: { reason: told }, notes: [], versions: folder.versions };
  }
}

/** Reads and checks the config.json of a folder. */
export async function readConfig(path: string, name: string): Promise<ModelConfig | InvalidConfig> {
  const layout = { kind: "headgate", configFile: "config.json", isFlat: false } as const;
  const folders = await confinedFolders([path]);
  return (await folderConfig(layout, { path, name, versions: [], folders })).config;
}

const readers: Readonly<Record<Layout["kind"], (folder: Folder) => Promise<RawConfig>>> = {
  async headgate({ path, versions, folders }) {
    const text = await readPlainFile(join(path, "config.json"), configBytesMax, folders);
    return { config: JSON.parse(text), notes: [], versions };
  },

  async triton({ path, name, versions: found, folders }) {
    const fields = tritonModel(await readPlainFile(join(path, "config.pbtxt"), configBytesMax, folders));
    const file = fields.default_model_filename ?? "model.onnx";
    const versions = found.map((each) => ({ ...each, modelPath: join(dirname(each.modelPath), file) }));
    const latest = latestReadable(versions);
    const isComplete = fields.input.length > 0 && fields.output.length > 0;
    const header = isComplete || latest === undefined ? undefined : await headerOf(latest);
    const { config, notes } = tritonConfig(fields, name, header);
    return { config, notes: ["It is read from Triton's config.pbtxt.", ...notes], versions };
  },

  async mlflow({ path, name, versions: found, folders }) {
    const file = mlflowFile(await readPlainFile(join(path, "MLmodel"), configBytesMax, folders));
    const versions = found.map((each) => ({ ...each, modelPath: join(path, file) }));
    const latest = latestReadable(versions);
    if (latest === undefined) return { config: emptyConfig(name), notes: [], versions };
    const { config, notes } = await graphAlone(name, latest);
    return { config, notes: ["It is read from MLflow's MLmodel, and is version 1.", ...notes], versions };
  },

  async bare({ path, name, versions }) {
    const latest = latestReadable(versions);
    if (latest === undefined) return { config: emptyConfig(name), notes: [], versions };
    const { config, notes } = await graphAlone(name, latest);
    const where = dirname(latest.modelPath) === path ? " It is version 1." : "";
    return { config, notes: [`There is no config.json.${where}`, ...notes], versions };
  },
};

/** The config of a folder whose versions are all misnamed: the reason that is shown is that no version exists. */
function emptyConfig(name: string): object {
  const unknown = [{ name: "unknown", datatype: "FP32", dims: [] }];
  return { name, platform: "onnxruntime_onnx", max_batch_size: 0, input: unknown, output: unknown };
}

/**
 * The highest version whose folder may be read; undefined: there are no versions.
 * @throws when all of them are links that lead out of the repository
 */
function latestReadable(versions: readonly VersionFolder[]): VersionFolder | undefined {
  const latest = versions.filter(({ fault }) => fault === undefined).at(-1);
  const fault = versions.at(-1)?.fault;
  if (latest === undefined && fault !== undefined) throw new Error(fault);
  return latest;
}

async function graphAlone(name: string, version: VersionFolder) {
  const { modelPath } = version;
  const { notes, ...tensors } = graphConfig(await headerOf(version));
  const batches =
    tensors.max_batch_size === 0
      ? "and requests are computed one by one"
      : `and max_batch_size is ${tensors.max_batch_size}, for their first dimensions are open`;
  const said = `Inputs and outputs are as ${basename(modelPath)} declares them, ${batches}; a config.json says otherwise.`;
  return { config: { name, platform: "onnxruntime_onnx", ...tensors }, notes: [said, ...notes] };
}

/** A graph that a link leads to outside its version's folder is not read. */
async function headerOf({ modelPath, path, linkedFolders }: VersionFolder): Promise<GraphHeader> {
  const folders = await confinedFolders([path, ...linkedFolders]);
  await plainPathWithin(modelPath, folders).catch(async (error: NodeJS.ErrnoException) => {
    throw error.code === "ENOENT" ? new Error(await damagedModel(modelPath, error)) : error;
  });
  return readGraphHeader(modelPath).catch(async (error: unknown) => {
    throw new Error(await damagedModel(modelPath, error));
  });
}

function checked(config: unknown, name: string, shown: string): ModelConfig | InvalidConfig {
  const parsed = modelConfigSchema.safeParse(config);
  if (!parsed.success) return { reason: `${shown}: ${z.prettifyError(parsed.error)}` };
  if (parsed.data.name === name) return parsed.data;
  return { reason: `${shown}: name is "${parsed.data.name}", the folder's is "${name}"` };
}
