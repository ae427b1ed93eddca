/** Counts requests and their outcomes: answers, latencies, and the reason of every failure. */
import { build, type Histogram } from "hdr-histogram-js";

/** Microseconds from 1 to a minute, with three significant digits. */
const precision = {
  lowestDiscernibleValue: 1,
  highestTrackableValue: 60_000_000,
  numberOfSignificantValueDigits: 3,
} as const;

export class Tally {
  private readonly latency: Histogram = build(precision);
  private readonly reasons = new Map<string, number>();
  requests = 0;
  /** The requests that the fallback answered. They have no latency here. */
  fallbacks = 0;
  private delayed = 0;

  /** Records an answer and the milliseconds from the request to the answer. */
  answered(ms: number): void {
    this.requests++;
    this.latency.recordValue(Math.min(precision.highestTrackableValue, Math.max(1, Math.round(ms * 1_000))));
  }

  answeredByFallback(): void {
    this.requests++;
    this.fallbacks++;
  }

  /** Counts an answer that waited for a gateway to come back: that wait is not the gateway's latency. */
  answeredAfterOutage(): void {
    this.requests++;
    this.delayed++;
  }

  failed(reason: string): void {
    this.requests++;
    this.reasons.set(reason, (this.reasons.get(reason) ?? 0) + 1);
  }

  /** The requests that the gateway answered. */
  get answers(): number {
    return this.latency.totalCount + this.delayed;
  }

  get errors(): number {
    return [...this.reasons.values()].reduce((sum, count) => sum + count, 0);
  }

  /** The reasons of failures with their counts, the most frequent first. */
  get failures(): readonly (readonly [reason: string, count: number])[] {
    return [...this.reasons].sort(([, a], [, b]) => b - a);
  }

  /** Milliseconds; null when no request was answered. */
  percentileMs(percentile: number): number | null {
    if (this.latency.totalCount === 0) return null;
    return this.latency.getValueAtPercentile(percentile) / 1_000;
  }

  /** The number of requests of all tallies together. */
  static requests(tallies: Iterable<Tally>): number {
    let sum = 0;
    for (const { requests } of tallies) sum += requests;
    return sum;
  }

  /** The sum of all tallies. */
  static sum(tallies: Iterable<Tally>): Tally {
    const sum = new Tally();
    for (const tally of tallies) {
      sum.requests += tally.requests;
      sum.fallbacks += tally.fallbacks;
      sum.delayed += tally.delayed;
      sum.latency.add(tally.latency);
      for (const [reason, count] of tally.reasons)
        sum.reasons.set(reason, (sum.reasons.get(reason) ?? 0) + count);
    }
    return sum;
  }
}
