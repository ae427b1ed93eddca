/**
 * Finds the largest useful number of rows in a batch. Larger batches delay their requests, so they are used only
 * while they compute more rows a second: a model that takes a millisecond a row, alone or among 32, would make each
 * of 32 requests wait 32 ms without computing any faster. The size is learned from measured batches: it is halved
 * while the smaller size keeps eight tenths of the best rate. Pure.
 */

/** The share of the best rate that a batch must reach. */
const rateShareMin = 0.8;
/** A batch that takes less than this many milliseconds is not made smaller, because its delay does not matter. */
const shortMs = 2.5;
/** Milliseconds that handing a batch to a worker takes. They make the smallest batches expensive. */
const handOverMs = 0.15;
/** The number of batches of one size that are measured before each decision: a single one is too noisy. */
const batchesPerDecision = 4;
/**
 * After this many decisions the next larger size is tried again, because the model's speed changes with other load on
 * the machine.
 */
const retryAfter = 32;
/** The weight of the newest batch in the running mean. */
const newestWeight = 1 / 5;

interface BatchRate {
  readonly perMs: number;
  readonly count: number;
}

export class BatchSize {
  /** Rows a millisecond by batch size: index i is for batches of more than 2^(i-1) and up to 2^i rows. */
  private readonly rates: (BatchRate | undefined)[] = [];
  private power: number;
  private batches = 0;

  /** @param rowsMax the largest batch that the model accepts */
  constructor(private readonly rowsMax: number) {
    this.power = powerOf(rowsMax);
  }

  /** The largest number of rows that the next batch should have. */
  get rows(): number {
    return Math.min(this.rowsMax, 2 ** this.power);
  }

  /** Records that a batch of `rows` took `computeMs` milliseconds to compute. */
  took(rows: number, computeMs: number): void {
    const power = powerOf(rows);
    const { perMs, count } = this.rates[power] ?? { perMs: 0, count: 0 };
    const weight = Math.max(newestWeight, 1 / (count + 1));
    const newest = rows / (computeMs + handOverMs);
    this.rates[power] = { perMs: perMs + weight * (newest - perMs), count: count + 1 };
    if (power !== this.power) return;
    if (++this.batches % batchesPerDecision > 0) return;
    if (this.batches % (retryAfter * batchesPerDecision) === 0) this.rates[power + 1] = undefined;
    this.power += this.step();
  }

  /** Whether the size should be doubled (1), halved (-1) or kept (0). */
  private step(): -1 | 0 | 1 {
    const { power } = this;
    const perMs = this.perMs(power) as number;
    const above = this.perMs(power + 1);
    if (2 ** power < this.rowsMax && (above === undefined || perMs < rateShareMin * above)) return 1;
    if (power === 0 || 2 ** power / perMs <= shortMs) return 0;
    const best = Math.max(...Array.from(this.rates, (rate) => rate?.perMs ?? 0));
    const below = this.perMs(power - 1);
    return below === undefined || below >= rateShareMin * best ? -1 : 0;
  }

  private perMs(power: number): number | undefined {
    return this.rates[power]?.perMs;
  }
}

function powerOf(rows: number): number {
  return Math.ceil(Math.log2(rows));
}
