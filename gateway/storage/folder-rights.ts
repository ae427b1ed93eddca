/**
 * The data folder holds tenants' requests and answers: it and its files are readable by the gateway's own user only,
 * whatever the umask.
 */
import { chmodSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

export const folderMode = 0o700;
export const fileMode = 0o600;
const others = 0o077;

/** The folder in which a compacted copy of a file is made. */
export const compactingFolder = "compacting";

/** Folders that are made private when they are made. */
const ownFolders: ReadonlySet<string> = new Set([compactingFolder, "datasets", "kept-models", "published"]);

/** Names of what a gateway makes in its data folder. */
const ours =
  /^(regimes|answers|jobs)\.mdb(-lock)?$|^gateway\.lock|^(calibration|proofs|key-use)\.json(\.new)?$|^compacting$|^(datasets|kept-models|published)$/;

/**
 * Makes the folder, or tightens the rights of one that holds nothing but a gateway's files: another folder, such as
 * `/tmp`, may belong to others too.
 * @returns what could not be tightened and what to do, in a sentence each
 */
export function makePrivate(folder: string): string[] {
  if (mkdirSync(folder, { recursive: true, mode: folderMode }) !== undefined) chmodSync(folder, folderMode);
  const foreign = readdirSync(folder).find((name) => !ours.test(name));
  return tightened(folder, folderMode, foreign);
}

/**
 * Tightens the rights of the files that a gateway makes there.
 * @returns what could not be tightened
 */
export function makeFilesPrivate(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => ours.test(name) && !ownFolders.has(name))
    .flatMap((name) => tightened(join(folder, name), fileMode));
}

/** @param foreign why the rights are left as they are: what else lies in the folder */
function tightened(path: string, mode: number, foreign?: string): string[] {
  if (process.platform === "win32") return []; // Windows has access lists, which a new folder inherits
  const present = statSync(path, { throwIfNoEntry: false });
  if (present === undefined || (present.mode & others) === 0) return [];
  const wide = `data: ${path} is open to other users (mode ${(present.mode & 0o7777).toString(8)})`;
  const todo = `Run chmod ${mode.toString(8)} on it, or give the gateway a folder of its own (--data).`;
  if (foreign !== undefined) return [`${wide} and holds ${foreign}, which is no gateway's. ${todo}`];
  try {
    chmodSync(path, mode);
    return [];
  } catch {
    return [`${wide} and this user may not change that. ${todo}`];
  }
}
