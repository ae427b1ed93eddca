/**
 * Keeps what is read of a model inside folders that the operator chose. A stranger's folder may hold links: a
 * README.md that leads to /etc/passwd would be answered to every client as the model's card.
 */
import { constants } from "node:fs";
import { type FileHandle, open, readlink, realpath, stat } from "node:fs/promises";
import { sep } from "node:path";

/** Folders inside which a file must lie once all links are followed. Their paths have no links. */
export type ConfinedFolders = readonly string[];

/** The real paths of the folders; a folder that does not exist is left out. */
export async function confinedFolders(folders: readonly string[]): Promise<ConfinedFolders> {
  const real = await Promise.all(folders.map((folder) => realpath(folder).catch(() => undefined)));
  return real.filter((folder) => folder !== undefined);
}

/** @param real a path without links */
export function isWithin(real: string, folders: ConfinedFolders): boolean {
  return folders.some(
    (folder) => real === folder || real.startsWith(folder.endsWith(sep) ? folder : folder + sep),
  );
}

/**
 * The path with all its links followed.
 * @throws when it leads out of the folders, or to nothing
 */
export async function realPathWithin(path: string, folders: ConfinedFolders): Promise<string> {
  const real = await realpath(path).catch((error: NodeJS.ErrnoException) => {
    throw Object.assign(new Error(unreadable(path, error)), { code: error.code });
  });
  if (!isWithin(real, folders)) throw new Error(leadsOut(path));
  return real;
}

/**
 * The plain file that a path leads to, without opening it.
 * @throws when it is no plain file, or leads out of the folders
 */
export async function plainPathWithin(path: string, folders: ConfinedFolders): Promise<string> {
  const real = await realPathWithin(path, folders);
  if (!(await stat(real)).isFile())
    throw new Error(`${path} is no plain file: replace it with one, or remove it`);
  return real;
}

function unreadable(path: string, { code, message }: NodeJS.ErrnoException): string {
  if (code === "ELOOP") return `${path} is a link that leads to itself: replace it with a plain file`;
  if (code === "ENOENT") return `${path}: there is no such file, or it is a link to one that is not there`;
  return `${path}: ${message}`;
}

function leadsOut(path: string): string {
  return `${path} is a link that leads out of the model's folder: put the file itself there, or name the folder that it leads to in repository.linked_folders`;
}

/**
 * Opens a regular file. Without O_NONBLOCK, opening a named pipe would wait for a writer forever; a device is not
 * opened at all, because opening some of them has effects.
 * @param folders where given, the opened file must lie in one of them; on Linux it is asked of the open file, so that
 *   a link that is changed meanwhile is found
 * @throws when the path is not a regular file, or lies outside the folders
 */
export async function openPlainFile(path: string, folders?: ConfinedFolders): Promise<FileHandle> {
  if (!(await stat(path)).isFile()) throw new Error("no plain file: replace it with one, or remove it");
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    if (!(await file.stat()).isFile()) throw new Error("no plain file: replace it with one, or remove it");
    if (folders !== undefined && !isWithin(await realPathOf(file, path), folders))
      throw new Error(leadsOut(path));
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

function realPathOf(file: FileHandle, path: string): Promise<string> {
  return process.platform === "linux" ? readlink(`/proc/self/fd/${file.fd}`) : realpath(path);
}
