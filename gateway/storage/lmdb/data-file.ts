/**
 * Checks an LMDB file before it is mapped: of a file that is cut short, or that is no LMDB file at all, the library
 * would read missing pages and the process would die without a message. Source: LMDB's mdb.c, `MDB_meta`.
 */
import { spawnSync } from "node:child_process";
import { closeSync, existsSync, fstatSync, openSync, readSync } from "node:fs";
import { fileURLToPath } from "node:url";

const magic = 0xbeefc0de;
const version = 2;
/** Bytes of a meta page up to and including its transaction's number. */
const metaBytes = 160;

/**
 * What is wrong with the file; undefined when it may be opened or does not exist yet.
 * @param reader the program of file-reader.ts
 * @param databases names of those in the file
 */
export function faultOf(path: string, reader: URL, databases: readonly string[]): string | undefined {
  if (!existsSync(path)) return undefined;
  const { fault, missing } = headerOf(path);
  if (fault !== undefined || missing <= 0) return fault;
  // Pages that a transaction took and freed may lie behind the end of the file; others must not. Reading all records
  // shows which.
  const { status } = spawnSync(process.execPath, [fileURLToPath(reader), path, ...databases], {
    stdio: "ignore",
  });
  return status === 0 ? undefined : `${missing} bytes at its end are missing`;
}

function headerOf(path: string): { readonly fault?: string; readonly missing: number } {
  const file = openSync(path, "r");
  try {
    const { size } = fstatSync(file);
    const first = metaAt(file, 0);
    if (first === undefined) return { fault: "it is no LMDB file", missing: 0 };
    const { pageBytes } = first;
    if (pageBytes < 512 || pageBytes > 65_536 || (pageBytes & (pageBytes - 1)) !== 0)
      return { fault: "its header is damaged", missing: 0 };
    const second = metaAt(file, pageBytes);
    if (second === undefined) return { fault: "its header is damaged", missing: 0 };
    const newest = second.transaction > first.transaction ? second : first;
    return { missing: (newest.lastPage + 1) * pageBytes - size };
  } finally {
    closeSync(file);
  }
}

function metaAt(file: number, at: number) {
  const page = Buffer.alloc(metaBytes);
  if (readSync(file, page, 0, metaBytes, at) < metaBytes) return undefined;
  if (page.readUInt32LE(24) !== magic || page.readUInt32LE(28) !== version) return undefined;
  return {
    pageBytes: page.readUInt32LE(48),
    lastPage: Number(page.readBigUInt64LE(144)),
    transaction: page.readBigUInt64LE(152),
  };
}
