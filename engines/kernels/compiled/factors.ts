/**
 * The compiled factorisations of p×p matrices, in float64. Each copies its matrix into WebAssembly memory and its
 * result out of it.
 */
import { ignoreWork, type WorkReporter } from "../work-reporter.js";
import { Arena } from "./loops.js";

/**
 * The same as numerics/linear-algebra/tridiagonal.ts, of the matrix multiplied by `factor`; the reflectors are
 * returned in `rows`.
 */
export function compiledTridiagonalise(
  matrix: Float64Array,
  n: number,
  factor: number,
  reportWork: WorkReporter = ignoreWork,
) {
  const arena = Arena.borrow(n * n + 6 * n, 5);
  try {
    const { rows, diagonal, offDiagonal, betas } = reduce(arena, matrix, n, factor, reportWork);
    return {
      rows: rows.slice(),
      diagonal: diagonal.slice(),
      offDiagonal: offDiagonal.slice(),
      betas: betas.slice(),
    };
  } finally {
    arena.release();
  }
}

/** Tridiagonalisation followed by QL iteration: eigenvalues unsorted, eigenvectors as rows. */
export function compiledEigen(matrix: Float64Array, n: number, factor: number) {
  const arena = Arena.borrow(2 * n * n + 6 * n, 6);
  const { rows, diagonal, offDiagonal, betas } = reduce(arena, matrix, n, factor, ignoreWork);
  const basis = arena.floats(n * n);
  arena.loops.transposed_basis(rows.byteOffset, betas.byteOffset, basis.byteOffset, n);
  return iterated(arena, diagonal, offDiagonal, basis);
}

/** The same as numerics/linear-algebra/ql-iteration.ts, started from the unit matrix. */
export function compiledTridiagonalEigen(diagonal: Float64Array, off: Float64Array) {
  const n = diagonal.length;
  const arena = Arena.borrow(n * n + 2 * n, 3);
  const basis = arena.floats(n * n).fill(0);
  for (let i = 0; i < n; i++) basis[i * n + i] = 1;
  const [d, e] = [arena.floats(n), arena.floats(n)];
  d.set(diagonal);
  e.set(off);
  return iterated(arena, d, e, basis);
}

/** The lower factor L, zero above its diagonal; null when A is not positive definite. */
export function compiledCholesky(
  matrix: Float64Array,
  n: number,
  reportWork: WorkReporter = ignoreWork,
): Float64Array | null {
  const arena = Arena.borrow(n * n, 1);
  try {
    const a = arena.floats(n * n);
    a.set(matrix);
    const columns = linesAtOnce(n);
    for (let from = 0; from < n; from += columns) {
      const to = Math.min(n, from + columns);
      reportWork((to - from) * (n - from) * to);
      if (arena.loops.cholesky(a.byteOffset, n, from, to) !== 1) return null;
    }
    for (let i = 0; i < n; i++) a.fill(0, i * n + i + 1, i * n + n);
    return a.slice();
  } finally {
    arena.release();
  }
}

/**
 * The number of rows of a matrix [n,n] that are processed between two checks of the abort flag; a row costs up to n²
 * multiply-adds.
 */
export function linesAtOnce(n: number): number {
  return Math.max(1, Math.floor(4_000_000 / (n * n)));
}

/** L⁻¹ of a lower triangular matrix L. */
export function compiledInvertLower(
  lower: Float64Array,
  n: number,
  reportWork: WorkReporter = ignoreWork,
): Float64Array {
  const arena = Arena.borrow(2 * n * n, 2);
  try {
    const l = arena.floats(n * n);
    l.set(lower);
    const inverse = arena.floats(n * n).fill(0);
    const rows = linesAtOnce(n);
    for (let from = 0; from < n; from += rows) {
      const to = Math.min(n, from + rows);
      reportWork(((to - from) * to * to) / 2);
      arena.loops.invert_lower(l.byteOffset, inverse.byteOffset, n, from, to);
    }
    return inverse.slice();
  } finally {
    arena.release();
  }
}

function reduce(arena: Arena, matrix: Float64Array, n: number, factor: number, reportWork: WorkReporter) {
  const rows = arena.floats(n * n);
  for (let i = 0; i < n; i++)
    for (let at = i * n; at <= i * n + i; at++) rows[at] = (matrix[at] as number) * factor;
  const [diagonal, offDiagonal, betas] = [arena.floats(n), arena.floats(n), arena.floats(n)];
  const work = arena.floats(3 * n);
  const step = linesAtOnce(n);
  for (let from = n - 1; from >= 0; from -= step) {
    const to = Math.max(0, from - step + 1);
    reportWork((from - to + 1) * 2 * from * from);
    arena.loops.tridiagonalise(
      rows.byteOffset,
      n,
      from,
      to,
      diagonal.byteOffset,
      offDiagonal.byteOffset,
      betas.byteOffset,
      work.byteOffset,
    );
  }
  return { rows, diagonal, offDiagonal, betas };
}

/** Runs the iteration, copies its results and releases the arena. */
function iterated(arena: Arena, d: Float64Array, e: Float64Array, basis: Float64Array) {
  const converged = arena.loops.ql_iterate(d.byteOffset, e.byteOffset, basis.byteOffset, d.length) === 1;
  const copies = { values: d.slice(), rows: basis.slice() };
  arena.release();
  if (!converged) throw new Error(`eigenvalues of ${d.length} rows did not converge`);
  return copies;
}
