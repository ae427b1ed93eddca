/** Reads and writes the keys file. */
import { chmod, chown, open, realpath, rename, rm, stat } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { readSmallFile } from "../../small-files/read-small-file.js";
import { SmallFileError } from "../../small-files/small-file-error.js";
import {
  type KeyRecord,
  KeysFileError,
  keysFileBytesMax,
  keysFileText,
  parseKeysFile,
} from "./key-records.js";

/** Milliseconds that a command waits for another one that is changing the same file. */
const lockWaitMs = 10_000;
const lockPauseMs = 20;

/**
 * The file's text.
 * @param signal ends the wait with its reason
 * @throws SmallFileError
 */
export async function readKeysFile(path: string, signal?: AbortSignal): Promise<string> {
  try {
    return (await readSmallFile(path, keysFileBytesMax, signal)).toString("utf8");
  } catch (error) {
    if (error instanceof SmallFileError) throw new SmallFileError(error.fault, `the file ${error.message}`);
    throw error;
  }
}

/** @throws KeysFileError that names the file, and the field at fault or what to do */
export async function readKeyRecords(path: string): Promise<KeyRecord[]> {
  try {
    return parseKeysFile(await readKeysFile(path));
  } catch (error) {
    throw naming(path, error);
  }
}

function naming(path: string, error: unknown): unknown {
  if (error instanceof KeysFileError) return new KeysFileError(`${path}: ${error.message}`);
  if (error instanceof SmallFileError)
    return new KeysFileError(
      error.fault === "missing"
        ? `${path}: there is no such file; headgate keys create makes it`
        : `${path}: ${error.message}`,
    );
  return error;
}

/** What a change makes of the records, and what it tells its caller. */
export interface KeysChange<T> {
  readonly records: readonly KeyRecord[];
  readonly told: T;
}

/**
 * Changes the file as Git changes its index: whoever can make `<file>.lock` has the lock, writes the new content into
 * it and renames it onto the file. A file that is not there counts as one without keys.
 * @throws KeysFileError when the file cannot be used, or another command holds the lock
 */
export async function changeKeysFile<T>(
  given: string,
  change: (records: readonly KeyRecord[]) => KeysChange<T>,
): Promise<T> {
  const path = await realpath(given).catch(() => given); // the lock stands beside the file, not beside a link to it
  const lockPath = `${path}.lock`;
  const lock = await lockFile(lockPath);
  try {
    const { text, mode, owner } = await present(path);
    const { records, told } = change(text === undefined ? [] : parseKeysFile(text));
    const next = keysFileText(records);
    if (Buffer.byteLength(next) > keysFileBytesMax) throw tooLarge(Buffer.byteLength(next));
    await lock.writeFile(next);
    await lock.sync();
    await chmod(lockPath, mode);
    if (owner !== undefined) await chown(lockPath, owner.uid, owner.gid);
    await rename(lockPath, path);
    return told;
  } catch (error) {
    await rm(lockPath, { force: true });
    throw naming(path, error);
  } finally {
    await lock.close();
  }
}

async function lockFile(path: string): ReturnType<typeof open> {
  for (const until = Date.now() + lockWaitMs; ; ) {
    try {
      return await open(path, "wx", 0o600);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      if (Date.now() > until) throw await locked(path);
    }
    await pause(lockPauseMs * (0.5 + Math.random()));
  }
}

async function locked(path: string): Promise<KeysFileError> {
  const since = await stat(path).then(
    ({ mtime }) => ` since ${mtime.toISOString()}`,
    () => "",
  );
  return new KeysFileError(
    `another headgate keys command has been changing the file${since}. If none is running, it was killed: ` +
      `remove ${path} and repeat this command.`,
  );
}

interface PresentFile {
  readonly text: string | undefined;
  readonly mode: number;
  /** Set when the command runs as root: the gateway's own user must still be able to read the file. */
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
}

/** A group may read the file where it already could; others never. */
async function present(path: string): Promise<PresentFile> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (found === undefined) return { text: undefined, mode: 0o600, owner: undefined };
  return {
    text: await readKeysFile(path),
    mode: 0o600 | (found.mode & 0o040),
    owner: process.getuid?.() === 0 ? { uid: found.uid, gid: found.gid } : undefined,
  };
}

function tooLarge(size: number): KeysFileError {
  return new KeysFileError(`the file has ${size} bytes, and at most ${keysFileBytesMax} are taken`);
}
