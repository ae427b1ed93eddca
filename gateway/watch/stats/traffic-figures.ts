/** What the requests of one interval did: sums of all, of each version and of each tenant. Pure. */
import type { BatchFigures, DurationQuantiles } from "../../../protocol/samples.js";
import { DurationHistogram } from "../duration-histogram.js";

/** Sums of requests in one interval. */
export class TrafficSums {
  requests = 0;
  errors = 0;
  inferences = 0;
  observations = 0;
  computeMs = 0;
  bytesIn = 0;
  private durations: DurationHistogram | undefined;

  answered(ms: number): void {
    this.requests++;
    this.durations ??= new DurationHistogram();
    this.durations.record(ms);
  }

  refused(): void {
    this.requests++;
    this.errors++;
  }

  computed(rows: number, ms: number): void {
    this.inferences += rows;
    this.computeMs += ms;
  }

  get latency(): DurationQuantiles | null {
    return this.durations?.quantiles() ?? null;
  }
}

/** Different batch sizes that are counted one by one. */
const sizesMax = 32;
const otherSizes = "other";

/** The batches of one version in one interval. */
export class BatchSums {
  private count = 0;
  private rows = 0;
  private max = 0;
  private readonly sizes = new Map<string, number>();

  took(rows: number): void {
    this.count++;
    this.rows += rows;
    this.max = Math.max(this.max, rows);
    const size = String(rows);
    const key = this.sizes.has(size) || this.sizes.size < sizesMax ? size : otherSizes;
    this.sizes.set(key, (this.sizes.get(key) ?? 0) + 1);
  }

  get figures(): BatchFigures | null {
    if (this.count === 0) return null;
    return {
      count: this.count,
      mean_rows: Number((this.rows / this.count).toFixed(2)),
      max_rows: this.max,
      sizes: Object.fromEntries(this.sizes),
    };
  }
}
