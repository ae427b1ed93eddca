/** Creates the ledger of the tenants' quotas, and connects it with the metrics. */
import { QuotaLedger } from "../quotas/quota-ledger.js";
import { heldQuotas, quotaLimits, rateQuotas } from "../quotas/quota-limits.js";
import type { BasicServices } from "./options.js";

/** @param asksForTokens whether clients need a credential, so that several tenants share the gateway */
export function openQuotas({ config, clock, metrics }: BasicServices, asksForTokens: boolean): QuotaLedger {
  const ledger = new QuotaLedger({
    clock,
    limitsOf: (tenant) => quotaLimits(config, tenant, asksForTokens),
    refused: (tenant, quota) => metrics.quotas.refused(tenant, quota),
  });
  metrics.quotas.know([...Object.keys(config.tenants), ...config.auth.keys.map(({ tenant }) => tenant)]);
  metrics.quotas.read(function* () {
    const now = clock.now();
    for (const account of ledger.accounts()) {
      const { tenant, limits } = account;
      for (const quota of heldQuotas)
        yield { tenant, quota, used: account.used(quota, now), limit: limits[quota]?.value ?? Infinity };
      for (const quota of rateQuotas) {
        const limit = limits[quota]?.value.burst;
        if (limit !== undefined) yield { tenant, quota, used: account.used(quota, now), limit };
      }
    }
  });
  return ledger;
}
