/**
 * What one tenant uses of the gateway, against its quotas. A request over a quota is refused and uses nothing. Work
 * whose cost is known only at its end is charged then, and may leave the tenant in debt. Pure: it is given the time, in
 * milliseconds of a monotonic clock.
 */
import type { HeadgateError, Processed } from "../../protocol/errors.js";
import { HeldCount } from "./held-count.js";
import { type HeldQuota, heldQuotas, type QuotaLimits, type RateQuota, rateQuotas } from "./quota-limits.js";
import { heldRefusal, priorityRefusal, rateRefusal, sizeRefusal } from "./quota-refusal.js";
import { TokenBucket } from "./token-bucket.js";

export type QuotaName = RateQuota | HeldQuota | "priority_min";

/** Called for each refusal, for the metrics. */
export type QuotaRefusalListener = (tenant: string, quota: QuotaName) => void;

export class QuotaAccount {
  private readonly requests: TokenBucket | undefined;
  private readonly rows: TokenBucket | undefined;
  private readonly compute: TokenBucket | undefined;
  private readonly bytes: TokenBucket | undefined;
  private readonly held: Readonly<Record<HeldQuota, HeldCount>>;

  constructor(
    readonly tenant: string,
    readonly limits: QuotaLimits,
    private readonly refused: QuotaRefusalListener,
  ) {
    const bucket = (name: RateQuota) => limits[name] && new TokenBucket(limits[name].value);
    this.requests = bucket("requests");
    this.rows = bucket("rows");
    this.compute = bucket("compute_ms");
    this.bytes = bucket("bytes");
    const count = (name: HeldQuota) => new HeldCount(limits[name]?.value ?? Number.POSITIVE_INFINITY);
    this.held = {
      connections: count("connections"),
      subscriptions: count("subscriptions"),
      streams: count("streams"),
      kept_bytes: count("kept_bytes"),
      fits: count("fits"),
      datasets: count("datasets"),
      dataset_bytes: count("dataset_bytes"),
    };
  }

  /** Whether the tenant's requests are counted in bytes. */
  get countsBytes(): boolean {
    return this.bytes !== undefined;
  }

  /**
   * Accepts one request that carries so many bytes of tensors, and so many rows that no worker computes, such as
   * observations.
   * @throws HeadgateError resource_exhausted
   */
  admitRequest(bytes: number, rows: number, now: number): void {
    const { requests, bytes: volume } = this;
    if (requests !== undefined && requests.waitMs(1, now) > 0)
      throw this.tooFast("requests", requests, 1, now);
    if (volume !== undefined && volume.waitMs(bytes, now) > 0)
      throw this.tooFast("bytes", volume, bytes, now);
    this.admitRows(rows, now);
    requests?.charge(1, now);
    volume?.charge(bytes, now);
  }

  /**
   * Accepts a request that gives something back, such as the end of a subscription, even when the tenant has no
   * request left. It is charged, and refused only when the tenant owes a whole burst.
   * @throws HeadgateError resource_exhausted
   */
  admitRelease(now: number): void {
    const { requests } = this;
    if (requests === undefined) return;
    const { burst } = requests.rate;
    if (requests.waitMs(1, now, burst) > 0) throw this.tooFast("requests", requests, 1, now, burst);
    requests.charge(1, now);
  }

  /** Charges a request that has to be carried out whatever the tenant has left. */
  chargeRequest(bytes: number, rows: number, now: number): void {
    this.requests?.charge(1, now);
    this.bytes?.charge(bytes, now);
    this.rows?.charge(rows, now);
  }

  /**
   * Accepts rows that a worker is to compute. Their time is charged when it is known.
   * @throws HeadgateError resource_exhausted
   */
  admitCompute(rows: number, now: number): void {
    this.requireCompute(rows, now);
    this.rows?.charge(rows, now);
  }

  /**
   * Checks what `admitCompute` accepts, and uses nothing.
   * @throws HeadgateError resource_exhausted
   */
  requireCompute(rows: number, now: number): void {
    const { compute, rows: bucket } = this;
    if (compute !== undefined && compute.waitMs(0, now) > 0)
      throw this.tooFast("compute_ms", compute, 0, now);
    if (bucket !== undefined && bucket.waitMs(rows, now) > 0) throw this.tooFast("rows", bucket, rows, now);
  }

  /** Charges so many milliseconds of a worker's time. */
  computed(ms: number, now: number): void {
    this.compute?.charge(ms, now);
  }

  hasRoomFor(quota: HeldQuota, more: number): boolean {
    return this.held[quota].hasRoomFor(more);
  }

  /**
   * @param processed of the error: `maybe` where the request was computed already
   * @throws HeadgateError resource_exhausted when the tenant would hold more than it may
   */
  requireRoomFor(quota: HeldQuota, more: number, processed: Processed = "no"): void {
    if (this.held[quota].hasRoomFor(more)) return;
    this.refused(this.tenant, quota);
    const bound = this.limits[quota] as NonNullable<QuotaLimits[HeldQuota]>;
    throw heldRefusal(this.tenant, quota, bound, processed);
  }

  /** Counts more of what the tenant holds, whether there is room for it or not. */
  hold(quota: HeldQuota, more: number): void {
    this.held[quota].add(more);
  }

  release(quota: HeldQuota, amount: number): void {
    this.held[quota].release(amount);
  }

  /**
   * The priority of a request of a servable that has so many levels.
   * @param asked undefined where the request names none
   * @throws HeadgateError permission_denied when the tenant may not ask for it
   */
  priority(asked: number | undefined, byDefault: number, levels: number): number {
    const bound = this.limits.priority_min;
    const highest = Math.min(bound.value, levels);
    if (asked === undefined) return Math.max(byDefault, highest);
    if (asked >= highest) return asked;
    this.refused(this.tenant, "priority_min");
    throw priorityRefusal(this.tenant, bound, asked);
  }

  /** The amount that counts against a quota: what is held, or what is taken from a full bucket. */
  used(quota: RateQuota | HeldQuota, now: number): number {
    if (quota in this.held) return this.held[quota as HeldQuota].held;
    const bucket = this.bucketOf(quota as RateQuota);
    return bucket === undefined ? 0 : bucket.rate.burst - bucket.tokens(now);
  }

  /** Whether a new account would not differ from this one, so that it can be forgotten. */
  isIdle(now: number): boolean {
    return (
      heldQuotas.every((name) => this.held[name].held === 0) &&
      rateQuotas.every((name) => this.bucketOf(name)?.isFull(now) ?? true)
    );
  }

  private admitRows(rows: number, now: number): void {
    const bucket = this.rows;
    if (bucket === undefined) return;
    if (bucket.waitMs(rows, now) > 0) throw this.tooFast("rows", bucket, rows, now);
    bucket.charge(rows, now);
  }

  private bucketOf(quota: RateQuota): TokenBucket | undefined {
    return quota === "compute_ms" ? this.compute : this[quota];
  }

  private tooFast(
    quota: RateQuota,
    bucket: TokenBucket,
    amount: number,
    now: number,
    debt = 0,
  ): HeadgateError {
    this.refused(this.tenant, quota);
    const bound = this.limits[quota] as NonNullable<QuotaLimits[RateQuota]>;
    const waitMs = bucket.waitMs(amount, now, debt);
    return waitMs === Number.POSITIVE_INFINITY
      ? sizeRefusal(this.tenant, quota, bound, amount)
      : rateRefusal(this.tenant, quota, bound, waitMs);
  }
}
