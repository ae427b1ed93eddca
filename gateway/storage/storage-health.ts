/**
 * Whether the files of the data folder can be written: a gateway that cannot keep what it must is not ready, and says
 * so. A file that failed is tried again without any request, because an unready gateway gets none.
 */
import type { Clock } from "../clock.js";
import { probeDatabase } from "./lmdb/environment.js";
import type { TableWriter } from "./lmdb/writer-handle.js";
import { type WriteFault, writeFaultOf } from "./write-fault.js";

export interface StorageHealthEvents {
  readonly failed: (file: string, fault: WriteFault, error: unknown) => void;
  readonly recovered: (file: string) => void;
}

export interface FileFigures {
  readonly file: string;
  /** Transactions that could not be written. */
  readonly failures: number;
  readonly writable: boolean;
}

/** Milliseconds between two tries of a file that could not be written. */
const probeMs = 2_000;
/** Bytes of a try: more than an ordinary commit, because the last page of a full disk may still be free. */
const probeBytes = 65_536;

export class StorageHealth {
  private readonly files: MonitoredWriter[] = [];

  constructor(
    private readonly clock: Clock,
    private readonly events: StorageHealthEvents,
  ) {}

  /** @returns the same writer, whose failures are counted from now on */
  watch(file: string, writer: TableWriter): TableWriter {
    const watched = new MonitoredWriter(file, writer, this.clock, this.events);
    this.files.push(watched);
    return watched;
  }

  /** Why the gateway cannot keep what it must; undefined when it can. */
  get trouble(): string | undefined {
    const failing = this.files.find(({ fault }) => fault !== undefined);
    return failing && `the data folder cannot be written: ${failing.fault?.reason}`;
  }

  get figures(): readonly FileFigures[] {
    return this.files.map(({ file, failures, fault }) => ({ file, failures, writable: fault === undefined }));
  }
}

class MonitoredWriter implements TableWriter {
  failures = 0;
  fault: WriteFault | undefined;
  /** A writer takes one transaction at a time, and a probe is one. */
  private tail: Promise<unknown> = Promise.resolve();
  private stopProbing: () => void = () => {};
  private closed = false;

  constructor(
    readonly file: string,
    private readonly writer: TableWriter,
    private readonly clock: Clock,
    private readonly events: StorageHealthEvents,
  ) {}

  write(writes: Parameters<TableWriter["write"]>[0]): Promise<void> {
    const written = this.tail.then(() => this.writer.write(writes));
    this.tail = written.then(
      () => this.wrote(),
      (error) => this.refused(error),
    );
    return written;
  }

  async close(): Promise<void> {
    this.closed = true;
    this.stopProbing();
    await this.tail;
    await this.writer.close();
  }

  private wrote(): void {
    if (this.fault === undefined) return;
    this.fault = undefined;
    this.stopProbing();
    this.events.recovered(this.file);
    this.write([{ db: probeDatabase, key: 0 }]).catch(() => undefined); // frees the pages that the probe took
  }

  private refused(error: unknown): void {
    this.failures++;
    const before = this.fault;
    this.fault = writeFaultOf(error) ?? {
      reason: "it refused a transaction",
      advice: "The error tells more; nothing that is there was changed.",
    };
    if (before?.reason !== this.fault.reason) this.events.failed(this.file, this.fault, error);
    this.stopProbing();
    if (!this.closed) this.stopProbing = this.clock.after(probeMs, () => this.probe());
  }

  private probe(): void {
    this.write([{ db: probeDatabase, key: 0, value: new Uint8Array(probeBytes) }]).catch(() => undefined);
  }
}
