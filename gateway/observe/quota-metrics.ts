/**
 * Metrics of the tenants' quotas. The number of tenants that have lines of their own is bounded, because an issuer of
 * tokens may name any number of them; the refusals of the others are counted together.
 */
import { Counter, Gauge, type Registry } from "prom-client";

/** A quota of a tenant, and how much of it is used. */
export interface QuotaReading {
  readonly tenant: string;
  readonly quota: string;
  readonly used: number;
  /** Infinity where there is no bound. */
  readonly limit: number;
}

/** Tenants with lines of their own. */
const tenantsMax = 256;

/** The label of all other tenants. No tenant has this name, because a name has no brackets. */
const others = "(others)";

export class QuotaMetrics {
  private readonly refusals: Counter<"tenant" | "quota">;
  private readonly tenants = new Set<string>();
  private readings: () => Iterable<QuotaReading> = () => [];

  constructor(registry: Registry) {
    const registers = [registry];
    const labelNames = ["tenant", "quota"] as const;
    this.refusals = new Counter({
      name: "headgate_quota_refusals_total",
      help: "Requests and connections that were refused because of a quota",
      labelNames,
      registers,
    });
    const used = new Gauge({
      name: "headgate_quota_used",
      help: "What a tenant holds of a quota, or has taken of a burst and not got back yet",
      labelNames,
      registers,
      collect: () => {
        used.reset();
        limit.reset();
        for (const reading of this.readings()) {
          const { tenant, quota } = reading;
          if (this.labelOf(tenant) !== tenant) continue;
          used.set({ tenant, quota }, reading.used);
          if (reading.limit < Number.POSITIVE_INFINITY) limit.set({ tenant, quota }, reading.limit);
        }
      },
    });
    // Declared after `used`, which is collected first and sets both.
    const limit = new Gauge({
      name: "headgate_quota_limit",
      help: "The bound of a tenant's quota, or its burst",
      labelNames,
      registers,
    });
  }

  /** Sets the source of what is used. */
  read(readings: () => Iterable<QuotaReading>): void {
    this.readings = readings;
  }

  /** Gives tenants lines of their own before others can take all of them. */
  know(tenants: Iterable<string>): void {
    for (const tenant of tenants) this.labelOf(tenant);
  }

  refused(tenant: string, quota: string): void {
    this.refusals.inc({ tenant: this.labelOf(tenant), quota });
  }

  private labelOf(tenant: string): string {
    if (this.tenants.has(tenant)) return tenant;
    if (this.tenants.size >= tenantsMax) return others;
    this.tenants.add(tenant);
    return tenant;
  }
}
