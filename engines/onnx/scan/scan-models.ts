/**
 * Scans the models of a repository for what a stranger may have put there. Nothing is given to ONNX Runtime: the files
 * are read in bounded memory, and what is wrong with them is told and not thrown.
 */
import { readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { confinedFolders, realPathWithin } from "../confinement.js";
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
  /** Why its README.md is not shown; absent: it is, or there is none. */
  readonly card_fault?: string;
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
      ? await besideVersions(folder, options.linkedFolders)
      : [];
    const fault = "reason" in config && { fault: config.reason };
    const card = folder.cardFault !== undefined && { card_fault: folder.cardFault };
    scanned.push({ model, layout, ...fault, ...card, warnings, versions });
  }
  return scanned;
}

/** Whether anything found would keep a version from being served, or a card from being shown. */
export function hasFaults(scanned: readonly ScannedModel[]): boolean {
  return scanned.some(
    ({ fault, card_fault, versions }) =>
      fault !== undefined || card_fault !== undefined || versions.some(({ faults }) => faults.length > 0),
  );
}

/** Suspicions about the files in a model's folder itself. Its folders other than the versions are not looked into. */
async function besideVersions(model: ModelFolder, linkedFolders: readonly string[]): Promise<string[]> {
  const { path: folder, versions } = model;
  // Their faults are told as faults.
  const told = new Set([
    ...versions.map(({ path }) => basename(path)),
    "README.md",
    "config.json",
    "config.pbtxt",
  ]);
  const entries = await readdir(folder, { withFileTypes: true });
  const found: string[] = [];
  const others = entries.filter((entry) => !entry.isFile() && !entry.isDirectory() && !told.has(entry.name));
  const folders = await confinedFolders([folder, ...linkedFolders]);
  for (const entry of others.slice(0, entriesMax)) {
    const path = join(folder, entry.name);
    if (!entry.isSymbolicLink()) found.push(`${path} is no plain file`);
    else await realPathWithin(path, folders).catch((error: Error) => found.push(error.message));
  }
  for (const { name } of entries.filter((entry) => entry.isFile()).slice(0, entriesMax)) {
    const path = join(folder, name);
    found.push(...(await suspicionsOf({ name, path, status: await stat(path), isLink: false })));
  }
  return found;
}
