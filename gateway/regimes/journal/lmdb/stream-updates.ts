/** The streams' part of a group of changes: each stream is written once, however many of the changes feed it. */
import { pack, type TableWrite } from "../../../storage/lmdb/environment.js";
import type { Table } from "../../../storage/lmdb/table-file.js";
import {
  type JournalChange,
  joinObservations,
  type Observations,
  type StreamProgress,
} from "../../journal.js";
import { packObservations } from "./layout.js";

interface StreamUpdate {
  progress: StreamProgress;
  keep: number;
  observed: Observations[];
}

export class StreamUpdates {
  private readonly byId = new Map<number, StreamUpdate>();

  add({ id, progress, observed, keep }: NonNullable<JournalChange["progress"]>): void {
    const known = this.byId.get(id) ?? { progress, keep, observed: [] };
    known.progress = progress;
    if (observed !== undefined && observed.n > 0) known.observed.push(observed);
    this.byId.set(id, known);
  }

  /** The stream is closed: everything that it was fed before in this group is dropped. */
  ended(id: number): void {
    this.byId.delete(id);
  }

  writes(observations: Table): TableWrite[] {
    return [...this.byId].flatMap(([id, stream]) => fedWrites(id, stream, observations));
  }
}

function fedWrites(
  id: number,
  { progress, keep, observed }: StreamUpdate,
  observations: Table,
): TableWrite[] {
  const writes: TableWrite[] = [{ db: "progress", key: id, value: pack(progress) }];
  const all = joinObservations(observed);
  if (all.n === 0) return writes;
  writes.push({ db: "observations", key: [id, all.first], value: packObservations(all) });
  const forgotten = progress.total - keep;
  if (forgotten > 0 && crosses(all, Math.max(64, keep >> 3))) {
    // The oldest observation to keep lies in the newest record that begins at or before it.
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

/** Whether these observations pass a multiple of `step`, at which old observations are removed. */
function crosses({ first, n }: Observations, step: number): boolean {
  return Math.floor(first / step) !== Math.floor((first + n) / step);
}
