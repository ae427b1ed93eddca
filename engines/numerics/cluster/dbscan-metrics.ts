/**
 * The metrics of DBSCAN that are not Minkowski distances. Some equal the Euclidean distance of transformed rows; the
 * functions here transform the rows. The others are computed pair by pair, with the definitions of scikit-learn's
 * DistanceMetric.
 */
import type { Floats } from "../../kernels/index.js";

/** Metrics that are computed pair by pair, because no grid can narrow down a row's neighbours. */
export type PairMetric = "canberra" | "braycurtis" | "hamming";

/**
 * Transformed rows and a radius: the Euclidean neighbours of these rows are the neighbours under the original metric.
 */
export interface EuclideanView {
  readonly rows: Float64Array;
  readonly columns: number;
  readonly radius: number;
}

/**
 * For the metric "sqeuclidean": the rows as they are, and the square root of `radius`, which is the limit of the
 * squared distance.
 */
export function bySquares(x: Floats, p: number, radius: number): EuclideanView {
  return { rows: Float64Array.from(x), columns: p, radius: rootFromAbove(radius) };
}

/**
 * For the metric "cosine": 1 − cos of two rows is half the squared Euclidean distance of the rows scaled to length 1.
 * A row of zeros has no direction, and its distance to every other row is 1. For a radius below 1 such a row must
 * have no neighbours, so an added column sets it apart from all rows.
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
    // The row is divided by its largest absolute value, so that no square overflows or vanishes.
    let squares = 0;
    for (let j = 0; j < p; j++) squares += ((x[from + j] as number) / largest) ** 2;
    const length = Math.sqrt(squares);
    for (let j = 0; j < p; j++) rows[to + j] = (x[from + j] as number) / largest / length;
  }
  return { rows, columns: p + 1, radius: rootFromAbove(2 * radius) };
}

/** For the metric "correlation", which is the cosine metric of rows from which their mean is subtracted. */
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
 * The step between the added coordinates of rows of zeros. It is farther than any radius below 1 from all rows of
 * length 1 and from the other rows of zeros.
 */
const apart = 10;

/**
 * The square root, rounded up where its square would fall below `square`, so that a distance equal to the radius
 * stays within it.
 */
function rootFromAbove(square: number): number {
  const root = Math.sqrt(square);
  return root * root < square ? root * (1 + Number.EPSILON) : root;
}

/** Whether the rows that begin at a and b are at most `limit` apart. */
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
