/** Takes the trainers' environment away. */
import { rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { manifestFile } from "../environment.js";
import { folderBytes } from "./folder-bytes.js";
import { isTrainerFolder, removeUnused } from "./unused-environments.js";

/**
 * @returns the bytes that were freed; 0 where nothing was installed
 * @throws Error where the folder has files of others
 */
export async function uninstallEnvironment(folder: string, say: (line: string) => void): Promise<number> {
  if (!(await isTrainerFolder(folder))) throw new Error(`${folder} has files of others: it is left as it is`);
  const before = await folderBytes(folder);
  // The manifest goes first: without it nothing counts as installed.
  await rm(join(folder, manifestFile), { force: true });
  await removeUnused(folder, undefined, say);
  // Where a process still uses an environment the folder is not empty, and stays.
  await rmdir(folder).catch(() => undefined);
  return before - (await folderBytes(folder));
}
