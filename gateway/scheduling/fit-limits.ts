/** How tenants share the workers that run fits. */
import type { Config } from "../config/config.js";
import { maySeveralTenantsShare } from "../config/several-tenants.js";

/** Limits for fits that share the same workers. */
export interface FitLimits {
  /** The number of fits that may run at the same time. */
  readonly workers: number;
  /** The number of fits of one tenant that may run at the same time. */
  readonly ofTenant: number;
  /** Milliseconds after which a fit may be stopped while a tenant that has used less time waits for a worker. */
  readonly yieldMs: number;
}

/** The limits where only one tenant exists. */
export const unshared: FitLimits = { workers: 1, ofTenant: Infinity, yieldMs: Infinity };

/**
 * Where several tenants may share the gateway, one more worker is added, which a tenant that occupies the others
 * cannot use. A short fit is then answered beside another tenant's long one, and no running fit has to be stopped for it.
 */
export function fitLimits({
  auth,
  engine,
  scheduling,
}: Pick<Config, "auth" | "engine" | "scheduling">): FitLimits {
  const workers = engine.numeric_workers;
  if (!maySeveralTenantsShare(auth)) return { ...unshared, workers };
  const ofTenant = Math.min(workers, scheduling.tenant_fits ?? workers);
  return { workers: workers + 1, ofTenant, yieldMs: scheduling.fit_yield_ms };
}
