/** The requests that wait or run now, by tenant and by version. They are counted when somebody asks. */
import { servableKey } from "../../engines/servable.js";
import type { SchedulerState } from "./scheduler-state.js";

export interface TenantWorkload {
  /** The number of requests that wait or run. */
  inFlight: number;
  /** The number of requests that wait. */
  waiting: number;
}

export interface VersionWorkload {
  readonly model: string;
  readonly version: string;
  /** The number of waiting requests of each tenant. */
  readonly waiting: ReadonlyMap<string, number>;
}

export interface Workload {
  readonly tenants: ReadonlyMap<string, Readonly<TenantWorkload>>;
  /** The versions that requests wait for, by their key. */
  readonly versions: ReadonlyMap<string, VersionWorkload>;
  /** The number of waiting requests of each lane, by its name. */
  readonly lanes: ReadonlyMap<string, number>;
}

export function workloadOf({ waiting: queues, lanes }: Pick<SchedulerState, "waiting" | "lanes">): Workload {
  const tenants = new Map<string, TenantWorkload>();
  const versions = new Map<string, VersionWorkload & { readonly waiting: Map<string, number> }>();
  const byLane = new Map<string, number>();
  const of = (tenant: string) => {
    const known = tenants.get(tenant) ?? { inFlight: 0, waiting: 0 };
    tenants.set(tenant, known);
    return known;
  };
  for (const { servable, requests, lane } of queues) {
    const { name: model, version } = servable.signature;
    const key = servableKey(servable.signature);
    const { waiting } = versions.get(key) ?? { waiting: new Map<string, number>() };
    versions.set(key, { model, version, waiting });
    byLane.set(lane.name, (byLane.get(lane.name) ?? 0) + requests.size);
    for (const account of requests.ordered.accounts()) {
      const count = requests.ordered.requestsOf(account);
      waiting.set(account.tenant, (waiting.get(account.tenant) ?? 0) + count);
      const tenant = of(account.tenant);
      tenant.waiting += count;
      tenant.inFlight += count;
    }
  }
  for (const { runs } of lanes)
    for (const { batch } of runs) for (const { account } of batch) of(account.tenant).inFlight++;
  return { tenants, versions, lanes: byLane };
}
