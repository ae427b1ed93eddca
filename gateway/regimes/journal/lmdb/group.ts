/** What a group of changes writes: each record once, however many of the changes touch it. */
import type { Database, Key } from "lmdb";
import type { LoggedEvent } from "../../../events/event-log.js";
import { pack, type Write } from "../../../storage/lmdb/environment.js";
import { type Change, joinObservations, type Observations, type Progress } from "../../journal.js";
import { packObservations } from "./layout.js";
import { recordOf, type TopicTable } from "./topic-table.js";

export interface Pending {
  readonly change: Change;
  /** Its events, with their numbers. */
  readonly events: readonly LoggedEvent[];
  readonly told: (event: LoggedEvent, index: number) => void;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** An event on disk, beside its key. */
export type StoredEvent = Pick<LoggedEvent, "position" | "ts" | "eventId" | "data">;

interface Fed {
  progress: Progress;
  keep: number;
  observed: Observations[];
}

/**
 * @param given the newest position that was given out
 * @param gone events that leave the disk
 */
export function groupWrites(
  group: readonly Pending[],
  given: number,
  gone: readonly LoggedEvent[],
  topics: TopicTable,
  observations: Database<Uint8Array, Key>,
): Write[] {
  const writes: Write[] = [];
  const fed = new Map<number, Fed>();
  const touched = new Map<number, number>();
  for (const { change, events } of group) {
    if (change.closed !== undefined) {
      fed.delete(change.closed);
      writes.push(...ended(change.closed));
    }
    if (change.opened !== undefined)
      writes.push({ db: "streams", key: change.opened.id, value: pack(change.opened) });
    if (change.progress !== undefined) feed(fed, change.progress);
    if (change.cursor !== undefined)
      writes.push({ db: "cursors", key: change.cursor.name, value: pack(change.cursor.position) });
    for (const event of events) {
      const { id } = topics.getOrAdd(event);
      touched.set(id, event.offset);
      const { position, ts, eventId, data } = event;
      const stored: StoredEvent = { position, ts, eventId, data };
      writes.push(
        { db: "events", key: [id, event.offset], value: pack(stored) },
        { db: "positions", key: [event.namespace, position], value: pack([id, event.offset]) },
      );
    }
  }
  for (const [id, stream] of fed) writes.push(...fedWrites(id, stream, observations));
  for (const event of gone) {
    const topic = topics.getOrAdd(event);
    if (!touched.has(topic.id)) touched.set(topic.id, topic.lastOffset);
    writes.push(
      { db: "events", key: [topic.id, event.offset] },
      { db: "positions", key: [event.namespace, event.position] },
    );
  }
  for (const [id, lastOffset] of touched) {
    const topic = topics.withId(id);
    if (topic === undefined) continue;
    const value = pack(recordOf(topic, Math.max(lastOffset, topic.lastOffset)));
    writes.push({ db: "topics", key: [topic.namespace, topic.topic], value });
  }
  if (touched.size > 0) writes.push({ db: "meta", key: "position", value: pack(given) });
  return writes;
}

function feed(
  fed: Map<number, Fed>,
  { id, progress, observed, keep }: NonNullable<Change["progress"]>,
): void {
  const known = fed.get(id) ?? { progress, keep, observed: [] };
  known.progress = progress;
  if (observed !== undefined && observed.n > 0) known.observed.push(observed);
  fed.set(id, known);
}

function ended(id: number): Write[] {
  return [
    { db: "streams", key: id },
    { db: "progress", key: id },
    { db: "observations", key: [id], end: [id + 1] },
  ];
}

function fedWrites(
  id: number,
  { progress, keep, observed }: Fed,
  observations: Database<Uint8Array, Key>,
): Write[] {
  const writes: Write[] = [{ db: "progress", key: id, value: pack(progress) }];
  const all = joinObservations(observed);
  if (all.n === 0) return writes;
  writes.push({ db: "observations", key: [id, all.first], value: packObservations(all) });
  const forgotten = progress.total - keep;
  if (forgotten > 0 && crosses(all, Math.max(64, keep >> 3))) {
    // The newest record that begins at or before the oldest observation to keep holds it.
    const [holding] = observations.getKeys({
      start: [id, forgotten],
      end: [id, -1],
      reverse: true,
      limit: 1,
    });
    if (holding !== undefined) writes.push({ db: "observations", key: [id], end: holding });
  }
  return writes;
}

/** Whether these observations pass a multiple of `step`: forgetting is looked at so often. */
function crosses({ first, n }: Observations, step: number): boolean {
  return Math.floor(first / step) !== Math.floor((first + n) / step);
}
