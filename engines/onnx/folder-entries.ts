/** Lists all files and folders below a folder, up to a limit: following a link to `/` would take hours. */
import { opendir } from "node:fs/promises";
import { join, relative } from "node:path";

/** Limit on the files and folders of one version. */
export const entriesMax = 4_096;

/**
 * The sorted names below the folder. The list has `entriesMax + 1` names where the folder has more than `entriesMax`.
 */
export async function entriesOf(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { parentPath, name } of await opendir(folder, { recursive: true })) {
    found.push(relative(folder, join(parentPath, name)));
    if (found.length > entriesMax) break;
  }
  return found.sort();
}
