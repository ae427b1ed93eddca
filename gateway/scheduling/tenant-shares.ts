/**
 * What each tenant has had of a lane's compute time, by its weight, whichever servables it asked. The one that has
 * had least goes next. What a run costs is known only afterwards: a tenant is charged an estimate when its request
 * is taken, and the difference when it ends. Pure.
 * Source: Goyal, Vin and Cheng, "Start-time fair queuing", 1996: deficit round robin would have to know the cost
 * before it takes a request.
 */

export class TenantAccount {
  /** Milliseconds of compute over the weight, of what has ended. */
  settledMs = 0;
  /** The same, as estimated, of what runs. */
  aheadMs = 0;
  /** Requests that wait or run. */
  requests = 0;
  /** Requests that run. */
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
  /** What the tenant had used whose request was taken last: where one that comes begins. */
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

  /** A request waits. A tenant that had none brings no credit from the time it asked nothing. */
  enter(account: TenantAccount): void {
    if (account.requests++ === 0) account.settledMs = Math.max(account.settledMs, this.virtualMs);
    this.requests++;
  }

  /** It is answered. While nobody asks, everybody is level again. */
  leave(account: TenantAccount): void {
    account.requests--;
    if (--this.requests === 0) this.virtualMs = this.mostMs;
  }

  /** A request is taken, which is expected to compute for so long. */
  start(account: TenantAccount, expectedMs: number): void {
    this.virtualMs = Math.max(this.virtualMs, account.usedMs);
    account.running++;
    this.charge(account, expectedMs);
  }

  /** It computes for longer than it was charged. */
  charge(account: TenantAccount, moreMs: number): void {
    account.aheadMs += moreMs / account.weight;
  }

  /** It has computed for so long, of which so much was charged. */
  finish(account: TenantAccount, chargedMs: number, tookMs: number): void {
    account.running--;
    account.aheadMs = account.running === 0 ? 0 : Math.max(0, account.aheadMs - chargedMs / account.weight);
    account.settledMs += tookMs / account.weight;
    this.mostMs = Math.max(this.mostMs, account.settledMs);
  }
}
