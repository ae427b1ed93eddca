/** Metrics of the files in the data folder. */
import { statfs } from "node:fs/promises";
import { Counter, Gauge, type Registry } from "prom-client";

export interface StorageFigures {
  readonly file: string;
  /** The number of transactions that could not be written. */
  readonly failures: number;
  readonly writable: boolean;
  readonly bytes: number;
  /** Bytes without free pages; undefined where that is not known. */
  readonly usedBytes: number | undefined;
  /** The most that `usedBytes` may become; undefined where there is no such bound. */
  readonly usedBytesMax: number | undefined;
}

export class StorageMetrics {
  private figures: () => readonly StorageFigures[] = () => [];
  private folder: string | undefined;

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
    new Gauge({
      name: "headgate_storage_used_bytes_max",
      help: "Bytes that headgate_storage_used_bytes may reach: regimes.file_bytes_max",
      ...common,
      collect() {
        for (const { file, usedBytesMax } of read())
          if (usedBytesMax !== undefined) this.set({ file }, usedBytesMax);
      },
    });
    this.folderSpace(registry);
  }

  /** Sets the source of the figures, and the folder whose disk is measured. */
  read(figures: () => readonly StorageFigures[], folder: string): void {
    this.figures = figures;
    this.folder = folder;
  }

  /** Free and total bytes of the disk: without them an alert about the disk would need an agent of the machine's. */
  private folderSpace(registry: Registry): void {
    const space = async () =>
      this.folder === undefined ? undefined : statfs(this.folder).catch(() => undefined);
    const gauge = (name: string, help: string, blocks: "bavail" | "blocks") =>
      new Gauge({
        name,
        help,
        registers: [registry],
        async collect() {
          const figures = await space();
          if (figures !== undefined) this.set(figures[blocks] * figures.bsize);
        },
      });
    gauge("headgate_storage_disk_free_bytes", "Bytes free on the data folder's disk", "bavail");
    gauge("headgate_storage_disk_bytes", "Bytes of the data folder's disk", "blocks");
  }
}
