/**
 * Scans the models of a repository for what a stranger may have put there. Nothing is given to ONNX Runtime: the files
 * are read in bounded memory, and what is wrong with them is told and not thrown.
 */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { entriesMax } from "../folder-entries.js";
import type { ModelFolder } from "../model-folder.js";
import { RepositoryReader } from "../repository.js";
import type { ScanOptions } from "./scan-options.js";
import { type ScannedVersion, scanVersion } from "./scan-version.js";
import { suspicionsOf } from "./suspicious-files.js";

export interface ScannedModel {
  readonly model: string;
  readonly layout: ModelFolder["layout"];
  /** Why the model is not read; absent: it is. */
  readonly fault?: string;
  /** What a person should look at in the model's folder, beside its versions. */
  readonly warnings: readonly string[];
  readonly versions: readonly ScannedVersion[];
}

/** @throws when the repository itself cannot be read */
export async function scanModels(repository: string, options: ScanOptions): Promise<ScannedModel[]> {
  const scanned: ScannedModel[] = [];
  for (const folder of await new RepositoryReader(repository, options.linkedFolders).read()) {
    const { name: model, layout, config } = folder;
    const versions: ScannedVersion[] = [];
    for (const version of folder.versions) versions.push(await scanVersion(model, version, options));
    // Of a model that lies outside the repository nothing is read.
    const warnings = folder.versions.some(({ path }) => path !== folder.path)
      ? await besideVersions(folder)
      : [];
    const fault = "reason" in config && { fault: config.reason };
    scanned.push({ model, layout, ...fault, warnings, versions });
  }
  return scanned;
}

/** Whether anything found would keep a version from being served. */
export function hasFaults(scanned: readonly ScannedModel[]): boolean {
  return scanned.some(
    ({ fault, versions }) => fault !== undefined || versions.some(({ faults }) => faults.length > 0),
  );
}

/** Suspicions about the files in a model's folder itself. Its folders other than the versions are not looked into. */
async function besideVersions({ path: folder }: ModelFolder): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const found: string[] = [];
  for (const { name } of entries.filter((entry) => entry.isFile()).slice(0, entriesMax)) {
    const path = join(folder, name);
    found.push(...(await suspicionsOf({ name, path, status: await stat(path), isLink: false })));
  }
  return found;
}
