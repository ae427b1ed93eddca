/**
 * The journal on LMDB. Changes that arrive while a commit waits for the disk share the next one: a group commit.
 * Events and streams have separate tables in one file, and a change of both is one transaction.
 */
import type { Pieces } from "../../../../engines/pieces.js";
import type { Clock } from "../../../clock.js";
import { CommitPublisher } from "../../../events/commit-publisher.js";
import type { CommitListener, LoggedEvent, Retention } from "../../../events/event-log.js";
import { EventLogReader } from "../../../events/event-log-reader.js";
import { EventTables, type NumberedChange } from "../../../events/tables/event-tables.js";
import type { TableFile } from "../../../storage/lmdb/table-file.js";
import {
  type Journal,
  type JournalChange,
  notKept,
  type Observations,
  type SavedStream,
} from "../../journal.js";
import type { TableName } from "./layout.js";
import { StreamTables } from "./stream-tables.js";

interface PendingCommit extends NumberedChange {
  readonly change: JournalChange;
  readonly onEvent: CommitListener;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export class LmdbJournal extends EventLogReader implements Journal {
  failures = 0;
  private readonly events: EventTables;
  private readonly tables: StreamTables;
  private readonly publisher: CommitPublisher;
  private waiting: PendingCommit[] = [];
  private writing: Promise<void> | undefined;
  private closed = false;
  private closing: Promise<void> | undefined;

  constructor(
    private readonly file: TableFile<TableName>,
    clock: Clock,
    retention: Retention,
  ) {
    const events = new EventTables(file, clock, retention);
    super(events);
    this.events = events;
    this.publisher = new CommitPublisher(clock);
    this.tables = new StreamTables(file);
  }

  get usedBytes(): number {
    return this.file.usedBytes;
  }

  newStreamId(): number {
    return this.tables.newStreamId();
  }

  commit(change: JournalChange, onEvent: CommitListener = () => {}): Promise<void> {
    if (this.closed) return Promise.reject(notKept(new Error("the journal is closed")));
    return new Promise((resolve, reject) => {
      this.waiting.push({ change, events: this.events.number(change), onEvent, resolve, reject });
      this.writing ??= Promise.resolve().then(() => this.write());
    });
  }

  streams(): readonly SavedStream[] {
    return this.tables.streams();
  }

  stream(id: number): SavedStream | undefined {
    return this.tables.stream(id);
  }

  observations(id: number, countMax: number): Observations {
    return this.tables.observations(id, countMax);
  }

  readObservations(id: number, countMax: number): Pieces<Observations> {
    return this.tables.readObservations(id, countMax);
  }

  sweep(): void {
    this.events.trimAll();
    // If this commit fails, the next sweep tries again.
    if (this.events.isStale) this.commit({}).catch(() => undefined);
  }

  close(): Promise<void> {
    this.closing ??= this.finish();
    return this.closing;
  }

  private async finish(): Promise<void> {
    while (this.writing !== undefined) await this.writing;
    this.closed = true;
    await this.publisher.publish([]);
    await this.file.close();
  }

  /** Commits the waiting changes, a group at a time, until none is left. */
  private async write(): Promise<void> {
    while (this.waiting.length > 0) {
      const group = this.waiting.splice(0);
      // Events that retention removed are deleted from the disk with the next commit.
      const gone = this.events.takeDropped();
      try {
        const streams = this.tables.writes(group.map(({ change }) => change));
        await this.file.write([...streams, ...this.events.writes(group, gone)]);
      } catch (error) {
        this.events.restoreDropped(gone);
        this.failed([...group, ...this.waiting.splice(0)], error);
        continue;
      }
      this.events.forget(group);
      void this.publisher.publish(
        group.map(({ events, onEvent, resolve }) => ({
          steps: events.map((event, index) => () => this.show(event, index, onEvent)),
          done: resolve,
        })),
      );
    }
    this.writing = undefined;
  }

  private show(event: LoggedEvent, index: number, onEvent: CommitListener): void {
    this.events.show(event);
    onEvent(event, index);
  }

  private failed(group: readonly PendingCommit[], cause: unknown): void {
    this.failures++;
    for (const { events } of group) this.events.releaseNumbers(events);
    for (const { reject } of group) reject(notKept(cause));
  }
}
