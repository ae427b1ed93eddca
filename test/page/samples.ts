/** Samples as the gateway makes them, for the tests of the page. */
import type { ModelStats, StatsSample, TenantStats } from "../../protocol/samples.js";

export const quantiles = (p50: number, p99 = p50 * 4) => ({ p50, p90: p50 * 2, p99, max: p99 * 1.5 });

export function statsSample(own: Partial<StatsSample> = {}): StatsSample {
  return {
    scope: "gateway",
    interval_ms: 1_000,
    requests: 100,
    requests_per_second: 100,
    inferences: 120,
    inferences_per_second: 120,
    observations: 0,
    observations_per_second: 0,
    errors: {},
    latency_ms: quantiles(2),
    in_flight: 3,
    queue: 1,
    models: [],
    tenants: [],
    uptime_ms: 60_000,
    ready: true,
    draining: false,
    process: null,
    ...own,
  };
}

export function tenantStats(tenant: string, own: Partial<TenantStats> = {}): TenantStats {
  return {
    tenant,
    requests: 10,
    errors: 0,
    inferences: 10,
    observations: 0,
    compute_ms: 5,
    bytes_in: 1_000,
    latency_ms: quantiles(2),
    in_flight: 1,
    waiting: 0,
    ...own,
  };
}

export function modelStats(model: string, own: Partial<ModelStats> = {}): ModelStats {
  return {
    model,
    version: "1",
    requests: 10,
    errors: 0,
    inferences: 10,
    compute_ms: 5,
    latency_ms: quantiles(2),
    queue: 0,
    batch: { count: 5, mean_rows: 2, max_rows: 4, sizes: { "2": 5 } },
    ...own,
  };
}
