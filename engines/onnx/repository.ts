/**
 * Reads a model repository on disk in Triton's layout: `<name>/config.json`, `<name>/<version>/model.onnx` and
 * `<name>/<version>/golden.json`. Folders of other servers are read as far as they are supported. An invalid model is
 * returned with its reason, never thrown.
 */
import { readdir, realpath } from "node:fs/promises";
import { join } from "node:path";
import { type ConfinedFolders, confinedFolders, isWithin, plainPathWithin } from "./confinement.js";
import { type FileStamp, stampOf } from "./file-stamp.js";
import { entriesOf } from "./folder-entries.js";
import { folderConfig } from "./layouts/folder-config.js";
import { layoutOf } from "./layouts/layout.js";
import { strayVersions, versionName } from "./layouts/stray-versions.js";
import type { ModelFolder, VersionFolder } from "./model-folder.js";
import { readPlainFile } from "./plain-file.js";
import { historyFile, readHistory } from "./promotion-history.js";
import { textDigest } from "./signing/settings-digest.js";
import { readVersionSettings, type VersionSettings, versionFile } from "./version-settings.js";

const cardFile = "README.md";
const cardLengthMax = 16_384;

const noCard: ModelCard = { card: null, cardDigest: null };

/** Limit in bytes: 1 MiB. A longer text is cut to the card's limit; a larger file is ignored. */
const cardBytesMax = 1_048_576;

/**
 * Folders read concurrently: each takes one or two file descriptors, and only a few are reserved for files beside
 * sockets.
 */
const foldersAtOnce = 16;

/** Reads a repository repeatedly; a folder whose stamp did not change is not parsed again. */
export class RepositoryReader {
  private known = new Map<string, ModelFolder>();

  /** @param linkedFolders folders outside the repository that links in it may lead into */
  constructor(
    private readonly folder: string,
    private readonly linkedFolders: readonly string[] = [],
  ) {}

  /** @throws naming the repository's folder when it cannot be read */
  async read(): Promise<readonly ModelFolder[]> {
    const entries = await readdir(this.folder, { withFileTypes: true }).catch((cause: unknown) => {
      throw new Error(`models: the repository folder ${this.folder} cannot be read; pass --models`, {
        cause,
      });
    });
    // Names with a leading dot belong to the system or an editor, or to a model that is being added.
    const shown = entries.filter(({ name }) => !name.startsWith("."));
    const names = shown.filter((entry) => !entry.isFile()).map((entry) => entry.name);
    const models: ModelFolder[] = [];
    for (const some of partsOf(names.sort(), foldersAtOnce)) {
      const found = await Promise.all(some.map((name) => this.readModel(name)));
      models.push(...found.filter((model) => model !== undefined));
    }
    const files = shown.filter((entry) => entry.isFile() && entry.name.endsWith(".onnx"));
    for (const { name } of files) models.push(await looseFile(this.folder, name));
    this.known = new Map(models.map((model) => [model.name, model]));
    return models;
  }

  /** One model by its name; undefined when there is none. */
  readOne(name: string): Promise<ModelFolder | undefined> {
    return this.readModel(name);
  }

  /** Undefined for a folder without a model (for example of notebooks), or one that was deleted meanwhile. */
  private async readModel(name: string): Promise<ModelFolder | undefined> {
    const path = join(this.folder, name);
    const entries = await readdir(path).catch((): string[] => []);
    const layout = await layoutOf(path, entries);
    if (layout === undefined) return undefined;
    const { kind, configFile, isFlat } = layout;
    const roots = await confinedFolders([this.folder, ...this.linkedFolders]);
    const outside = await whyOutside(path, roots);
    if (outside !== undefined) return refusedFolder({ name, path, layout: kind }, outside);
    const told = [...(configFile === null ? [] : [configFile]), cardFile, historyFile];
    const files = await Promise.all(told.map((file) => stampOf(path, file)));
    const onDisk = entries.filter((entry) => versionName.test(entry)).map(Number);
    const versions: VersionFolder[] = [];
    const place = { roots, linkedFolders: this.linkedFolders };
    if (isFlat) versions.push(await readVersionIn(path, 1, place));
    else
      for (const version of onDisk.sort((a, b) => a - b))
        versions.push(await readVersionIn(join(path, String(version)), version, place));
    const strays = isFlat ? [] : strayVersions(entries);
    const hasCard = entries.includes(cardFile); // also where it is a link to a file that is not there
    const stamp = [kind, hasCard, ...strays, ...[...files, ...versions].map((each) => each.stamp)].join("|");
    const known = this.known.get(name);
    if (known?.stamp === stamp) return known;
    const folders = await confinedFolders([path, ...this.linkedFolders]);
    const [read, card, history] = await Promise.all([
      folderConfig(layout, { path, name, versions, folders }),
      hasCard ? readCard(join(path, cardFile), folders) : noCard,
      historyOf(path, folders),
    ]);
    const unread = card.cardFault === undefined ? [] : [`The card is not shown. ${card.cardFault}.`];
    const notes = [...read.notes, ...strays, ...unread, ...history.notes];
    return { name, path, layout: kind, stamp, ...card, ...read, history: history.records, notes };
  }
}

