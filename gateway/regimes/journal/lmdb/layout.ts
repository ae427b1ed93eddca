/** The journal's layout in LMDB: the tables of its file, their keys, and the form of their records. */

import { eventTables } from "../../../events/tables/event-tables.js";
import { pack, unpack } from "../../../storage/lmdb/environment.js";
import { noObservations, type Observations } from "../../journal.js";

/** Raised when an older gateway could not read what this one writes. */
export const format = 1;

/** `streams` [stream id]; `progress` [stream id]; `observations` [stream id, first of them]. */
export const streamTables = ["streams", "progress", "observations"] as const;

export type StreamTableName = (typeof streamTables)[number];

/** All tables of the file: one transaction spans those of the events and those of the streams. */
export const databases = [...eventTables, ...streamTables] as const;

export type TableName = (typeof databases)[number];

export function packObservations({ n, d, k, times, rows, regimes, probabilities }: Observations): Uint8Array {
  return pack({ n, d, k, times, rows, regimes, probabilities });
}

export function unpackObservations(first: number, bytes: Uint8Array): Observations {
  return { ...noObservations, ...unpack<Omit<Observations, "first">>(bytes), first };
}
