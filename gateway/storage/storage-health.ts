/**
 * Whether the files of the data folder can be written: a gateway that cannot keep what it must is not ready, and says
 * so. A file that failed is tried again without any request, because an unready gateway gets none.
 */
import type { Clock } from "../clock.js";
import { FileCondition, type FileTries, probeBytes, type StorageHealthEvents } from "./file-condition.js";
import { probeDatabase } from "./lmdb/environment.js";
import type { TableWriter } from "./lmdb/writer-handle.js";

export interface FileFigures {
  readonly file: string;
  /** Transactions that could not be written. */
  readonly failures: number;
  readonly writable: boolean;
}

export class StorageHealth {
  private readonly files: FileCondition[] = [];

  constructor(
    private readonly clock: Clock,
    private readonly events: StorageHealthEvents,
  ) {}

  /** @returns the same writer, whose failures are counted from now on */
  watch(file: string, writer: TableWriter): TableWriter {
    const watched = new MonitoredWriter(file, writer, this.clock, this.events);
    this.files.push(watched.condition);
    return watched;
  }

  /** The condition of files that somebody else writes, who tells it of each write. */
  condition(file: string, tries: FileTries): FileCondition {
    const condition = new FileCondition(file, this.clock, this.events, tries);
    this.files.push(condition);
    return condition;
  }

  /** Why the gateway cannot keep what it must; undefined when it can. */
  get trouble(): string | undefined {
    const failing = this.files.find(({ fault }) => fault !== undefined);
    return failing && `the data folder cannot be written: ${failing.fault?.reason}`;
  }

  /** Ends the tries of files that cannot be written. */
  close(): void {
    for (const file of this.files) file.close();
  }

  get figures(): readonly FileFigures[] {
    return this.files.map(({ file, failures, fault }) => ({ file, failures, writable: fault === undefined }));
  }
}

class MonitoredWriter implements TableWriter {
  readonly condition: FileCondition;
  /** A writer takes one transaction at a time, and a probe is one. */
  private tail: Promise<unknown> = Promise.resolve();

  constructor(
    file: string,
    private readonly writer: TableWriter,
    clock: Clock,
    events: StorageHealthEvents,
  ) {
    const probe = () => this.write([{ db: probeDatabase, key: 0, value: new Uint8Array(probeBytes) }]);
    const recovered = () => this.write([{ db: probeDatabase, key: 0 }]); // frees the pages that the probe took
    this.condition = new FileCondition(file, clock, events, { probe, recovered });
  }

  write(writes: Parameters<TableWriter["write"]>[0]): Promise<void> {
    const written = this.tail.then(() => this.writer.write(writes));
    this.tail = written.then(
      () => this.condition.wrote(),
      (error) => this.condition.refused(error),
    );
    return written;
  }

  async close(): Promise<void> {
    this.condition.close();
    await this.tail;
    await this.writer.close();
  }
}
