/**
 * Random splits of a tree's samples, with the same random numbers as scikit-learn's splitter "random" that tries one
 * feature at each node. Source: Geurts, Ernst and Wehenkel 2006, "Extremely randomized trees"; scikit-learn's
 * `_splitter.pyx`.
 */
import type { Floats } from "../../kernels/index.js";

export interface NodeRange {
  /** The node's samples are at the positions from `start` up to, but not including, `end`. */
  readonly start: number;
  readonly end: number;
  readonly depth: number;
  /** The number of features that were found constant in the node's ancestors. */
  readonly constants: number;
}

export interface Split {
  readonly feature: number;
  readonly threshold: number;
  /** Whether a sample whose value is missing goes to the left child. */
  readonly missingLeft: boolean;
  /** The position at which the right child's samples begin. */
  readonly middle: number;
  readonly constants: number;
}

/** A feature whose values in a node differ by at most this much counts as constant, as in scikit-learn. */
const featureThreshold = 1e-7;

/**
 * Draws the splits of one tree. Features found constant in a node are remembered, so that its descendants do not scan
 * them again.
 */
export class Splitter {
  readonly #random: XorShift;
  /** A permutation of the features, in which the constant ones come first. */
  readonly #features: Int32Array;
  readonly #constant: Int32Array;

  constructor(
    private readonly x: Floats,
    private readonly p: number,
    private readonly rows: Int32Array,
    private readonly columns: Int32Array,
    seed: number,
  ) {
    this.#random = new XorShift(seed);
    this.#features = Int32Array.from(columns, (_, feature) => feature);
    this.#constant = new Int32Array(columns.length);
  }

  /**
   * A random threshold on a random feature. Null when all features are constant, or when the threshold and the side
   * of the missing values leave one side empty.
   *
   * The names are those of scikit-learn's loop. The features [drawn, known) are known to be constant, after them come
   * those found constant in this call, and after those, up to `open`, the features that can still be drawn.
   */
  split({ start, end, constants: known }: NodeRange): Split | null {
    const features = this.#features;
    let open = features.length;
    let found = 0;
    let drawn = 0;
    let split: Split | null = null;
    let empty = false;
    while (split === null && !empty && open > known + found) {
      const at = drawn + (this.#random.next() % (open - found - drawn));
      if (at < known) {
        swap(features, drawn++, at);
        continue;
      }
      const column = this.columns[features[at + found] as number] as number;
      const [least, largest, missing] = this.#range(column, start, end);
      if (missing === end - start || (largest <= least + featureThreshold && missing === 0)) {
        swap(features, at + found, known + found);
        found++;
        continue;
      }
      swap(features, --open, at + found);
      const drawnThreshold = this.#random.between(least, largest);
      const drawnLeft = missing > 0 && this.#random.next() % 2 === 1;
      const threshold = drawnThreshold === largest ? least : drawnThreshold;
      const middle = this.#partition(column, threshold, drawnLeft, start, end);
      empty = middle === start || middle === end;
      if (empty) continue;
      // If no value was missing in the fit, a later row with a missing value goes to the side with more samples.
      const missingLeft = missing > 0 ? drawnLeft : middle - start > end - middle;
      split = { feature: column, threshold, missingLeft, middle, constants: known + found };
    }
    features.set(this.#constant.subarray(0, known));
    this.#constant.set(features.subarray(known, known + found), known);
    return split;
  }

  /** The least and the largest value of a column, and the number of missing values (NaN). */
  #range(column: number, start: number, end: number): readonly [number, number, number] {
    let missing = 0;
    let least = Number.POSITIVE_INFINITY;
    let largest = Number.NEGATIVE_INFINITY;
    for (let i = start; i < end; i++) {
      const value = this.x[(this.rows[i] as number) * this.p + column] as number;
      if (value < least) least = value;
      if (value > largest) largest = value;
      if (Number.isNaN(value)) missing++;
    }
    return [least, largest, missing];
  }

  /**
   * Moves the rows that go left, those at or below the threshold, to the front. Returns the position at which the
   * rows that go right begin.
   */
  #partition(column: number, threshold: number, missingLeft: boolean, start: number, end: number): number {
    let from = start;
    let to = end;
    while (from < to) {
      const value = this.x[(this.rows[from] as number) * this.p + column] as number;
      if (value <= threshold || (missingLeft && Number.isNaN(value))) from++;
      else swap(this.rows, from, --to);
    }
    return from;
  }
}

function swap(values: Int32Array, i: number, j: number): void {
  const kept = values[i] as number;
  values[i] = values[j] as number;
  values[j] = kept;
}

const largestDraw = 2_147_483_647;

/**
 * scikit-learn's random number generator `our_rand_r`: 31 bits of a 32-bit xorshift. Source: Marsaglia 2003,
 * "Xorshift RNGs".
 */
class XorShift {
  #state: number;

  constructor(seed: number) {
    this.#state = seed === 0 ? 1 : seed;
  }

  next(): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state;
    return state & largestDraw;
  }

  between(low: number, high: number): number {
    const draw = this.next();
    const between = ((high - low) * draw) / largestDraw + low;
    return Number.isFinite(between) ? between : (high / largestDraw) * draw + low * (1 - draw / largestDraw);
  }
}
