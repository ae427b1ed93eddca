/** Standardises columns by a window's mean and variance, so that no floor or penalty depends on units. */
import { type Pieces, pieceSize } from "../pieces.js";

export interface FeatureScale {
  /** [m] */
  readonly mean: Float64Array;
  /** [m] 1 / standard deviation of the population; 1 for a column that never changed. */
  readonly inverse: Float64Array;
}

/** The scale of rows [n, m]. */
export function* scaleOf(rows: Float64Array, m: number): Pieces<FeatureScale> {
  const n = rows.length / m;
  const mean = new Float64Array(m);
  const variance = new Float64Array(m);
  for (let from = 0; from < rows.length; from += pieceSize) {
    const to = Math.min(from + pieceSize, rows.length);
    for (let i = from; i < to; i++) mean[i % m] = (mean[i % m] as number) + (rows[i] as number) / n;
    yield;
  }
  for (let from = 0; from < rows.length; from += pieceSize) {
    const to = Math.min(from + pieceSize, rows.length);
    for (let i = from; i < to; i++)
      variance[i % m] =
        (variance[i % m] as number) + ((rows[i] as number) - (mean[i % m] as number)) ** 2 / n;
    yield;
  }
  return { mean, inverse: variance.map((v) => (v > 0 ? 1 / Math.sqrt(v) : 1)) };
}

/**
 * Scales one row [m].
 * @param clippedAt number of standard deviations at which a value is clipped
 */
export function scaled(
  row: Float64Array,
  scale: FeatureScale,
  clippedAt = Number.POSITIVE_INFINITY,
): Float64Array {
  const out = new Float64Array(row.length);
  scaleInto(out, row, 0, row.length, scale, clippedAt);
  return out;
}

/** Scales rows [n, m]. */
export function* scaledRows(
  rows: Float64Array,
  scale: FeatureScale,
  clippedAt = Number.POSITIVE_INFINITY,
): Pieces<Float64Array> {
  const out = new Float64Array(rows.length);
  for (let from = 0; from < rows.length; from += pieceSize) {
    scaleInto(out, rows, from, Math.min(from + pieceSize, rows.length), scale, clippedAt);
    yield;
  }
  return out;
}

function scaleInto(
  out: Float64Array,
  rows: Float64Array,
  from: number,
  to: number,
  { mean, inverse }: FeatureScale,
  clippedAt: number,
): void {
  const m = mean.length;
  for (let i = from; i < to; i++) {
    const z = ((rows[i] as number) - (mean[i % m] as number)) * (inverse[i % m] as number);
    out[i] = Math.max(-clippedAt, Math.min(z, clippedAt));
  }
}
