/** Metrics of the files in the data folder. */
import { Counter, Gauge, type Registry } from "prom-client";

export interface StorageFigures {
  readonly file: string;
  /** The number of transactions that could not be written. */
  readonly failures: number;
  readonly writable: boolean;
  readonly bytes: number;
  /** Bytes without free pages; undefined where that is not known. */
  readonly usedBytes: number | undefined;
}

export class StorageMetrics {
  private figures: () => readonly StorageFigures[] = () => [];

  constructor(registry: Registry) {
    const read = () => this.figures();
    const common = { labelNames: ["file"] as const, registers: [registry] };
    new Counter({
      name: "headgate_storage_write_failures_total",
      help: "Transactions that the data folder's disk refused, by file",
      ...common,
      collect() {
        this.reset();
        for (const { file, failures } of read()) this.inc({ file }, failures);
      },
    });
    new Gauge({
      name: "headgate_storage_writable",
      help: "1 while a file of the data folder can be written",
      ...common,
      collect() {
        for (const { file, writable } of read()) this.set({ file }, Number(writable));
      },
    });
    new Gauge({
      name: "headgate_storage_file_bytes",
      help: "Bytes of a file of the data folder",
      ...common,
      collect() {
        for (const { file, bytes } of read()) this.set({ file }, bytes);
      },
    });
    new Gauge({
      name: "headgate_storage_used_bytes",
      help: "Bytes of the journal's file that hold something, which regimes.file_bytes_max bounds",
      ...common,
      collect() {
        for (const { file, usedBytes } of read()) if (usedBytes !== undefined) this.set({ file }, usedBytes);
      },
    });
  }

  /** Sets the source of the figures. */
  read(figures: () => readonly StorageFigures[]): void {
    this.figures = figures;
  }
}
