/** Collects observations with their regimes and probabilities, over all batches that are committed together. */
import type { Observations } from "./journal.js";

export class ObservationRecorder {
  private room = 0;
  private n = 0;
  private times = new Float64Array(0);
  private rows = new Float64Array(0);
  private regimes = new Int8Array(0);
  private probabilities = new Float64Array(0);

  /**
   * @param first observations of the stream before these
   * @param d values in each
   * @param k regimes
   */
  constructor(
    private readonly first: number,
    private readonly d: number,
    private readonly k: number,
  ) {}

  /** @param probabilities [k]; undefined while the detector warms up */
  add(time: number, row: Float64Array, regime: number, probabilities: Float64Array | undefined): void {
    if (this.n === this.room) this.makeRoom();
    const { n, d, k } = this;
    this.times[n] = time;
    this.rows.set(row, n * d);
    this.regimes[n] = regime;
    if (probabilities === undefined) this.probabilities.fill(Number.NaN, n * k, (n + 1) * k);
    else this.probabilities.set(probabilities, n * k);
    this.n++;
  }

  get observations(): Observations {
    const { first, n, d, k } = this;
    return {
      first,
      n,
      d,
      k,
      times: this.times.subarray(0, n),
      rows: this.rows.subarray(0, n * d),
      regimes: this.regimes.subarray(0, n),
      probabilities: this.probabilities.subarray(0, n * k),
    };
  }

  private makeRoom(): void {
    this.room = Math.max(1, this.room * 2);
    const grown = (from: Float64Array, width: number) => {
      const to = new Float64Array(this.room * width);
      to.set(from);
      return to;
    };
    const regimes = new Int8Array(this.room);
    regimes.set(this.regimes);
    this.regimes = regimes;
    this.times = grown(this.times, 1);
    this.rows = grown(this.rows, this.d);
    this.probabilities = grown(this.probabilities, this.k);
  }
}