/** Reports a model file that lies beside the models' folders instead of inside one. */
async function looseFile(repository: string, file: string): Promise<ModelFolder> {
  const path = join(repository, file);
  const name = file.replace(/\.onnx$/, "");
  const reason = `${path} is a file, and a model is a folder: bring it with "headgate models add ${path} --name ${name}"`;
  const { stamp } = await stampOf(repository, file);
  return { name: file, path, layout: "bare", stamp, config: { reason }, notes: [], ...noCard, versions: [] };
}

function* partsOf<T>(all: readonly T[], length: number): Generator<readonly T[]> {
  for (let from = 0; from < all.length; from += length) yield all.slice(from, from + length);
}

/** A folder that is not read, because it lies outside the repository. */
function refusedFolder(folder: Pick<ModelFolder, "name" | "path" | "layout">, reason: string): ModelFolder {
  return { ...folder, stamp: reason, config: { reason }, notes: [], ...noCard, versions: [] };
}

async function whyOutside(path: string, roots: ConfinedFolders): Promise<string | undefined> {
  const real = await realpath(path);
  if (isWithin(real, roots)) return undefined;
  return `${path} is a link that leads out of the repository: put the folder itself there, or name the folder that it leads to in repository.linked_folders`;
}

interface RepositoryPlace {
  /** The repository and the linked folders, without links in their paths. */
  readonly roots: ConfinedFolders;
  readonly linkedFolders: readonly string[];
}

/** One version of a model's folder, wherever the folder lies. */
export async function readVersion(folder: string, version: number): Promise<VersionFolder> {
  const roots = await confinedFolders([folder]);
  return readVersionIn(join(folder, String(version)), version, { roots, linkedFolders: [] });
}

/** @param path the folder with the version's files */
async function readVersionIn(
  path: string,
  version: number,
  { roots, linkedFolders }: RepositoryPlace,
): Promise<VersionFolder> {
  const outside = await whyOutside(path, roots).catch(() => undefined); // it was removed meanwhile
  const entries = outside === undefined ? await entriesOf(path).catch((): string[] => []) : [];
  const files: FileStamp[] = await Promise.all(entries.map((entry) => stampOf(path, entry)));
  const { fault = outside, expiresTs } = entries.includes(versionFile)
    ? await settingsOf(path, linkedFolders)
    : {};
  return {
    version,
    path,
    linkedFolders,
    ...(fault !== undefined && { fault }),
    ...(expiresTs !== undefined && { expiresTs }),
    modelPath: join(path, "model.onnx"),
    goldenPath: join(path, "golden.json"),
    settingsDigest: "", // known once the model's config is read
    stamp: `${version}:${outside ?? files.map((file) => file.stamp).join(",")}`,
    bytes: files.reduce((sum, file) => sum + file.bytes, 0),
  };
}

/** The settings of a version, or why they cannot be used. */
async function settingsOf(
  path: string,
  linkedFolders: readonly string[],
): Promise<VersionSettings & { readonly fault?: string }> {
  try {
    return await readVersionSettings(path, await confinedFolders([path, ...linkedFolders]));
  } catch (error) {
    return { fault: error instanceof Error ? error.message : String(error) };
  }
}

/** A record that cannot be read takes no model out of service. */
async function historyOf(path: string, folders: ConfinedFolders) {
  try {
    return { records: await readHistory(path, folders), notes: [] };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { records: [], notes: [`The record of promotions is not shown. ${reason}.`] };
  }
}

type ModelCard = Pick<ModelFolder, "card" | "cardDigest" | "cardFault">;

/** There is none for a card that lies outside the folders: it would be answered to every client. */
async function readCard(path: string, folders: ConfinedFolders): Promise<ModelCard> {
  let text: string;
  try {
    await plainPathWithin(path, folders);
    text = await readPlainFile(path, cardBytesMax, folders);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { ...noCard, cardFault: reason.startsWith(path) ? reason : `${path}: ${reason}` };
  }
  const card = text.length <= cardLengthMax ? text : `${text.slice(0, cardLengthMax - 1)}…`;
  return { card, cardDigest: textDigest(text) };
}
