/**
 * A token bucket: it holds up to `burst` tokens, and `perSecond` tokens come back each second. Pure: it is given the
 * time in milliseconds, which never goes backwards.
 *
 * The only state is the time at which the bucket is full again, as in the ATM Forum's generic cell rate algorithm.
 * A count of tokens would be rounded at each request; this time is rounded once a request and forgotten once it has
 * passed.
 */

export interface TokenRate {
  readonly perSecond: number;
  /** Tokens that a bucket holds at most, and so the largest amount that can be taken at once. */
  readonly burst: number;
}

/** The rounding of a sum of times in milliseconds, even after a year of uptime: a wait this short is none. */
const roundingMs = 1e-5;

export class TokenBucket {
  private readonly msPerToken: number;
  private fullAt = Number.NEGATIVE_INFINITY;

  constructor(readonly rate: TokenRate) {
    this.msPerToken = 1_000 / rate.perSecond;
  }

  /** The tokens that the bucket holds; negative where more was charged than it held. */
  tokens(now: number): number {
    return this.rate.burst - Math.max(0, this.fullAt - now) / this.msPerToken;
  }

  /** Whether the bucket is full, as a new one is. */
  isFull(now: number): boolean {
    return this.fullAt <= now;
  }

  /**
   * Milliseconds until the amount could be charged so that no more than `debt` tokens are owed afterwards: 0 when it
   * can be charged now, Infinity when it never can.
   */
  waitMs(amount: number, now: number, debt = 0): number {
    const { burst } = this.rate;
    if (amount > burst + debt) return Number.POSITIVE_INFINITY;
    const wait = this.fullAt + (amount - burst - debt) * this.msPerToken - now;
    return wait > roundingMs ? wait : 0;
  }

  /** Takes the amount, whether the bucket holds it or not. */
  charge(amount: number, now: number): void {
    this.fullAt = Math.max(this.fullAt, now) + amount * this.msPerToken;
  }
}
