/**
 * Durations in buckets that grow by 5.9 %, from which percentiles of one interval are read. Each is within 3 % of the
 * measured duration. Recording one adds to one number, and a histogram takes 1.4 kB: the native histogram of
 * node:perf_hooks takes 26 kB for the same range, and there is one for each model and tenant. Pure.
 */
import type { DurationQuantiles } from "../../protocol/samples.js";

/** Milliseconds: shorter durations count as this long. */
const shortestMs = 0.01;
/** Buckets between a duration and twice that duration. */
const perDoubling = 12;
/** One hour, the longest timeout of a request; longer durations count as this long. */
const buckets = Math.ceil(Math.log2(3_600_000 / shortestMs) * perDoubling) + 1;

export class DurationHistogram {
  private readonly counts = new Uint32Array(buckets);
  private total = 0;
  private maxMs = 0;

  record(ms: number): void {
    const at = ms <= shortestMs ? 0 : Math.floor(Math.log2(ms / shortestMs) * perDoubling);
    const bucket = Math.min(at, buckets - 1);
    this.counts[bucket] = (this.counts[bucket] as number) + 1;
    this.total++;
    if (ms > this.maxMs) this.maxMs = ms;
  }

  /** Null when nothing was recorded. */
  quantiles(): DurationQuantiles | null {
    if (this.total === 0) return null;
    return { p50: this.at(0.5), p90: this.at(0.9), p99: this.at(0.99), max: rounded(this.maxMs) };
  }

  /** The duration that this share of the recorded ones does not exceed. */
  private at(share: number): number {
    const rank = Math.ceil(share * this.total);
    let upTo = 0;
    for (let bucket = 0; bucket < buckets; bucket++) {
      upTo += this.counts[bucket] as number;
      if (upTo >= rank) return rounded(Math.min(middleOf(bucket), this.maxMs));
    }
    return rounded(this.maxMs);
  }
}

/** The middle of a bucket on the logarithmic scale, from which its ends are equally far. */
function middleOf(bucket: number): number {
  return shortestMs * 2 ** ((bucket + 0.5) / perDoubling);
}

/** To four significant digits: more would only make the message longer. */
function rounded(ms: number): number {
  return Number(ms.toPrecision(4));
}
