/**
 * Moves a proven version from the hidden folder, where it was made, to its place in the model's folder, and back where it
 * does not serve after all.
 */
import { existsSync } from "node:fs";
import { readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { historyFile } from "../../../engines/onnx/promotion-history.js";
import { moveFolder, replaceWhole, syncFolder } from "../folder-writer.js";

export interface VersionPlace {
  /** The hidden folder in which the version was made. */
  readonly stage: string;
  /** The model's folder. */
  readonly path: string;
  readonly version: number;
  readonly hasCard: boolean;
  /** Whether the model had a folder before. */
  readonly isKnown: boolean;
}

/** What the files of a model that was there held before, to go back to it. */
export interface ModelFilesBefore {
  readonly config: string;
  /** Undefined where there was no record. */
  readonly history: string | undefined;
}

/** @returns what the model's files held; undefined of a model that is new */
export async function placeVersion(place: VersionPlace): Promise<ModelFilesBefore | undefined> {
  const { stage, path, version, hasCard, isKnown } = place;
  if (!isKnown) {
    await moveFolder(stage, path);
    return undefined;
  }
  const before = {
    config: await readFile(join(path, "config.json"), "utf8"),
    history: await readFile(join(path, historyFile), "utf8").catch(() => undefined),
  };
  await moveFolder(join(stage, String(version)), join(path, String(version)));
  // The record first, as of a promotion: there is no change without one.
  if (existsSync(join(stage, historyFile))) await rename(join(stage, historyFile), join(path, historyFile));
  await rename(join(stage, "config.json"), join(path, "config.json"));
  if (hasCard) await rename(join(stage, "README.md"), join(path, "README.md"));
  await syncFolder(path);
  return before;
}

export async function takeVersionAway(
  { stage, path, version, isKnown }: VersionPlace,
  before: ModelFilesBefore | undefined,
): Promise<void> {
  if (!isKnown) return rename(path, stage);
  if (before !== undefined) {
    await replaceWhole(join(path, "config.json"), before.config);
    if (before.history !== undefined) await replaceWhole(join(path, historyFile), before.history);
    else await rm(join(path, historyFile), { force: true });
  }
  await rename(join(path, String(version)), join(stage, String(version)));
}
