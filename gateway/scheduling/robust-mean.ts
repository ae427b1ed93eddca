/**
 * A mean and a mean deviation of the last values, of which a few outliers move neither far: the largest does not count,
 * and none counts for more than some medians. It is a mean and no median, for a queue is a sum: a lane that is slow in
 * one run of five is a slow lane. Pure.
 */

/** Values it goes by. */
const windowSize = 16;
/** Medians that a value counts for at most. */
const mediansMax = 8;
/** So many values in a row of less than so small a share of the mean are the truth: a lane is fast again at once. */
const lows = { inRow: 4, share: 1 / 4 };
/** Values of a full window between two looks at it: sorting them takes a microsecond. */
const lookEvery = 4;

export class RobustMean {
  private values: number[] = [];
  private count = 0;
  private lowsInRow = 0;
  private value: number | undefined;
  private spread = 0;

  /** Undefined before the first. */
  get mean(): number | undefined {
    return this.value;
  }

  get deviation(): number {
    return this.spread;
  }

  record(given: number): void {
    this.count++;
    this.lowsInRow = given < lows.share * (this.value ?? 0) ? this.lowsInRow + 1 : 0;
    if (this.values.length === windowSize) this.values.shift();
    this.values.push(given);
    const fell = this.lowsInRow === lows.inRow;
    if (fell) {
      this.values = this.values.slice(-lows.inRow);
      this.lowsInRow = 0;
    }
    if (fell || this.values.length < windowSize || this.count % lookEvery === 0) this.look();
  }

  private look(): void {
    const sorted = Float64Array.from(this.values).sort();
    const most = mediansMax * (sorted[(sorted.length - 1) >> 1] as number);
    const counted = Math.max(1, sorted.length - 1); // without the largest
    let sum = 0;
    for (let at = 0; at < counted; at++) sum += Math.min(most, sorted[at] as number);
    const mean = sum / counted;
    let apart = 0;
    for (let at = 0; at < counted; at++) apart += Math.abs(Math.min(most, sorted[at] as number) - mean);
    this.value = mean;
    this.spread = apart / counted;
  }
}
