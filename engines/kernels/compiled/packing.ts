/** How the compiled loops read centres: in columns, and packed in groups of four. */
import type { Floats } from "../kernels.js";
import { squaredDistance } from "../plain.js";

/** Coordinates of the padding centres in an incomplete group of four: no point is nearest to them. */
const nowhere = { exact: 1e150, packed: 1e15 };

/** The count rounded up to a whole group of four. */
export function padded(count: number): number {
  return Math.ceil(count / 4) * 4;
}

/** Transposes rows [m,p] to columns [p,width], padded with coordinates far from all points. */
export function toColumns(rows: Floats, m: number, p: number, width: number, out: Float64Array): void {
  for (let j = 0; j < p; j++) {
    for (let r = 0; r < m; r++) out[j * width + r] = rows[r * p + j] as number;
    out.fill(nowhere.exact, j * width + m, (j + 1) * width);
  }
}

/** Packs centres [k,p] in groups of four: [⌈k/4⌉,p,4]. */
export function packCentres(
  centres: Float64Array,
  k: number,
  p: number,
  scale: number,
  out: Float32Array,
): void {
  for (let c = 0; c < padded(k); c++) {
    for (let j = 0; j < p; j++)
      out[((c >> 2) * p + j) * 4 + (c & 3)] = c < k ? (centres[c * p + j] as number) * scale : nowhere.packed;
  }
}

/** A quarter of the squared distance, less what rounding may have added to it. */
const quarter = 0.25 * (1 - 1e-9);

/**
 * A quarter of the squared distances from rows X [n,p] to rows Y [m,p], as [n,4]. A point that is nearer than that to a
 * row of X is nearer to it than to the row of Y, by the triangle inequality.
 */
export function quarters(x: Floats, n: number, y: Floats, m: number, p: number, out: Float64Array): void {
  for (let r = 0; r < n; r++)
    for (let c = 0; c < m; c++) out[r * 4 + c] = quarter * squaredDistance(x, r * p, y, c * p, p);
}

/** [k] the same of each centre and the one nearest to it. */
export function gaps(centres: Float64Array, k: number, p: number, out: Float64Array): void {
  out.fill(Number.POSITIVE_INFINITY);
  for (let a = 1; a < k; a++) {
    for (let b = 0; b < a; b++) {
      const apart = quarter * squaredDistance(centres, a * p, centres, b * p, p);
      out[a] = Math.min(out[a] as number, apart);
      out[b] = Math.min(out[b] as number, apart);
    }
  }
}
