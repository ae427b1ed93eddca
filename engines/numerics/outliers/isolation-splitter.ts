/**
 * Random splits of a tree's samples, draw for draw as scikit-learn's splitter "random" with one feature a
 * node. Source: Geurts, Ernst and Wehenkel 2006, "Extremely randomized trees"; scikit-learn's
 * `_splitter.pyx`.
 */
import type { Floats } from "../../kernels/index.js";

export interface NodeRange {
  /** The node's samples are those from `start` up to `end`. */
  readonly start: number;
  readonly end: number;
  readonly depth: number;
  /** How many features its parents found constant. */
  readonly constants: number;
}

export interface Split {
  readonly feature: number;
  readonly threshold: number;
  /** Whether a sample without the value goes left. */
  readonly missingLeft: boolean;
  /** Where the right child's samples begin. */
  readonly middle: number;
  readonly constants: number;
}

/** Values closer than this count as one, as in scikit-learn. */
const featureThreshold = 1e-7;

/** Draws the splits of one tree. Which features are constant is kept, so that no child looks again. */
export class Splitter {
  readonly #random: XorShift;
  /** A permutation of the features; the constant ones first. */
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
   * A random threshold on a random feature; null when all are constant, or when the threshold and the side of the
   * missing values leave one side empty. Names as in scikit-learn's loop:
   * features [drawn, known) are known constants, then those found here, then those up to `open` to draw.
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
      // Where none was missing in the fit, a row without the value follows most of the others.
      const missingLeft = missing > 0 ? drawnLeft : middle - start > end - middle;
      split = { feature: column, threshold, missingLeft, middle, constants: known + found };
    }
    features.set(this.#constant.subarray(0, known));
    this.#constant.set(features.subarray(known, known + found), known);
    return split;
  }

  /** The least and the largest value of a column, and how many are missing. */
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

  /** Moves the rows at or below the threshold to the front; answers where the others begin. */
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

/** scikit-learn's `our_rand_r`: 31 bits of a 32-bit xorshift. Source: Marsaglia 2003, "Xorshift RNGs". */
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
