/**
 * A model repository on disk, Triton's layout: `<name>/config.json`, `<name>/<version>/model.onnx`
 * and `<name>/<version>/golden.json`. Reads what is there; a broken model is told, never thrown.
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { type FileStamp, stampOf } from "./file-stamp.js";
import { entriesOf } from "./folder-entries.js";
import { type ModelConfig, modelConfigSchema } from "./model-config.js";
import { readPlainFile } from "./plain-file.js";

export interface VersionFolder {
  readonly version: number;
  readonly modelPath: string;
  readonly goldenPath: string;
  /** Changes whenever a file in it does. */
  readonly stamp: string;
  /** Of all its files. */
  readonly bytes: number;
}

export interface ModelFolder {
  readonly name: string;
  readonly path: string;
  /** Changes whenever anything in the folder does. */
  readonly stamp: string;
  /** What config.json says, or why it cannot be used. */
  readonly config: ModelConfig | InvalidConfig;
  /** The model's card: what its README.md says, up to 16,384 characters. */
  readonly card: string | null;
  /** Every version on disk, served or not. */
  readonly versions: readonly VersionFolder[];
}

export interface InvalidConfig {
  readonly reason: string;
}

const cardLengthMax = 16_384;

/** Bytes: 1 MiB each. A card is cut, and a larger one is none. */
const configBytesMax = 1_048_576;
const cardBytesMax = 1_048_576;

/** Each takes a descriptor or two, of the few that are kept for all but sockets. */
const foldersAtOnce = 16;

/** Reads a repository again and again; a folder that did not change is not parsed again. */
export class RepositoryReader {
  private known = new Map<string, ModelFolder>();

  constructor(private readonly folder: string) {}

  /** @throws when the folder itself cannot be read, naming it */
  async read(): Promise<readonly ModelFolder[]> {
    const entries = await readdir(this.folder, { withFileTypes: true }).catch((cause: unknown) => {
      throw new Error(`models: the repository folder ${this.folder} cannot be read; pass --models`, {
        cause,
      });
    });
    const names = entries.filter((entry) => !entry.isFile()).map((entry) => entry.name);
    const models: ModelFolder[] = [];
    for (const some of partsOf(names.sort(), foldersAtOnce)) {
      const found = await Promise.all(some.map((name) => this.readModel(name)));
      models.push(...found.filter((model) => model !== undefined));
    }
    this.known = new Map(models.map((model) => [model.name, model]));
    return models;
  }

  /** Undefined for a folder without config.json, which is no model (training, say), or one that is gone. */
  private async readModel(name: string): Promise<ModelFolder | undefined> {
    const folder = join(this.folder, name);
    const entries = await readdir(folder).catch((): string[] => []);
    if (!entries.includes("config.json")) return undefined;
    const files = await Promise.all([stampOf(folder, "config.json"), stampOf(folder, "README.md")]);
    const onDisk = entries
      .filter((entry) => /^[1-9]\d{0,14}$/.test(entry))
      .map(Number)
      .sort((a, b) => a - b);
    const versions: VersionFolder[] = [];
    for (const version of onDisk) versions.push(await readVersion(folder, version));
    const stamp = [...files, ...versions].map((each) => each.stamp).join("|");
    const known = this.known.get(name);
    if (known?.stamp === stamp) return known;
    const [config, card] = await Promise.all([readConfig(folder, name), readCard(folder)]);
    return { name, path: folder, stamp, config, card, versions };
  }
}

function* partsOf<T>(all: readonly T[], length: number): Generator<readonly T[]> {
  for (let from = 0; from < all.length; from += length) yield all.slice(from, from + length);
}

export async function readVersion(folder: string, version: number): Promise<VersionFolder> {
  const path = join(folder, String(version));
  const entries = await entriesOf(path).catch((): string[] => []);
  const files: FileStamp[] = await Promise.all(entries.map((entry) => stampOf(path, entry)));
  return {
    version,
    modelPath: join(path, "model.onnx"),
    goldenPath: join(path, "golden.json"),
    stamp: `${version}:${files.map((file) => file.stamp).join(",")}`,
    bytes: files.reduce((sum, file) => sum + file.bytes, 0),
  };
}

export async function readConfig(folder: string, name: string): Promise<ModelConfig | InvalidConfig> {
  const path = join(folder, "config.json");
  try {
    const parsed = modelConfigSchema.safeParse(JSON.parse(await readPlainFile(path, configBytesMax)));
    if (!parsed.success) return { reason: `${path}: ${z.prettifyError(parsed.error)}` };
    if (parsed.data.name === name) return parsed.data;
    return { reason: `${path}: name is "${parsed.data.name}", the folder's is "${name}"` };
  } catch (error) {
    return { reason: `${path}: ${error instanceof Error ? error.message : String(error)}` };
  }
}

async function readCard(folder: string): Promise<string | null> {
  const text = await readPlainFile(join(folder, "README.md"), cardBytesMax).catch(() => null);
  return text === null || text.length <= cardLengthMax ? text : `${text.slice(0, cardLengthMax - 1)}…`;
}
