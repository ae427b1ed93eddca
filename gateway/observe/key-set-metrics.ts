/** Metrics of the issuers' key sets, with which JSON Web Tokens are verified. */
import { Counter, Gauge, type Registry } from "prom-client";

/** How old an issuer's key set is; undefined while none was ever read. */
export interface KeySetAge {
  readonly issuer: string;
  readonly ageMs: number | undefined;
}

export class KeySetMetrics {
  private readonly fetches: Counter<"issuer" | "outcome">;

  constructor(private readonly registry: Registry) {
    this.fetches = new Counter({
      name: "headgate_jwks_fetches_total",
      help: "Readings of the issuers' key sets, by outcome: updated, unchanged, or why it failed",
      labelNames: ["issuer", "outcome"],
      registers: [registry],
    });
  }

  /** @param ages called at each scrape. Called once, and only where issuers are configured. */
  read(ages: () => readonly KeySetAge[]): void {
    new Gauge({
      name: "headgate_jwks_age_seconds",
      help: "Seconds since an issuer's key set was last read successfully",
      labelNames: ["issuer"],
      registers: [this.registry],
      collect() {
        for (const { issuer, ageMs } of ages()) if (ageMs !== undefined) this.set({ issuer }, ageMs / 1_000);
      },
    });
  }

  attempted(issuer: string, outcome: string): void {
    this.fetches.inc({ issuer, outcome });
  }
}
