/** Metrics of the keys file. */
import { Counter, Gauge, type Registry } from "prom-client";

export class KeysFileMetrics {
  private readonly reloads: Counter<"outcome">;

  constructor(private readonly registry: Registry) {
    this.reloads = new Counter({
      name: "headgate_keys_file_reloads_total",
      help: "Changes of the keys file, by outcome: loaded, rejected (the last good keys stay in force), missing (likewise)",
      labelNames: ["outcome"],
      registers: [registry],
    });
  }

  /** @param expiring called at each scrape. Called once, and only where a keys file is configured. */
  read(expiring: () => number): void {
    for (const outcome of ["loaded", "rejected", "missing"]) this.reloads.inc({ outcome }, 0);
    new Gauge({
      name: "headgate_keys_expiring",
      help: "Keys of the keys file that were used in the last day and expire within auth.expiry_warning_days",
      registers: [this.registry],
      collect() {
        this.set(expiring());
      },
    });
  }

  reloaded(outcome: string): void {
    this.reloads.inc({ outcome });
  }
}
