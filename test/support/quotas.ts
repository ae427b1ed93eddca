/** A ledger of quotas that gives every tenant the same quotas, and remembers its refusals. */
import { parseConfig } from "../../gateway/config/parse.js";
import type { QuotaName } from "../../gateway/quotas/quota-account.js";
import { QuotaLedger } from "../../gateway/quotas/quota-ledger.js";
import { quotaLimits } from "../../gateway/quotas/quota-limits.js";
import type { FakeClock } from "./clock.js";

export function testLedger(clock: FakeClock, quotas: object, accountsMax?: number) {
  const config = parseConfig({ quotas });
  const refusals: [tenant: string, quota: QuotaName][] = [];
  const ledger = new QuotaLedger({
    clock,
    limitsOf: (tenant) => quotaLimits(config, tenant, false),
    refused: (...refusal) => refusals.push(refusal),
    ...(accountsMax !== undefined && { accountsMax }),
  });
  return { ledger, refusals };
}
