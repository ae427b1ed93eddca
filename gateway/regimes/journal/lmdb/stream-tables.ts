/** The streams' tables in the journal's file, and their part of each transaction. */
import { type Pieces, whole } from "../../../../engines/pieces.js";
import { pack, type TableWrite, unpack } from "../../../storage/lmdb/environment.js";
import type { TableFile } from "../../../storage/lmdb/table-file.js";
import {
  type JournalChange,
  joinObservations,
  type Observations,
  type SavedStream,
  type StreamProgress,
  type StreamRecord,
  sliceObservations,
} from "../../journal.js";
import { type StreamTableName, unpackObservations } from "./layout.js";
import { StreamUpdates } from "./stream-updates.js";

/** Records read in one piece: reading one takes 3 µs or more. */
const recordsPerPiece = 128;

export class StreamTables {
  private lastStreamId: number;

  constructor(private readonly file: TableFile<StreamTableName>) {
    const [last] = file.table("streams").getKeys({ reverse: true, limit: 1 });
    this.lastStreamId = typeof last === "number" ? last : 0;
  }

  newStreamId(): number {
    return ++this.lastStreamId;
  }

  /** The records that a group of changes writes, each record once. */
  writes(changes: readonly JournalChange[]): TableWrite[] {
    const writes: TableWrite[] = [];
    const fed = new StreamUpdates();
    for (const { closed, opened, progress } of changes) {
      if (closed !== undefined) {
        fed.ended(closed);
        writes.push(...ends(closed));
      }
      if (opened !== undefined) writes.push({ db: "streams", key: opened.id, value: pack(opened) });
      if (progress !== undefined) fed.add(progress);
    }
    return [...writes, ...fed.writes(this.file.table("observations"))];
  }

  streams(): readonly SavedStream[] {
    return [...this.file.table("streams").getKeys({})].flatMap((id) => this.stream(id as number) ?? []);
  }

  stream(id: number): SavedStream | undefined {
    const [record, progress] = [this.file.table("streams").get(id), this.file.table("progress").get(id)];
    if (record === undefined || progress === undefined) return undefined;
    return { record: unpack<StreamRecord>(record), progress: unpack<StreamProgress>(progress) };
  }

  observations(id: number, countMax: number): Observations {
    return whole(this.readObservations(id, countMax));
  }

  *readObservations(id: number, countMax: number): Pieces<Observations> {
    const newestFirst: Observations[] = [];
    let count = 0;
    for (let from = Number.MAX_SAFE_INTEGER, more = true; more; ) {
      if (count > 0) yield;
      const range = { start: [id, from], end: [id, -1], reverse: true, limit: recordsPerPiece };
      more = false;
      for (const { key, value } of this.file.table("observations").getRange(range)) {
        const [, first] = key as [number, number];
        const part = unpackObservations(first, value);
        newestFirst.push(part);
        count += part.n;
        from = first - 1;
        more = count < countMax;
        if (!more) break;
      }
    }
    const all = joinObservations(newestFirst.reverse());
    return sliceObservations(all, Math.max(0, all.n - countMax));
  }
}

function ends(id: number): TableWrite[] {
  return [
    { db: "streams", key: id },
    { db: "progress", key: id },
    { db: "observations", key: [id], end: [id + 1] },
  ];
}
