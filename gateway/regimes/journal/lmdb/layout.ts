/** How the journal lies in LMDB: its databases, their keys, and the form of their records. */

import { pack, unpack } from "../../../storage/lmdb/environment.js";
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

export type DatabaseName = (typeof databases)[number];

export function packObservations({ n, d, k, times, rows, regimes, probabilities }: Observations): Uint8Array {
  return pack({ n, d, k, times, rows, regimes, probabilities });
}

export function unpackObservations(first: number, bytes: Uint8Array): Observations {
  return { ...noObservations, ...unpack<Omit<Observations, "first">>(bytes), first };
}
