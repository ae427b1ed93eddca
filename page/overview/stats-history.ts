/** The last half hour of the gateway's figures, one row a sample. Pure. */
import { TimeRows } from "../numbers/time-rows.js";
import type { StatsSample } from "../samples.js";

/** The first sample of a watch covers no time. */
export function perSecond(count: number, intervalMs: number): number {
  return intervalMs > 0 ? (count * 1_000) / intervalMs : 0;
}

/** Half an hour of a sample a second. */
const rowsMax = 1_800;

/** The codes of errors are a closed list of eleven; what a later gateway may add is under `other`. */
const codesMax = 16;
const other = "other";

const fixed = { requests: 0, inferences: 1, p50: 2, p99: 3, queue: 4, inFlight: 5 } as const;

export type StatsColumn = keyof typeof fixed;

export class StatsHistory {
  private readonly rows = new TimeRows(rowsMax, Object.keys(fixed).length + codesMax);
  /** The codes that occurred, in the order of their columns. */
  private readonly codes: string[] = [];

  /** A time in which nothing was heard, such as that of a gateway that was away, is a gap and no line. */
  add(sample: StatsSample, ts: number): void {
    const newest = this.rows.newest;
    if (newest !== undefined && ts < newest - 60_000)
      this.rows.clear(); // the gateway's clock was set back
    else if (newest !== undefined && ts - newest > 3 * sample.interval_ms) this.rows.add(newest + 1, []);
    this.rows.add(ts, [
      sample.requests_per_second,
      sample.inferences_per_second,
      sample.latency_ms?.p50 ?? null,
      sample.latency_ms?.p99 ?? null,
      sample.queue,
      sample.in_flight,
      ...this.errorRates(sample),
    ]);
  }

  get count(): number {
    return this.rows.count;
  }

  /** Milliseconds since the epoch; undefined before the first sample. */
  get oldest(): number | undefined {
    return this.rows.oldest;
  }

  get errorCodes(): readonly string[] {
    return this.codes;
  }

  columns(from: number, names: readonly StatsColumn[]) {
    return this.rows.since(
      from,
      names.map((name) => fixed[name]),
    );
  }

  /** Errors a second by code. */
  errorColumns(from: number) {
    return this.rows.since(
      from,
      this.codes.map((_, i) => Object.keys(fixed).length + i),
    );
  }

  private errorRates({ errors, interval_ms: intervalMs }: StatsSample): number[] {
    const rates = new Array<number>(codesMax).fill(0);
    for (const [code, count] of Object.entries(errors)) {
      const column = this.columnOf(code);
      rates[column] = (rates[column] ?? 0) + perSecond(count, intervalMs);
    }
    return rates;
  }

  private columnOf(code: string): number {
    const known = this.codes.indexOf(code);
    if (known >= 0) return known;
    const name = this.codes.length < codesMax - 1 ? code : other;
    const column = this.codes.indexOf(name);
    return column >= 0 ? column : this.codes.push(name) - 1;
  }
}
