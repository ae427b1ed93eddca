/** The figures of one interval, of all tenants or of one of them. The numbers of versions and tenants are bounded. */
import { type Servable, servableKey } from "../../../engines/servable.js";
import type { ErrorCode } from "../../../protocol/errors.js";
import type { BatchPart, TrafficListener } from "../../observe/traffic.js";
import { BatchSums, TrafficSums } from "./traffic-figures.js";

/** Versions and tenants with figures of their own; those of others are summed up under one name. */
export const modelsMax = 512;
export const tenantsMax = 256;

/** The row of everybody beyond the bounds. No tenant and no model has this name, because a name has no brackets. */
export const others = "(others)";

export interface ModelSums {
  readonly model: string;
  readonly version: string;
  readonly sums: TrafficSums;
  readonly batches: BatchSums;
}

export class TrafficInterval implements TrafficListener {
  readonly sums = new TrafficSums();
  readonly models = new Map<string, ModelSums>();
  readonly tenants = new Map<string, TrafficSums>();
  readonly errors = new Map<ErrorCode, number>();

  received(tenant: string, bytes: number): void {
    this.sums.bytesIn += bytes;
    this.tenant(tenant).bytesIn += bytes;
  }

  answered(tenant: string, servable: Servable, ms: number): void {
    this.sums.answered(ms);
    this.tenant(tenant).answered(ms);
    this.model(servable).sums.answered(ms);
  }

  refused(tenant: string, servable: Servable | undefined): void {
    this.sums.refused();
    this.tenant(tenant).refused();
    if (servable !== undefined) this.model(servable).sums.refused();
  }

  failed(_tenant: string, code: ErrorCode): void {
    this.errors.set(code, (this.errors.get(code) ?? 0) + 1);
  }

  observed(tenant: string, observations: number): void {
    this.sums.observations += observations;
    this.tenant(tenant).observations += observations;
  }

  /** @param parts of the batch that count here: those of all tenants, or of one */
  computed(servable: Servable, rows: number, computeMs: number, parts: readonly BatchPart[]): void {
    const { sums, batches } = this.model(servable);
    batches.took(rows);
    for (const part of parts) {
      const ms = (computeMs * part.rows) / rows;
      sums.computed(part.rows, ms);
      this.sums.computed(part.rows, ms);
      this.tenant(part.account.tenant).computed(part.rows, ms);
    }
  }

  private tenant(name: string): TrafficSums {
    const known = this.tenants.get(name);
    if (known !== undefined) return known;
    const key = this.tenants.size < tenantsMax ? name : others;
    const sums = this.tenants.get(key) ?? new TrafficSums();
    this.tenants.set(key, sums);
    return sums;
  }

  private model({ signature }: Servable): ModelSums {
    const key = servableKey(signature);
    const known = this.models.get(key);
    if (known !== undefined) return known;
    const isOwn = this.models.size < modelsMax;
    const ownKey = isOwn ? key : others;
    const added = this.models.get(ownKey) ?? {
      model: isOwn ? signature.name : others,
      version: isOwn ? signature.version : "",
      sums: new TrafficSums(),
      batches: new BatchSums(),
    };
    this.models.set(ownKey, added);
    return added;
  }
}
