/** Metrics of the processes that train. */
import { Counter, Gauge, type Registry } from "prom-client";

/** A trainer's process as it is at a scrape. */
export interface TrainerReading {
  readonly isBusy: boolean;
  readonly residentBytes: number;
}

export class TrainerMetrics {
  private readings: () => readonly TrainerReading[] = () => [];
  private readonly starts: Counter;
  private readonly deaths: Counter;

  constructor(registry: Registry) {
    const read = () => this.readings();
    const registers = [registry];
    this.starts = new Counter({
      name: "headgate_trainer_starts_total",
      help: "Processes of the trainer that were started and became ready",
      registers,
    });
    this.deaths = new Counter({
      name: "headgate_trainer_deaths_total",
      help: "Processes of the trainer that ended by themselves, or did not become ready",
      registers,
    });
    new Gauge({
      name: "headgate_trainer_processes",
      help: "Processes of the trainer, by whether they train",
      labelNames: ["state"] as const,
      registers,
      collect() {
        const all = read();
        const busy = all.filter(({ isBusy }) => isBusy).length;
        this.set({ state: "busy" }, busy);
        this.set({ state: "idle" }, all.length - busy);
      },
    });
    new Gauge({
      name: "headgate_trainer_memory_bytes",
      help: "Resident bytes of the trainer's processes, as they were last looked at",
      registers,
      collect() {
        this.set(read().reduce((sum, { residentBytes }) => sum + residentBytes, 0));
      },
    });
  }

  /** Says where to read what the processes do. */
  read(readings: () => readonly TrainerReading[]): void {
    this.readings = readings;
  }

  started(): void {
    this.starts.inc();
  }

  died(): void {
    this.deaths.inc();
  }
}
