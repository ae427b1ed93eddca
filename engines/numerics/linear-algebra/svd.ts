/**
 * Singular values and right singular vectors in float64, by one-sided Jacobi rotations: slow, but accurate to the
 * last digits also for singular values far below the largest, which the eigenvalues of XᵀX do not resolve. A tall
 * matrix is first reduced to its triangular factor. Source: Hestenes 1958; Demmel and Veselić 1992, "Jacobi's method
 * is more accurate than QR".
 */
import { ignoreWork, reportInPieces, type WorkReporter } from "../../kernels/index.js";
import { completeRows, dotRows } from "./orthonormal-rows.js";
import { rotate } from "./plane-rotations.js";

export interface RightSvd {
  /** [q] with q = min(n, p), descending. */
  readonly singularValues: Float64Array;
  /** [q,p] one unit vector a row; the rows are orthonormal also where singular values are zero. */
  readonly vectors: Float64Array;
}

/** The singular values and right singular vectors of A [n,p]. */
export function rightSvd(
  a: Float64Array,
  n: number,
  p: number,
  reportWork: WorkReporter = ignoreWork,
): RightSvd {
  const q = Math.min(n, p);
  const scale = a.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0) || 1;
  const scaled = a.map((value) => value / scale);
  const rows = n > p ? triangularFactor(scaled, n, p, reportWork) : scaled;
  orthogonaliseRows(rows, q, p, reportWork);
  return sortedDescending(rows, q, p, scale, reportWork);
}

/** A sum of squares below this has lost digits to underflow, and is negligible beside elements of size 1. */
const negligibleSquares = 1e-280;

/** R [p,p] of A = QR for A [n,p] with n ≥ p, by Householder reflections; overwrites A. */
function triangularFactor(a: Float64Array, n: number, p: number, reportWork: WorkReporter): Float64Array {
  const projection = new Float64Array(p);
  for (let j = 0; j < p; j++) {
    reportInPieces(reportWork, 2 * (n - j) * (p - j));
    let squares = 0;
    for (let i = j; i < n; i++) squares += (a[i * p + j] as number) ** 2;
    // The column, whose elements are below 1e-140, is not reduced; its elements in rows from p on are dropped.
    if (squares < negligibleSquares) continue;
    const pivot = a[j * p + j] as number;
    const image = pivot > 0 ? -Math.sqrt(squares) : Math.sqrt(squares);
    a[j * p + j] = pivot - image;
    reflect(a, projection, j, n, p, 1 / (squares - pivot * image));
    a[j * p + j] = image;
    for (let i = j + 1; i < n; i++) a[i * p + j] = 0;
  }
  return a.slice(0, p * p);
}

/** Applies I − β·v·vᵀ to the columns after j; v is column j from row j down. */
function reflect(
  a: Float64Array,
  projection: Float64Array,
  j: number,
  n: number,
  p: number,
  beta: number,
): void {
  projection.fill(0, j + 1);
  for (let i = j; i < n; i++) {
    const factor = beta * (a[i * p + j] as number);
    for (let k = j + 1; k < p; k++)
      projection[k] = (projection[k] as number) + factor * (a[i * p + k] as number);
  }
  for (let i = j; i < n; i++) {
    const factor = a[i * p + j] as number;
    for (let k = j + 1; k < p; k++)
      a[i * p + k] = (a[i * p + k] as number) - factor * (projection[k] as number);
  }
}

/** Well-behaved matrices need about 8 sweeps; this bound ends the loop only if the code has a defect. */
const sweepsMaximum = 60;

/** Rotates pairs of rows until all rows are orthogonal. Row i is then σᵢ times a right singular vector. */
function orthogonaliseRows(a: Float64Array, q: number, p: number, reportWork: WorkReporter): void {
  for (let sweep = 0; sweep < sweepsMaximum; sweep++) {
    let rotated = false;
    const negligible = (Number.EPSILON * largestNorm(a, q, p)) ** 2;
    for (let i = 0; i < q - 1; i++) {
      reportInPieces(reportWork, 3 * (q - i) * p);
      for (let j = i + 1; j < q; j++) rotated = orthogonalisePair(a, i * p, j * p, p, negligible) || rotated;
    }
    if (!rotated) return;
  }
  throw new Error(`singular values of ${q} rows did not converge`);
}

/** Rotates two rows unless they are orthogonal already or one is rounding noise; returns whether it did. */
function orthogonalisePair(a: Float64Array, x: number, y: number, p: number, negligible: number): boolean {
  const xx = dotRows(a, x, x, p);
  const yy = dotRows(a, y, y, p);
  if (xx <= negligible || yy <= negligible) return false;
  const xy = dotRows(a, x, y, p);
  if (Math.abs(xy) <= 4 * Number.EPSILON * Math.sqrt(xx * yy)) return false;
  const half = (yy - xx) / (2 * xy);
  const tangent = (half < 0 ? -1 : 1) / (Math.abs(half) + Math.sqrt(1 + half * half));
  const cosine = 1 / Math.sqrt(1 + tangent * tangent);
  rotate(a, x, y, p, cosine, cosine * tangent);
  return true;
}

function largestNorm(a: Float64Array, q: number, p: number): number {
  let largest = 0;
  for (let i = 0; i < q; i++) largest = Math.max(largest, dotRows(a, i * p, i * p, p));
  return Math.sqrt(largest);
}

function sortedDescending(
  rows: Float64Array,
  q: number,
  p: number,
  scale: number,
  reportWork: WorkReporter,
): RightSvd {
  const norms = Float64Array.from({ length: q }, (_, i) => Math.sqrt(dotRows(rows, i * p, i * p, p)));
  const order = Array.from(norms.keys()).sort((a, b) => (norms[b] as number) - (norms[a] as number));
  const noise = Number.EPSILON * (norms[order[0] ?? 0] ?? 0);
  const vectors = new Float64Array(q * p);
  order.forEach((from, to) => {
    const norm = norms[from] as number;
    if (norm <= noise) return;
    for (let k = 0; k < p; k++) vectors[to * p + k] = (rows[from * p + k] as number) / norm;
  });
  completeRows(vectors, q, p, reportWork);
  return { singularValues: Float64Array.from(order, (from) => (norms[from] as number) * scale), vectors };
}
