/** Orders the states from calm to turbulent by the variance of the observations in each. */
import { type Pieces, pieceSize } from "../pieces.js";

/**
 * The states, sorted by the variance of the observations [n, d] weighted by their probabilities [n, k], calmest
 * first. Each column is divided by its own variance, so that its unit does not matter. A state without observations
 * comes last.
 */
export function* varianceOrder(
  rows: Float64Array,
  d: number,
  shares: Float64Array,
  k: number,
): Pieces<number[]> {
  const n = rows.length / d;
  const variances = new Float64Array(k);
  for (let column = 0; column < d; column++) {
    const total = yield* spread(
      n,
      (t) => rows[t * d + column] ?? 0,
      () => 1,
    );
    for (let s = 0; s < k; s++) {
      const own = yield* spread(
        n,
        (t) => rows[t * d + column] ?? 0,
        (t) => shares[t * k + s] ?? 0,
      );
      variances[s] = (variances[s] ?? 0) + (total > 0 ? own / total : own);
    }
  }
  return Array.from({ length: k }, (_, s) => s).sort(
    (a, b) => (variances[a] ?? 0) - (variances[b] ?? 0) || a - b,
  );
}

function* spread(n: number, value: (t: number) => number, weight: (t: number) => number): Pieces<number> {
  let [sum, mean] = [0, 0];
  for (let from = 0; from < n; from += rowsInPiece) {
    for (let t = from; t < Math.min(from + rowsInPiece, n); t++) {
      sum += weight(t);
      if (weight(t) > 0) mean += ((value(t) - mean) * weight(t)) / sum;
    }
    yield;
  }
  if (sum === 0) return Number.POSITIVE_INFINITY;
  let squares = 0;
  for (let from = 0; from < n; from += rowsInPiece) {
    for (let t = from; t < Math.min(from + rowsInPiece, n); t++)
      squares += weight(t) * (value(t) - mean) ** 2;
    yield;
  }
  return squares / sum;
}

/** A row takes about the time of four plain elements, because its numbers are not adjacent in memory. */
const rowsInPiece = pieceSize / 4;

/** Reorders blocks of `width` numbers. */
export function reordered(values: Float64Array, order: readonly number[], width: number): Float64Array {
  const out = new Float64Array(values.length);
  order.forEach((from, to) => {
    out.set(values.subarray(from * width, (from + 1) * width), to * width);
  });
  return out;
}
