/**
 * What tenants and models did in the last minute. One second says little of who is loud, and its figures jump. Pure.
 */
import type { ModelStats, StatsSample, TenantStats } from "../samples.js";

/** A minute of a sample a second. */
const samplesMax = 60;
const windowMs = 60_000;

/** Of the last minute: rates are a second. */
export interface ActivityRow {
  readonly name: string;
  readonly requests: number;
  readonly inferences: number;
  readonly errors: number;
  /** Milliseconds of computing a second. */
  readonly compute: number;
  readonly p50: number | null;
  /** The worst of the samples' 99th percentiles. */
  readonly p99: number | null;
  /** Requests that wait now. */
  readonly waiting: number;
}

export interface TenantActivity extends ActivityRow {
  readonly bytes: number;
  readonly inFlight: number;
}

export interface ModelActivity extends ActivityRow {
  readonly version: string;
  /** Mean rows of a batch; null where none ended. */
  readonly batchRows: number | null;
  readonly batchRowsMax: number | null;
}

interface RecentSample {
  readonly ts: number;
  readonly sample: StatsSample;
}

export class RecentRows {
  private kept: RecentSample[] = [];

  add(sample: StatsSample, ts: number): void {
    const last = this.kept.at(-1);
    if (last !== undefined && ts < last.ts) this.kept = []; // the gateway's clock was set back
    this.kept.push({ ts, sample });
    this.kept = this.kept.filter((each) => each.ts > ts - windowMs).slice(-samplesMax);
  }

  tenants(): TenantActivity[] {
    return this.grouped(
      ({ tenants }) => tenants,
      ({ tenant }) => tenant,
    ).map((rows) => ({
      ...this.activity(rows),
      name: rows[0].tenant,
      bytes: this.rate(rows.map(({ bytes_in }) => bytes_in)),
      waiting: this.now(rows, ({ waiting }) => waiting),
      inFlight: this.now(rows, ({ in_flight }) => in_flight),
    }));
  }

  models(): ModelActivity[] {
    return this.grouped(
      ({ models }) => models,
      ({ model, version }) => `${model}\n${version}`,
    ).map((rows) => ({
      ...this.activity(rows),
      name: rows[0].model,
      version: rows[0].version,
      waiting: this.now(rows, ({ queue }) => queue),
      ...batchRows(rows),
    }));
  }

  private grouped<T>(
    rowsOf: (sample: StatsSample) => readonly T[],
    keyOf: (row: T) => string,
  ): [T, ...T[]][] {
    const groups = new Map<string, [T, ...T[]]>();
    for (const { sample } of this.kept)
      for (const row of rowsOf(sample)) {
        const key = keyOf(row);
        const group = groups.get(key);
        if (group === undefined) groups.set(key, [row]);
        else group.push(row);
      }
    return [...groups.values()];
  }

  private activity(rows: readonly (TenantStats | ModelStats)[]) {
    const latencies = rows.flatMap(({ latency_ms }) => latency_ms ?? []);
    return {
      requests: this.rate(rows.map(({ requests }) => requests)),
      inferences: this.rate(rows.map(({ inferences }) => inferences)),
      errors: this.rate(rows.map(({ errors }) => errors)),
      compute: this.rate(rows.map(({ compute_ms }) => compute_ms)),
      p50: latencies.at(-1)?.p50 ?? null,
      p99: latencies.reduce<number | null>((worst, { p99 }) => Math.max(worst ?? 0, p99), null),
    };
  }

  private rate(counts: readonly number[]): number {
    const totalMs = this.kept.reduce((sum, { sample }) => sum + sample.interval_ms, 0);
    return totalMs === 0 ? 0 : (counts.reduce((sum, count) => sum + count, 0) * 1_000) / totalMs;
  }

  /** What the newest sample says; 0 where it has no such row. */
  private now<T extends TenantStats | ModelStats>(rows: readonly T[], of: (row: T) => number): number {
    const newest = this.kept.at(-1)?.sample;
    const last = rows.at(-1);
    if (newest === undefined || last === undefined) return 0;
    const present: readonly (TenantStats | ModelStats)[] = "tenant" in last ? newest.tenants : newest.models;
    return present.includes(last) ? of(last) : 0;
  }
}

function batchRows(rows: readonly ModelStats[]): Pick<ModelActivity, "batchRows" | "batchRowsMax"> {
  const batches = rows.flatMap(({ batch }) => (batch === null || batch.count === 0 ? [] : batch));
  if (batches.length === 0) return { batchRows: null, batchRowsMax: null };
  const count = batches.reduce((sum, each) => sum + each.count, 0);
  const total = batches.reduce((sum, each) => sum + each.count * each.mean_rows, 0);
  return { batchRows: total / count, batchRowsMax: Math.max(...batches.map(({ max_rows }) => max_rows)) };
}
