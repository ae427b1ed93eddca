/** How tenants part the workers that run fits. */
import type { Config } from "../config/config.js";

/** How fits share their workers. */
export interface FitLimits {
  /** Fits that may run side by side. */
  readonly workers: number;
  /** Of one tenant. */
  readonly ofTenant: number;
  /** Milliseconds a fit may run on while a tenant that has had less waits for a worker. */
  readonly yieldMs: number;
}

/** No tenants to part it between. */
export const unshared: FitLimits = { workers: 1, ofTenant: Infinity, yieldMs: Infinity };

/**
 * Where keys name several tenants one worker is added, which the tenant that fills the others cannot have: a short
 * fit is answered beside another tenant's long one, and nobody's work is lost.
 */
export function fitLimits({
  auth,
  engine,
  scheduling,
}: Pick<Config, "auth" | "engine" | "scheduling">): FitLimits {
  const workers = engine.numeric_workers;
  const tenants = new Set(auth.keys.map(({ tenant }) => tenant));
  if (tenants.size < 2) return { ...unshared, workers };
  const ofTenant = Math.min(workers, scheduling.tenant_fits ?? workers);
  return { workers: workers + 1, ofTenant, yieldMs: scheduling.fit_yield_ms };
}
