/**
 * Orthonormal bases with one vector a row. Rows are contiguous, so that Gram–Schmidt over rows reads memory in order.
 * It is done twice, after which the rows are orthogonal to the last bits ("twice is enough", Giraud and others 2005).
 */
import { ignoreWork, reportInPieces, type WorkReporter } from "../../kernels/index.js";
import { dot } from "./dot.js";

/**
 * A row whose norm shrinks to this fraction when the rows before it are projected out is a linear combination of
 * them.
 */
const dependent = 1e-12;

/**
 * Makes the rows of `a` [rows,p] orthonormal in place, in order. A row that is a linear combination of the rows
 * before it becomes zero.
 */
export function orthonormaliseRows(
  a: Float64Array,
  rows: number,
  p: number,
  reportWork: WorkReporter = ignoreWork,
): void {
  for (let i = 0; i < rows; i++) {
    reportInPieces(reportWork, 4 * (i + 1) * p);
    const before = rowNorm(a, i, p);
    projectOut(a, i, p);
    const after = projectOut(a, i, p);
    const factor = after <= dependent * before ? 0 : 1 / after;
    for (let k = i * p; k < i * p + p; k++) a[k] = (a[k] as number) * factor;
  }
}

/**
 * Replaces each zero row of `a` [rows,p], rows ≤ p, whose other rows are orthonormal, by a unit vector orthogonal to
 * all of them.
 */
export function completeRows(
  a: Float64Array,
  rows: number,
  p: number,
  reportWork: WorkReporter = ignoreWork,
): void {
  for (let i = 0, axis = 0; i < rows; i++) {
    while (rowNorm(a, i, p) === 0) {
      reportInPieces(reportWork, 4 * rows * p);
      a[i * p + axis++] = 1;
      projectOutAll(a, i, rows, p);
      const norm = projectOutAll(a, i, rows, p);
      const factor = norm < 0.1 / Math.sqrt(p) ? 0 : 1 / norm;
      for (let k = i * p; k < i * p + p; k++) a[k] = (a[k] as number) * factor;
    }
  }
}

/** Subtracts from row i its projections on the rows before it; returns the norm of the remainder. */
function projectOut(a: Float64Array, i: number, p: number): number {
  for (let j = 0; j < i; j++) subtractProjection(a, i, j, p);
  return rowNorm(a, i, p);
}

function projectOutAll(a: Float64Array, i: number, rows: number, p: number): number {
  for (let j = 0; j < rows; j++) if (j !== i) subtractProjection(a, i, j, p);
  return rowNorm(a, i, p);
}

function subtractProjection(a: Float64Array, i: number, j: number, p: number): void {
  const along = dotRows(a, i * p, j * p, p);
  if (along === 0) return;
  for (let k = 0; k < p; k++) a[i * p + k] = (a[i * p + k] as number) - along * (a[j * p + k] as number);
}

function rowNorm(a: Float64Array, i: number, p: number): number {
  return Math.sqrt(dotRows(a, i * p, i * p, p));
}

/** The inner product of two ranges of `length` numbers of `a`, which begin at x and y. */
export function dotRows(a: Float64Array, x: number, y: number, length: number): number {
  return dot(a, x, a, y, length);
}
