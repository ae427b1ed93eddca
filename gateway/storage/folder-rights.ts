/**
 * The data folder holds what tenants asked and were answered: it and its files are for the gateway's own user alone,
 * whatever the umask.
 */
import { chmodSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

export const folderMode = 0o700;
export const fileMode = 0o600;
const others = 0o077;

/** Where the smaller copy of a file is made. */
export const compactingFolder = "compacting";

/** What a gateway makes in its data folder. */
const ours =
  /^(regimes|answers)\.mdb(-lock)?$|^gateway\.lock|^(calibration|proofs)\.json(\.new)?$|^compacting$/;

/**
 * Makes the folder, or tightens one that holds nothing but a gateway's files: another may be somebody's too, `/tmp` say.
 * @returns what could not be tightened and what to do, in a sentence each
 */
export function makePrivate(folder: string): string[] {
  if (mkdirSync(folder, { recursive: true, mode: folderMode }) !== undefined) chmodSync(folder, folderMode);
  const foreign = readdirSync(folder).find((name) => !ours.test(name));
  return tightened(folder, folderMode, foreign);
}

/** Tightens the files that a gateway makes there. @returns what could not be tightened */
export function makeFilesPrivate(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => ours.test(name) && name !== compactingFolder) // that one is made private
    .flatMap((name) => tightened(join(folder, name), fileMode));
}

/** @param foreign why it is left as it is: what else lies in it */
function tightened(path: string, mode: number, foreign?: string): string[] {
  if (process.platform === "win32") return []; // rights are lists there, which a new folder has from the one around it
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
