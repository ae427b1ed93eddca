/** Replaces a file as a whole, so that a reader sees the old content or the new, also after a crash. */
import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Writes the text beside the file, flushes it to the disk and renames it. Of one file only one writer may run at a
 * time, because all write to the same place beside it.
 */
export async function replaceFile(path: string, text: string, mode = 0o600): Promise<void> {
  const beside = `${path}.new`;
  await rm(beside, { force: true }); // left behind by a writer that was killed; it may have another mode
  const file = await open(beside, "wx", mode);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(beside, path);
  await flushFolder(dirname(path));
}

/** After this the renaming survives a power failure. Some file systems refuse to flush a folder; they need none. */
async function flushFolder(path: string): Promise<void> {
  const folder = await open(path, "r").catch(() => undefined);
  try {
    await folder?.sync().catch(() => undefined);
  } finally {
    await folder?.close();
  }
}
