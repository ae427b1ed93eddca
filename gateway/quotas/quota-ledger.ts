/**
 * The quota accounts of all tenants. Their number is bounded: accounts that hold nothing and have used nothing lately
 * are forgotten, which changes nothing for their tenants.
 */
import { QuotaAccount, type QuotaRefusalListener } from "./quota-account.js";
import type { QuotaLimits } from "./quota-limits.js";

/** Tenants whose use is counted at the same time. With 1 KiB for each, these take 16 MiB. */
const accountsMax = 16_384;

/** Milliseconds between two searches for idle accounts: each looks at all of them, which takes a few milliseconds. */
const searchMs = 1_000;

/**
 * The account of tenants that come while every other account is in use: they share one. No tenant has this name,
 * because a name has no brackets.
 */
export const sharedAccountName = "(others)";

export interface QuotaLedgerOptions {
  readonly clock: { now(): number };
  readonly limitsOf: (tenant: string) => QuotaLimits;
  readonly refused: QuotaRefusalListener;
  readonly accountsMax?: number;
}

export class QuotaLedger {
  private readonly byTenant = new Map<string, QuotaAccount>();
  private readonly accountsMax: number;
  private shared: QuotaAccount | undefined;
  private searchedAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly options: QuotaLedgerOptions) {
    this.accountsMax = options.accountsMax ?? accountsMax;
  }

  /** The account of a tenant. What is held is released from the account that it was held in. */
  of(tenant: string): QuotaAccount {
    return this.byTenant.get(tenant) ?? this.open(tenant);
  }

  /** The accounts that are remembered. */
  accounts(): Iterable<QuotaAccount> {
    return this.shared === undefined ? this.byTenant.values() : [...this.byTenant.values(), this.shared];
  }

  private open(tenant: string): QuotaAccount {
    if (this.byTenant.size >= this.accountsMax) this.forgetIdle();
    if (this.byTenant.size >= this.accountsMax) {
      this.shared ??= this.account(sharedAccountName);
      return this.shared;
    }
    const account = this.account(tenant);
    this.byTenant.set(tenant, account);
    return account;
  }

  private account(tenant: string): QuotaAccount {
    const { limitsOf, refused } = this.options;
    return new QuotaAccount(tenant, limitsOf(tenant), refused);
  }

  private forgetIdle(): void {
    const now = this.options.clock.now();
    if (now < this.searchedAt + searchMs) return;
    this.searchedAt = now;
    for (const [tenant, account] of this.byTenant) if (account.isIdle(now)) this.byTenant.delete(tenant);
  }
}
