/** The bytes of a folder's files. */
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";

/** Bytes of the files in the folder and below, links as themselves; 0 where the folder is not there. */
export async function folderBytes(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) bytes += await folderBytes(path);
    else
      bytes += await lstat(path).then(
        ({ size }) => size,
        () => 0,
      );
  }
  return bytes;
}
