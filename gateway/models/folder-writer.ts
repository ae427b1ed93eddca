/** Writes a folder as a whole: it is at its place with all its files, also after a crash, or it is not there. */
import { mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { HeadgateError } from "../../protocol/errors.js";
import { writeFaultOf } from "../storage/write-fault.js";

export type FolderFiles = Readonly<Record<string, string | Uint8Array>>;

/**
 * Writes files below a folder, which is made, and flushes them with their folders to the disk.
 * @param files by their paths in the folder
 */
export async function writeFiles(folder: string, files: FolderFiles): Promise<void> {
  const folders = new Set([folder]);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    if (!folders.has(dirname(path))) await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    folders.add(dirname(path));
    await writeFlushed(path, content);
  }
  for (const each of folders) await syncFolder(each);
}

/** Moves a folder whose files are flushed to its place; after this it is there also after a power failure. */
export async function moveFolder(from: string, to: string): Promise<void> {
  await rename(from, to);
  await syncFolder(dirname(to));
}

/** Writes the files into a folder beside the place, and moves it there. Of a failed attempt nothing is left. */
export async function placeFolder(aside: string, place: string, files: FolderFiles): Promise<void> {
  try {
    await writeFiles(aside, files);
    await moveFolder(aside, place);
  } catch (error) {
    await rm(aside, { recursive: true, force: true }).catch(() => undefined);
    throw error;
  }
}

/** Replaces a file as a whole. Of one file only one writer may run at a time. */
export async function replaceWhole(path: string, text: string): Promise<void> {
  const aside = join(dirname(path), `.${basename(path)}.new`);
  await rm(aside, { force: true });
  await writeFlushed(aside, text);
  await rename(aside, path);
  await syncFolder(dirname(path));
}

/** Flushes files that another program has written, with their folders. */
export async function syncFiles(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await syncFiles(path);
    else await syncFolder(path);
  }
  await syncFolder(folder);
}

async function writeFlushed(path: string, content: string | Uint8Array): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Some file systems refuse to flush a folder; they need none. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r").catch(() => undefined);
  try {
    await folder?.sync().catch(() => undefined);
  } finally {
    await folder?.close();
  }
}

/**
 * The error for a client whose model could not be written: that the disk refused, or the error itself.
 * @param what could not be done, as the beginning of a sentence
 */
export function diskRefusal(what: string, error: unknown): unknown {
  const fault = writeFaultOf(error);
  if (fault === undefined) return error;
  return new HeadgateError("resource_exhausted", `${what}: ${fault.reason}`, {
    retryable: false,
    processed: "maybe",
    cause: error,
  });
}
