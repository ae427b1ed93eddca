/**
 * A mean and a mean deviation of the last values that a few outliers change little: the largest value is left out,
 * and no value counts as more than eight medians. It is a mean and not a median because waiting times add up: a lane
 * that is slow in one run of five is a slow lane. Pure.
 */

/** The number of recent values that are kept. */
const windowSize = 16;
/** A value counts as at most this many medians. */
const mediansMax = 8;
/**
 * After this many values in a row below this share of the mean the older values are dropped, so that a lane that
 * became fast is used fully at once.
 */
const lows = { inRow: 4, share: 1 / 4 };
/** Once the window is full, the mean is computed again after this many values: sorting them takes a microsecond. */
const updateEvery = 4;

export class RobustMean {
  private values: number[] = [];
  private count = 0;
  private lowsInRow = 0;
  private value: number | undefined;
  private spread = 0;

  /** Undefined before the first value. */
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
    const hasFallen = this.lowsInRow === lows.inRow;
    if (hasFallen) {
      this.values = this.values.slice(-lows.inRow);
      this.lowsInRow = 0;
    }
    if (hasFallen || this.values.length < windowSize || this.count % updateEvery === 0) this.update();
  }

  private update(): void {
    const sorted = Float64Array.from(this.values).sort();
    const most = mediansMax * (sorted[(sorted.length - 1) >> 1] as number);
    const counted = Math.max(1, sorted.length - 1); // all but the largest
    let sum = 0;
    for (let at = 0; at < counted; at++) sum += Math.min(most, sorted[at] as number);
    const mean = sum / counted;
    let distance = 0;
    for (let at = 0; at < counted; at++) distance += Math.abs(Math.min(most, sorted[at] as number) - mean);
    this.value = mean;
    this.spread = distance / counted;
  }
}
