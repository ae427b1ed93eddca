/**
 * Gives the pages that were freed inside an LMDB file back to the disk. The copy is made in a folder of its own
 * beside the file, compared with it, and renamed to the file's name: whenever the process ends, that name belongs to
 * the old file or the new one, and both hold the same.
 */
import { chmodSync, closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { type Database, type Key, open, type RootDatabase } from "lmdb";
import { compactingFolder, fileMode, folderMode } from "./folder-rights.js";
import { environmentOptions } from "./lmdb/environment.js";

type LmdbEnvironment = RootDatabase<Uint8Array, Key>;

export interface CompactionReport {
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  /** Records in which the copy was compared. */
  readonly records: number;
}

/**
 * @param path an LMDB file whose header is sound, in a folder that the caller has locked
 * @throws Error when it cannot be copied or the copy differs; the file is unchanged then
 */
export async function compact(path: string): Promise<CompactionReport> {
  const folder = join(dirname(path), compactingFolder);
  rmSync(folder, { recursive: true, force: true }); // the folder of a compaction that was killed
  mkdirSync(folder, { mode: folderMode });
  try {
    const copy = join(folder, basename(path));
    const bytesBefore = statSync(path).size;
    const records = await copied(path, copy);
    chmodSync(copy, fileMode);
    sync(copy);
    const bytesAfter = statSync(copy).size;
    renameSync(copy, path);
    sync(dirname(path));
    return { bytesBefore, bytesAfter, records };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function copied(path: string, to: string): Promise<number> {
  const from = openToRead(path);
  try {
    await from.backup(to, true);
    const copy = openToRead(to);
    try {
      return requireSame(from, copy);
    } finally {
      await copy.close();
    }
  } finally {
    await from.close();
  }
}

function openToRead(path: string): LmdbEnvironment {
  return open<Uint8Array, Key>({ ...environmentOptions(path), readOnly: true });
}

/** @returns how many records there are */
function requireSame(from: LmdbEnvironment, copy: LmdbEnvironment): number {
  const names = [...from.getKeys({})].map(String);
  if (names.join() !== [...copy.getKeys({})].map(String).join()) throw new Error("the copy lacks a database");
  return names.reduce(
    (sum, name) => sum + requireSameRecords(name, storeIn(from, name), storeIn(copy, name)),
    0,
  );
}

function requireSameRecords(
  name: string,
  from: Database<Uint8Array, Key>,
  copy: Database<Uint8Array, Key>,
): number {
  const differs = () => new Error(`the copy differs in ${name}; the file was left as it is`);
  const copies = copy.getRange({})[Symbol.iterator]();
  let records = 0;
  for (const { key, value } of from.getRange({})) {
    const { done, value: found } = copies.next();
    if (done || JSON.stringify(found.key) !== JSON.stringify(key) || Buffer.compare(found.value, value) !== 0)
      throw differs();
    records++;
  }
  if (!copies.next().done) throw differs();
  return records;
}

function storeIn(environment: LmdbEnvironment, name: string): Database<Uint8Array, Key> {
  return environment.openDB<Uint8Array, Key>({ name, encoding: "binary" });
}

function sync(path: string): void {
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
