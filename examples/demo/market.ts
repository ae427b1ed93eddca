/**
 * The market as it is known today. It grows by a day at a time and holds no later day, so whatever an agent computes
 * from it is causal.
 */
import type { Bar } from "./bars.js";
import { type DemoFeatures, type FeatureName, featuresOfLast } from "./features.js";

export class Market {
  private readonly known: Bar[] = [];
  private readonly features: DemoFeatures[] = [];

  /** Adds the bar of a day that has closed. */
  close(bar: Bar): void {
    this.known.push(bar);
    this.features.push(featuresOfLast(this.known));
  }

  get bars(): readonly Bar[] {
    return this.known;
  }

  get days(): number {
    return this.known.length;
  }

  /** Today's log return; undefined on the first day. */
  get logReturn(): number | undefined {
    const value = this.features.at(-1)?.return_1;
    return value === undefined || Number.isNaN(value) ? undefined : value;
  }

  /**
   * The named features of the last `days`, oldest first, row-major [days, names]; undefined while the history is too
   * short.
   */
  window(names: readonly FeatureName[], days: number): Float64Array | undefined {
    const rows = this.features.slice(-days);
    const values = Float64Array.from(rows.flatMap((row) => names.map((name) => row[name])));
    return rows.length === days && !values.some(Number.isNaN) ? values : undefined;
  }
}
