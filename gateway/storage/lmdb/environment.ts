/** What the LMDB files of a data folder share: how they are opened, and the form of records and of writes. */
import type { Key, RootDatabaseOptionsWithPath } from "lmdb";
import { Packr } from "msgpackr";

/** Written to learn whether a file can be written again after a failure; made when it is first needed. */
export const probeDatabase = "probe";

/** Databases in one file: more than any owner has, and the probe's. */
const databasesMax = 16;

/** A change to one database: a record, the removal of one, or the removal of all from `key` to before `end`. */
export type TableWrite =
  | { readonly db: string; readonly key: Key; readonly value: Uint8Array }
  | { readonly db: string; readonly key: Key; readonly end?: Key };

const packr = new Packr({ useRecords: false, moreTypes: true });

export function pack(value: unknown): Uint8Array {
  return packr.pack(value);
}

export function unpack<T>(bytes: Uint8Array): T {
  return packr.unpack(bytes) as T;
}

/**
 * A commit returns once it is on the medium: no overlapping sync, no deferred one. One file, so that its header can
 * be checked before it is mapped.
 */
export function environmentOptions(path: string): RootDatabaseOptionsWithPath {
  return {
    path,
    noSubdir: true,
    maxDbs: databasesMax,
    encoding: "binary",
    overlappingSync: false,
  };
}
