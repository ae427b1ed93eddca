/** How the journal lies in LMDB: its databases, their keys, and the form of their records. */

import type { Key, RootDatabaseOptionsWithPath } from "lmdb";
import { Packr } from "msgpackr";
import { noObservations, type Observations } from "../../journal.js";

/** Grows when a gateway before this one could not read what this one writes. */
export const format = 1;

/**
 * `meta` [name]; `topics` [namespace, topic]; `events` [topic id, offset]; `positions` [namespace, position] to
 * [topic id, offset]; `streams` [stream id]; `progress` [stream id]; `observations` [stream id, first of them];
 * `cursors` [name].
 */
export const databases = [
  "meta",
  "topics",
  "events",
  "positions",
  "streams",
  "progress",
  "observations",
  "cursors",
] as const;

/** Written to learn whether the file can be written, where that was not so; made when it is first needed. */
export const probeDatabase = "probe";

export type DatabaseName = (typeof databases)[number];

/** A change to one database: a record, the end of one, or of all from `key` to before `end`. */
export type Write =
  | { readonly db: string; readonly key: Key; readonly value: Uint8Array }
  | { readonly db: string; readonly key: Key; readonly end?: Key };

const packr = new Packr({ useRecords: false, moreTypes: true });

export function pack(value: unknown): Uint8Array {
  return packr.pack(value);
}

export function unpack<T>(bytes: Uint8Array): T {
  return packr.unpack(bytes) as T;
}

export function packObservations({ n, d, k, times, rows, regimes, probabilities }: Observations): Uint8Array {
  return pack({ n, d, k, times, rows, regimes, probabilities });
}

export function unpackObservations(first: number, bytes: Uint8Array): Observations {
  return { ...noObservations, ...unpack<Omit<Observations, "first">>(bytes), first };
}

/**
 * A commit returns once it is on the medium: no overlapping sync, no deferred one. One file, so that its
 * header can be looked at before it is mapped.
 */
export function environmentOptions(path: string): RootDatabaseOptionsWithPath {
  return {
    path,
    noSubdir: true,
    maxDbs: databases.length + 1, // and the probe's
    encoding: "binary",
    overlappingSync: false,
  };
}
