/** Checks a version before ONNX Runtime is given any of it: its files and where they lie, then its graph. */
import type { Stats } from "node:fs";
import { lstat, stat } from "node:fs/promises";
import { join } from "node:path";
import { confinedFolders, realPathWithin } from "../confinement.js";
import { entriesMax, entriesOf } from "../folder-entries.js";
import { damagedModel } from "../no-model-file.js";
import { requireWeights } from "./external-data.js";
import { type GraphInspection, inspectGraph } from "./graph-inspection.js";
import { LimitError, type ModelLimits, requireLimit } from "./model-limits.js";

/** The files of a version, and where links in its folder may lead. */
export interface InspectedFiles {
  /** The folder with the version's files. */
  readonly folder: string;
  readonly modelPath: string;
  /** Folders of the operator's choice that links may lead into, beside the version's own. */
  readonly linkedFolders: readonly string[];
}

export interface VersionFile {
  /** Relative to the version's folder. */
  readonly name: string;
  readonly path: string;
  readonly status: Stats;
  readonly isLink: boolean;
}

/**
 * The files below a version's folder.
 * @throws naming the first path that is no plain file, leads out of the folder, or is one too many
 */
export async function versionFiles({
  folder,
  linkedFolders,
}: Pick<InspectedFiles, "folder" | "linkedFolders">): Promise<VersionFile[]> {
  const entries = await entriesOf(folder);
  if (entries.length > entriesMax)
    throw new Error(`${folder} has more than ${entriesMax} files: a version needs a few`);
  const folders = await confinedFolders([folder, ...linkedFolders]);
  const found: VersionFile[] = [];
  for (const name of entries) {
    const path = join(folder, name);
    const isLink = (await lstat(path)).isSymbolicLink();
    const status = await stat(isLink ? await realPathWithin(path, folders) : path);
    if (status.isDirectory()) continue;
    if (!status.isFile()) throw new Error(`${path} is no plain file: replace it with one, or remove it`);
    found.push({ name, path, status, isLink });
  }
  return found;
}

/** @throws with the first reason why the version is not opened */
export async function inspectVersion(files: InspectedFiles, limits: ModelLimits): Promise<GraphInspection> {
  const found = await versionFiles(files);
  const bytes = found.reduce((sum, { status }) => sum + status.size, 0);
  requireLimit(bytes, "bytes of files", "version_bytes", limits);
  const folders = await confinedFolders([files.folder, ...files.linkedFolders]);
  return inspectModel(files.modelPath, folders, limits);
}

/** @throws with the first reason why the file is not given to ONNX Runtime */
export async function inspectModel(
  path: string,
  folders: readonly string[],
  limits: ModelLimits,
): Promise<GraphInspection> {
  const inspected = await graphOf(path, limits);
  const [refused] = inspected.refusedOperators;
  if (refused !== undefined) throw new Error(`${path}: ${refused}`);
  await requireWeights(path, inspected.external, folders);
  return inspected;
}

async function graphOf(path: string, limits: ModelLimits): Promise<GraphInspection> {
  try {
    return inspectGraph(path, limits);
  } catch (error) {
    if (error instanceof LimitError) throw new LimitError(`${path}: ${error.message}`);
    throw new Error(await damagedModel(path, error));
  }
}
