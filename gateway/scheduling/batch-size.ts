/**
 * How many rows a batch takes at most. Larger batches are worth their wait only while they compute more rows a
 * second: a model that takes a millisecond a row, alone or among 32, would make everybody else wait 32 ms for
 * nothing. Pure: learns from what batches took, halving while eight tenths of the best rate remain.
 */

/** Share of the best rate that a batch must reach. */
const enough = 0.8;
/** Milliseconds of a batch that nobody minds waiting for: it is not made smaller. */
const shortMs = 2.5;
/** Milliseconds between two batches, the hand-over to the worker: what makes the smallest batches dear. */
const handOverMs = 0.15;
/** Batches of one size between two decisions: one alone says more of the machine than of the model. */
const trial = 4;
/** Decisions after which the size above is tried again: a model's pace changes with what runs beside it. */
const lookAgain = 32;
/** Weight of the newest batch. */
const gain = 1 / 5;

interface BatchRate {
  readonly perMs: number;
  readonly count: number;
}

export class BatchSize {
  /** Rows a millisecond by power of two: at index i, of batches of more than 2^(i-1) and up to 2^i rows. */
  private readonly rates: (BatchRate | undefined)[] = [];
  private power: number;
  private batches = 0;

  /** @param rowsMax the model's own limit */
  constructor(private readonly rowsMax: number) {
    this.power = powerOf(rowsMax);
  }

  /** Rows of the next batch at most. */
  get rows(): number {
    return Math.min(this.rowsMax, 2 ** this.power);
  }

  /** A batch of so many rows took so many milliseconds to compute. */
  took(rows: number, computeMs: number): void {
    const power = powerOf(rows);
    const { perMs, count } = this.rates[power] ?? { perMs: 0, count: 0 };
    const weight = Math.max(gain, 1 / (count + 1));
    const newest = rows / (computeMs + handOverMs);
    this.rates[power] = { perMs: perMs + weight * (newest - perMs), count: count + 1 };
    if (power !== this.power) return;
    if (++this.batches % trial > 0) return;
    if (this.batches % (lookAgain * trial) === 0) this.rates[power + 1] = undefined;
    this.power += this.step();
  }

  /** Up, down or stay. */
  private step(): -1 | 0 | 1 {
    const { power } = this;
    const perMs = this.perMs(power) as number;
    const above = this.perMs(power + 1);
    if (2 ** power < this.rowsMax && (above === undefined || perMs < enough * above)) return 1;
    if (power === 0 || 2 ** power / perMs <= shortMs) return 0;
    const best = Math.max(...Array.from(this.rates, (rate) => rate?.perMs ?? 0));
    const below = this.perMs(power - 1);
    return below === undefined || below >= enough * best ? -1 : 0;
  }

  private perMs(power: number): number | undefined {
    return this.rates[power]?.perMs;
  }
}

function powerOf(rows: number): number {
  return Math.ceil(Math.log2(rows));
}
