/**
 * Rows of numbers over time in a ring: the newest replace the oldest, so that a page that is open for days takes the
 * memory of its first half hour. Pure.
 */

export class TimeRows {
  private readonly times: Float64Array;
  private readonly columns: readonly Float64Array[];
  private next = 0;
  private filled = 0;

  constructor(
    readonly rowsMax: number,
    readonly columnCount: number,
  ) {
    this.times = new Float64Array(rowsMax);
    this.columns = Array.from({ length: columnCount }, () => new Float64Array(rowsMax));
  }

  get count(): number {
    return this.filled;
  }

  /** Milliseconds since the epoch of the newest row; undefined without any. */
  get newest(): number | undefined {
    return this.filled === 0 ? undefined : this.times[(this.next + this.rowsMax - 1) % this.rowsMax];
  }

  /** Milliseconds since the epoch of the oldest row; undefined without any. */
  get oldest(): number | undefined {
    return this.filled === 0
      ? undefined
      : this.times[(this.next + this.rowsMax - this.filled) % this.rowsMax];
  }

  /**
   * @param time milliseconds since the epoch. A row that is no later than the newest is not taken: the gateway's clock
   *   was set back, or a sample came twice.
   * @param values of the columns; null where there is none
   */
  add(time: number, values: readonly (number | null)[]): boolean {
    if (!Number.isFinite(time) || time <= (this.newest ?? Number.NEGATIVE_INFINITY)) return false;
    this.times[this.next] = time;
    this.columns.forEach((column, i) => {
      column[this.next] = values[i] ?? Number.NaN;
    });
    this.next = (this.next + 1) % this.rowsMax;
    this.filled = Math.min(this.filled + 1, this.rowsMax);
    return true;
  }

  clear(): void {
    this.filled = 0;
    this.next = 0;
  }

  /**
   * The rows from a time on, oldest first: seconds since the epoch, and then the columns, with null for no value.
   * @param wanted the numbers of the columns
   */
  since(from: number, wanted: readonly number[]): [number[], ...(number | null)[][]] {
    const times: number[] = [];
    const values: (number | null)[][] = wanted.map(() => []);
    for (let i = 0; i < this.filled; i++) {
      const row = (this.next - this.filled + i + this.rowsMax) % this.rowsMax;
      const time = this.times[row] as number;
      if (time < from) continue;
      times.push(time / 1_000);
      wanted.forEach((column, at) => {
        const value = this.columns[column]?.[row] as number;
        values[at]?.push(Number.isNaN(value) ? null : value);
      });
    }
    return [times, ...values];
  }
}
