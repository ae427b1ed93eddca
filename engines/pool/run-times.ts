/**
 * How long a version's batches take, by their size, and whether batches of a size may be computed on the thread of the
 * sockets. The median of the last runs decides: on a busy machine the operating system takes the core away for
 * milliseconds, and such a run says nothing of the model. A size that has become slow is left to the workers, and is
 * tried again once their runs are short and a pause is over, which doubles each time. Pure: callers pass the time.
 */

/** Runs of which the median is taken, and how many of them there must be before it decides. */
const window = { size: 7, decides: 5 };
/** Milliseconds until a size that became slow may come back; the pause is the first again after a calm time. */
const pauseMs = { first: 1_000, most: 60_000, calmAfter: 60_000 };

/** A run whose time was measured. */
export interface MeasuredRows {
  readonly rows: number;
  readonly ms: number;
}

export class RunTimes {
  private readonly sizes: readonly SizeTimes[];

  /**
   * @param measured runs in a worker, ascending by rows; larger batches are never short
   * @param shortMs the time up to which a run is short
   */
  constructor(measured: readonly MeasuredRows[], shortMs: number) {
    this.sizes = measured.map(({ rows, ms }) => new SizeTimes(rows, ms, shortMs));
  }

  /** Whether a batch of so many rows is expected to be short. */
  isShort(rows: number): boolean {
    return this.sizeOf(rows)?.isShort === true;
  }

  /** The most rows that a batch may have so that it, and every smaller one, is expected to be short. */
  get rowsMax(): number {
    let most = 0;
    for (const { rows, isShort } of this.sizes) {
      if (!isShort) break;
      most = rows;
    }
    return most;
  }

  /** A batch was computed on the thread of the sockets. @returns whether its size is not short any more */
  tookInline(rows: number, ms: number, now: number): boolean {
    return this.sizeOf(rows)?.tookInline(ms, now) === true;
  }

  /** A batch was computed in a worker. @returns whether its size has become short again */
  tookInWorker(rows: number, ms: number, now: number): boolean {
    return this.sizeOf(rows)?.tookInWorker(ms, now) === true;
  }

  private sizeOf(rows: number): SizeTimes | undefined {
    for (const size of this.sizes) if (rows <= size.rows) return size;
    return undefined;
  }
}

/** The runs of batches up to one size, and of more rows than the size below. */
class SizeTimes {
  /** The last runs: of the sockets' thread while they are short, else of the workers. */
  private values: number[];
  private changedAt = Number.NEGATIVE_INFINITY;
  private pauseMs = pauseMs.first;
  isShort: boolean;

  constructor(
    readonly rows: number,
    firstMs: number,
    private readonly shortMs: number,
  ) {
    this.values = [firstMs];
    this.isShort = firstMs <= shortMs;
  }

  tookInline(ms: number, now: number): boolean {
    if (!this.isShort) return false;
    this.record(ms);
    if (this.values.length < window.decides || this.median <= this.shortMs) return false;
    const calm = now - this.changedAt > pauseMs.calmAfter;
    this.pauseMs = calm ? pauseMs.first : Math.min(pauseMs.most, 2 * this.pauseMs);
    this.change(false, now);
    return true;
  }

  tookInWorker(ms: number, now: number): boolean {
    if (this.isShort) return false;
    this.record(ms);
    const seen = this.values.length >= window.decides && this.median <= this.shortMs;
    if (!seen || now - this.changedAt < this.pauseMs) return false;
    this.change(true, now);
    return true;
  }

  private get median(): number {
    const sorted = [...this.values].sort((a, b) => a - b);
    return sorted[sorted.length >> 1] as number;
  }

  private record(ms: number): void {
    if (this.values.length === window.size) this.values.shift();
    this.values.push(ms);
  }

  /** Runs of one thread say nothing of the other: its wakes and its neighbours differ. */
  private change(isShort: boolean, now: number): void {
    this.isShort = isShort;
    this.changedAt = now;
    this.values = isShort ? [this.median] : [];
  }
}
