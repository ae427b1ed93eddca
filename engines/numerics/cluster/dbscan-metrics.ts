/**
 * Metrics beside Minkowski's. Some are a plain distance of other rows: those are made here. The rest are
 * compared pair by pair, under the definitions that scikit-learn's DistanceMetric has for them.
 */
import type { Floats } from "../../kernels/index.js";

/** Compared pair by pair; no grid knows their neighbours. */
export type PairMetric = "canberra" | "braycurtis" | "hamming";

/** Rows and a radius whose Euclidean neighbours are those that are meant. */
export interface EuclideanView {
  readonly rows: Float64Array;
  readonly columns: number;
  readonly radius: number;
}

/** Neighbours by the squared distance, which is at most `radius`. */
export function bySquares(x: Floats, p: number, radius: number): EuclideanView {
  return { rows: Float64Array.from(x), columns: p, radius: rootFromAbove(radius) };
}

/**
 * Neighbours by 1 − cos, of rows of length 1: half the square of their distance. A row of zeros has no
 * direction: it is at 1 from all others, so that below a radius of 1 it stands alone in a column of its own.
 */
export function byAngle(x: Floats, n: number, p: number, radius: number): EuclideanView {
  const rows = new Float64Array(n * (p + 1));
  for (let i = 0, alone = 0; i < n; i++) {
    const from = i * p;
    const to = i * (p + 1);
    let largest = 0;
    for (let j = 0; j < p; j++) largest = Math.max(largest, Math.abs(x[from + j] as number));
    if (largest === 0) {
      if (radius < 1) rows[to + p] = apart * ++alone;
      continue;
    }
    // By the largest, so that no square overflows or vanishes.
    let squares = 0;
    for (let j = 0; j < p; j++) squares += ((x[from + j] as number) / largest) ** 2;
    const length = Math.sqrt(squares);
    for (let j = 0; j < p; j++) rows[to + j] = (x[from + j] as number) / largest / length;
  }
  return { rows, columns: p + 1, radius: rootFromAbove(2 * radius) };
}

/** Neighbours by 1 − the correlation of two rows: the angle of rows less their means. */
export function byCorrelation(x: Floats, n: number, p: number, radius: number): EuclideanView {
  const centred = new Float64Array(n * p);
  for (let row = 0; row < n * p; row += p) {
    let mean = 0;
    for (let j = 0; j < p; j++) mean += (x[row + j] as number) / p;
    for (let j = 0; j < p; j++) centred[row + j] = (x[row + j] as number) - mean;
  }
  return byAngle(centred, n, p, radius);
}

/**
 * A coordinate that puts a row of zeros out of reach: farther than any radius below 1 from all rows of length 1, and
 * from the other rows of zeros.
 */
const apart = 10;

/** The least number near the root whose square is not below: what is just at the radius stays within. */
function rootFromAbove(square: number): number {
  const root = Math.sqrt(square);
  return root * root < square ? root * (1 + Number.EPSILON) : root;
}

/** Whether rows that begin at a and b are at most `limit` apart. */
export function pairWithin(
  metric: PairMetric,
  rows: Float64Array,
  a: number,
  b: number,
  p: number,
  limit: number,
): boolean {
  let difference = 0;
  let total = 0;
  for (let j = 0; j < p; j++) {
    const x = rows[a + j] as number;
    const y = rows[b + j] as number;
    if (metric === "hamming") difference += x === y ? 0 : 1;
    else if (metric === "braycurtis") {
      difference += Math.abs(x - y);
      total += Math.abs(x) + Math.abs(y);
    } else {
      const size = Math.abs(x) + Math.abs(y);
      if (size > 0) difference += Math.abs(x - y) / size;
    }
  }
  if (metric === "canberra") return difference <= limit;
  if (metric === "hamming") return difference / p <= limit;
  return (total > 0 ? difference / total : 0) <= limit;
}
