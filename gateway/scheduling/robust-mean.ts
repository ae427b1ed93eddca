/**
 * A moving mean and a moving mean deviation, as TCP keeps them of its round trips, of which one outlier moves neither
 * far: what is much longer than expected counts as twice that. A lane that stays slow is believed after some ten
 * runs, and one that is fast again at once. Pure.
 * Source: Jacobson, "Congestion avoidance and control", 1988, appendix A; winsorised.
 */

/** Weight of the newest value. */
const gain = 1 / 5;
/** So many values in a row of less than half the mean are the truth; before that, each halves the way to it. */
const lowsInRow = 3;
/** A value beyond these counts as the larger of them: so many means, and a mean and so many deviations. */
const outlier = { means: 2, deviations: 3 };
/** The first runs are the slowest, for nothing is warm yet: of so many the shortest is believed. */
const firstRuns = 3;

export class RobustMean {
  private value = 0;
  private spread = 0;
  private count = 0;
  private lows = 0;
  private highestLow = 0;

  /** Undefined before the first. */
  get mean(): number | undefined {
    return this.count === 0 ? undefined : this.value;
  }

  get deviation(): number {
    return this.spread;
  }

  record(given: number): void {
    const { value, spread, count } = this;
    this.count++;
    if (count === 0 || (count < firstRuns && given < value)) {
      this.value = given;
      return;
    }
    if (given < value / 2) return this.fall(given);
    this.lows = 0;
    const most = Math.max(outlier.means * value, value + outlier.deviations * spread);
    const taken = Math.min(given, most);
    this.spread += gain * (Math.abs(taken - value) - spread);
    this.value += gain * (taken - value);
  }

  private fall(given: number): void {
    this.lows++;
    this.highestLow = this.lows === 1 ? given : Math.max(this.highestLow, given);
    if (this.lows < lowsInRow) {
      this.value = (this.value + given) / 2;
      this.spread /= 2;
    } else {
      this.value = this.highestLow;
      this.spread = Math.min(this.spread, this.value / 2);
      this.lows = 0;
    }
  }
}
