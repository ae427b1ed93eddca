/**
 * Counts how much compute time of a lane each tenant has used, divided by its weight, over all servables. The tenant
 * that has used the least is served next. The cost of a run is known only when it ends, so a tenant is charged an
 * estimate when its request starts, and the difference at the end. Pure.
 *
 * Source: Goyal, Vin and Cheng, "Start-time fair queuing", 1996. Deficit round robin was not used because it needs
 * the cost before a request starts.
 */

export class TenantAccount {
  /** Milliseconds of compute in ended runs, divided by the weight. */
  settledMs = 0;
  /** Estimated milliseconds of compute in current runs, divided by the weight. */
  aheadMs = 0;
  /** The number of requests that wait or run. */
  requests = 0;
  /** The number of requests that run. */
  running = 0;

  constructor(
    readonly tenant: string,
    public weight: number,
  ) {}

  get usedMs(): number {
    return this.settledMs + this.aheadMs;
  }
}

export class TenantShares {
  private readonly accounts = new Map<string, TenantAccount>();
  /** The used time of the tenant that was served last. A tenant that becomes active starts at this value. */
  private virtualMs = 0;
  private mostMs = 0;
  private requests = 0;

  of(tenant: string, weight: number): TenantAccount {
    const known = this.accounts.get(tenant);
    if (known !== undefined) {
      known.weight = weight;
      return known;
    }
    const account = new TenantAccount(tenant, weight);
    this.accounts.set(tenant, account);
    return account;
  }

  /** Called when a request begins to wait. A tenant that had no requests gets no credit for its idle time. */
  enter(account: TenantAccount): void {
    if (account.requests++ === 0) account.settledMs = Math.max(account.settledMs, this.virtualMs);
    this.requests++;
  }

  /** Called when a request was answered. Once no tenant has requests, all tenants start again from the same level. */
  leave(account: TenantAccount): void {
    account.requests--;
    if (--this.requests === 0) this.virtualMs = this.mostMs;
  }

  /** Called when a request starts that is expected to compute for `expectedMs`. */
  start(account: TenantAccount, expectedMs: number): void {
    this.virtualMs = Math.max(this.virtualMs, account.usedMs);
    account.running++;
    this.charge(account, expectedMs);
  }

  /** Charges a running request for more time than was charged before. */
  charge(account: TenantAccount, moreMs: number): void {
    account.aheadMs += moreMs / account.weight;
  }

  /** Called when a request ends: replaces the charged estimate by the measured time. */
  finish(account: TenantAccount, chargedMs: number, tookMs: number): void {
    account.running--;
    account.aheadMs = account.running === 0 ? 0 : Math.max(0, account.aheadMs - chargedMs / account.weight);
    account.settledMs += tookMs / account.weight;
    this.mostMs = Math.max(this.mostMs, account.settledMs);
  }
}
