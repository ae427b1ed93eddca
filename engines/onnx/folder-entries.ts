/** All that is in a folder and in its folders, as far as a bound: a link to `/` would be walked for hours. */
import { opendir } from "node:fs/promises";
import { join, relative } from "node:path";

/** Files and folders of a version. */
export const entriesMax = 4_096;

/** Names below the folder, in order. One more than `entriesMax` where there are more. */
export async function entriesOf(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { parentPath, name } of await opendir(folder, { recursive: true })) {
    found.push(relative(folder, join(parentPath, name)));
    if (found.length > entriesMax) break;
  }
  return found.sort();
}
