/** The journal in memory, for tests: its content ends with the process, and each new one has a new epoch. */

import type { Pieces } from "../../../engines/pieces.js";
import type { Clock } from "../../clock.js";
import { CommitPublisher } from "../../events/commit-publisher.js";
import type { CommitListener, Retention } from "../../events/event-log.js";
import { EventLogReader } from "../../events/event-log-reader.js";
import { MemoryEvents } from "../../events/memory-events.js";
import {
  type Journal,
  type JournalChange,
  joinObservations,
  type Observations,
  type SavedStream,
  type StreamProgress,
  type StreamRecord,
  sliceObservations,
} from "../journal.js";

interface MemoryStream {
  readonly record: StreamRecord;
  progress: StreamProgress | undefined;
  observed: Observations | undefined;
}

export class MemoryJournal extends EventLogReader implements Journal {
  readonly failures = 0;
  readonly usedBytes = 0;
  private lastStreamId = 0;
  private readonly events: MemoryEvents;
  private readonly kept = new Map<number, MemoryStream>();
  private readonly publisher: CommitPublisher;

  constructor(
    private readonly clock: Clock,
    retention: Retention,
  ) {
    const events = new MemoryEvents(clock, retention);
    super(events);
    this.events = events;
    this.publisher = new CommitPublisher(clock);
  }

  commit(change: JournalChange, onEvent: CommitListener = () => {}): Promise<void> {
    this.keep(change);
    const ts = this.clock.wall();
    const steps = (change.events ?? []).map(
      ({ key, data }, index) =>
        () =>
          onEvent(this.events.append(key, data, ts), index),
    );
    return this.publisher.publish([{ steps, done: () => {} }]);
  }

  newStreamId(): number {
    return ++this.lastStreamId;
  }

  streams(): readonly SavedStream[] {
    return [...this.kept.keys()].flatMap((id) => this.stream(id) ?? []);
  }

  stream(id: number): SavedStream | undefined {
    const { record, progress } = this.kept.get(id) ?? {};
    return record && progress && { record, progress };
  }

  observations(id: number, countMax: number): Observations {
    const all = this.kept.get(id)?.observed ?? joinObservations([]);
    return sliceObservations(all, Math.max(0, all.n - countMax));
  }

  // biome-ignore lint/correctness/useYield: what is in memory needs no second piece
  *readObservations(id: number, countMax: number): Pieces<Observations> {
    return this.observations(id, countMax);
  }

  sweep(): void {
    this.events.trimAll();
  }

  async close(): Promise<void> {
    await this.publisher.publish([]);
  }

  private keep({ closed, opened, progress, cursor, forgotten = [] }: JournalChange): void {
    for (const key of forgotten) this.events.forget(key);
    if (closed !== undefined) this.kept.delete(closed);
    if (opened !== undefined)
      this.kept.set(opened.id, { record: opened, progress: undefined, observed: undefined });
    const stream = progress && this.kept.get(progress.id);
    if (stream !== undefined && progress !== undefined) {
      stream.progress = progress.progress;
      const observed = [stream.observed, progress.observed].filter((part) => part !== undefined);
      const all = joinObservations(observed);
      stream.observed = sliceObservations(all, Math.max(0, all.n - progress.keep));
    }
    if (cursor !== undefined) this.events.keepCursor(cursor.name, cursor.position);
  }
}
