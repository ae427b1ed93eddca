/** Metrics of datasets. */
import { Counter, Gauge, type Registry } from "prom-client";

export interface DatasetReading {
  readonly count: number;
  /** Bytes on disk. */
  readonly bytes: number;
  readonly residentBytes: number;
  /** Bytes that were copied for requests under way. */
  readonly copiedBytes: number;
  readonly newPuts: number;
  readonly knownPuts: number;
  readonly appends: number;
  readonly references: number;
  readonly reads: number;
  readonly evictions: number;
  /** Datasets that are gone, by why. */
  readonly departures: Readonly<Record<string, number>>;
}

const nothing: DatasetReading = {
  count: 0,
  bytes: 0,
  residentBytes: 0,
  copiedBytes: 0,
  newPuts: 0,
  knownPuts: 0,
  appends: 0,
  references: 0,
  reads: 0,
  evictions: 0,
  departures: {},
};

type Total = "appends" | "references" | "reads" | "evictions";
type Level = "count" | "bytes" | "residentBytes" | "copiedBytes";

export class DatasetMetrics {
  private reading: () => DatasetReading = () => nothing;

  constructor(private readonly registry: Registry) {
    this.level("headgate_datasets", "Datasets of all namespaces", "count");
    this.level("headgate_dataset_bytes", "Bytes of their rows on disk, against datasets.bytes", "bytes");
    this.level(
      "headgate_dataset_resident_bytes",
      "Bytes of datasets in memory, against datasets.memory_bytes",
      "residentBytes",
    );
    this.level(
      "headgate_dataset_copied_bytes",
      "Bytes of rows that were copied for requests under way, against datasets.copied_bytes",
      "copiedBytes",
    );
    this.total("headgate_dataset_appends_total", "Appends that were asked for", "appends");
    this.total("headgate_dataset_references_total", "References that were resolved", "references");
    this.total("headgate_dataset_reads_total", "Tables of rows that were read from the disk", "reads");
    this.total(
      "headgate_dataset_evictions_total",
      "Tables of rows that left the memory for others",
      "evictions",
    );
    this.labelled(
      "headgate_dataset_puts_total",
      "Puts, by whether the namespace had the content already: new, known",
      "content",
      ({ newPuts, knownPuts }) => ({ new: newPuts, known: knownPuts }),
    );
    this.labelled(
      "headgate_dataset_departures_total",
      "Datasets that are gone, by why: dropped, expired, displaced by others of their namespace",
      "why",
      ({ departures: { dropped = 0, expired = 0, displaced = 0 } }) => ({ dropped, expired, displaced }),
    );
  }

  /** Says where to read the figures. */
  read(reading: () => DatasetReading): void {
    this.reading = reading;
  }

  private level(name: string, help: string, of: Level): void {
    const read = () => this.reading()[of];
    new Gauge({
      name,
      help,
      registers: [this.registry],
      collect() {
        this.set(read());
      },
    });
  }

  private total(name: string, help: string, of: Total): void {
    const read = () => this.reading()[of];
    new Counter({
      name,
      help,
      registers: [this.registry],
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  }

  private labelled(
    name: string,
    help: string,
    label: string,
    of: (reading: DatasetReading) => Readonly<Record<string, number>>,
  ): void {
    const read = () => of(this.reading());
    new Counter({
      name,
      help,
      labelNames: [label],
      registers: [this.registry],
      collect() {
        this.reset();
        for (const [value, count] of Object.entries(read())) this.inc({ [label]: value }, count);
      },
    });
  }
}
