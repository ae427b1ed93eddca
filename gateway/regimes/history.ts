/** A stream's past: the times and rows of its newest `capacity` observations. */
import type { ObservationHistory, PastRows } from "../../engines/detectors/detector.js";
import { type Pieces, pieceSize } from "../../engines/pieces.js";
import type { Observations } from "./journal.js";

type ObservationRows = Pick<Observations, "n" | "times" | "rows">;

export class StreamHistory implements ObservationHistory {
  private times: Float64Array;
  private rows: Float64Array;
  private start = 0;
  private end = 0;
  private count = 0;

  /**
   * @param capacity observations kept
   * @param d values in each
   */
  constructor(
    private readonly capacity: number,
    readonly d: number,
  ) {
    const room = Math.min(capacity * 2, 256);
    this.times = new Float64Array(room);
    this.rows = new Float64Array(room * d);
  }

  /** @param past the newest of the stream's `total` observations, at most `capacity` of them */
  static restore(capacity: number, d: number, total: number, past: ObservationRows): StreamHistory {
    const history = new StreamHistory(capacity, d);
    for (let i = 0; i < past.n; i++)
      history.push(past.times[i] as number, past.rows.subarray(i * d, (i + 1) * d));
    history.count = total;
    return history;
  }

  get total(): number {
    return this.count;
  }

  get lastTime(): number | undefined {
    return this.end === this.start ? undefined : this.times[this.end - 1];
  }

  push(time: number, row: Float64Array): void {
    if (this.end === this.times.length) this.makeRoom();
    this.times[this.end] = time;
    this.rows.set(row, this.end * this.d);
    this.end++;
    this.count++;
    if (this.end - this.start > this.capacity) this.start++;
  }

  *last(count: number): Pieces<PastRows> {
    const { d } = this;
    const n = Math.min(count, this.end - this.start);
    const past = this.rows.subarray((this.end - n) * d, this.end * d);
    const rows = new Float64Array(past.length);
    for (let at = 0; at < past.length; at += pieceSize) {
      rows.set(past.subarray(at, at + pieceSize), at);
      yield;
    }
    return { rows, n, d };
  }

  /** The row observed at exactly this time, if it is kept. */
  at(time: number): Float64Array | undefined {
    let low = this.start;
    let high = this.end;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.times[middle] ?? 0) < time) low = middle + 1;
      else high = middle;
    }
    if (low === this.end || this.times[low] !== time) return undefined;
    return this.rows.subarray(low * this.d, (low + 1) * this.d);
  }

  /** Moves the kept rows to the front of the buffer, which doubles until it holds twice the capacity. */
  private makeRoom(): void {
    const kept = this.end - this.start;
    const room = Math.min(this.capacity * 2, Math.max(kept * 2, this.times.length));
    const times = new Float64Array(room);
    const rows = new Float64Array(room * this.d);
    times.set(this.times.subarray(this.start, this.end));
    rows.set(this.rows.subarray(this.start * this.d, this.end * this.d));
    this.times = times;
    this.rows = rows;
    this.start = 0;
    this.end = kept;
  }
}
