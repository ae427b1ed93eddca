/** The compiled factorisations of p×p matrices, in float64: each copies its matrix in and its result out. */
import { Arena } from "./loops.js";

/** As numerics/tridiagonal.ts, of the matrix times `factor`, with the reflectors in `rows`. */
export function compiledTridiagonalise(matrix: Float64Array, n: number, factor: number) {
  const arena = Arena.borrow(n * n + 6 * n, 5);
  const reduced = reduce(arena, matrix, n, factor);
  const { rows, diagonal, offDiagonal, betas } = reduced;
  const copies = {
    rows: rows.slice(),
    diagonal: diagonal.slice(),
    offDiagonal: offDiagonal.slice(),
    betas: betas.slice(),
  };
  arena.release();
  return copies;
}

/** As tridiagonalisation and numerics/ql-iteration.ts together: values unsorted, vectors as rows. */
export function compiledEigen(matrix: Float64Array, n: number, factor: number) {
  const arena = Arena.borrow(2 * n * n + 6 * n, 6);
  const { rows, diagonal, offDiagonal, betas } = reduce(arena, matrix, n, factor);
  const basis = arena.floats(n * n);
  arena.loops.transposed_basis(rows.byteOffset, betas.byteOffset, basis.byteOffset, n);
  return iterated(arena, diagonal, offDiagonal, basis);
}

/** As numerics/ql-iteration.ts from the unit matrix. */
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

/** As numerics/secular.ts. */
export function compiledSecularEigen(d: Float64Array, z: Float64Array, rho: number, count: number) {
  const k = d.length;
  const arena = Arena.borrow(k * k + count * k + 6 * k, 6);
  const [values, poles, weights] = [arena.floats(k), arena.floats(k), arena.floats(k)];
  const [work, vectors, apart] = [arena.floats(3 * k), arena.floats(count * k), arena.floats(k * k)];
  poles.set(d);
  weights.set(z);
  arena.loops.secular_eigen(
    poles.byteOffset,
    weights.byteOffset,
    rho,
    k,
    count,
    values.byteOffset,
    vectors.byteOffset,
    apart.byteOffset,
    work.byteOffset,
  );
  const copies = { values: values.slice(), vectors: vectors.slice() };
  arena.release();
  return copies;
}

/** The lower factor L, zero above its diagonal; null when A is not positive definite. */
export function compiledCholesky(matrix: Float64Array, n: number): Float64Array | null {
  const arena = Arena.borrow(n * n, 1);
  const a = arena.floats(n * n);
  a.set(matrix);
  const positive = arena.loops.cholesky(a.byteOffset, n) === 1;
  for (let i = 0; i < n; i++) a.fill(0, i * n + i + 1, i * n + n);
  const factor = positive ? a.slice() : null;
  arena.release();
  return factor;
}

/** L⁻¹ of a lower triangle. */
export function compiledInvertLower(lower: Float64Array, n: number): Float64Array {
  const arena = Arena.borrow(2 * n * n, 2);
  const l = arena.floats(n * n);
  l.set(lower);
  const inverse = arena.floats(n * n).fill(0);
  arena.loops.invert_lower(l.byteOffset, inverse.byteOffset, n);
  const copy = inverse.slice();
  arena.release();
  return copy;
}

function reduce(arena: Arena, matrix: Float64Array, n: number, factor: number) {
  const rows = arena.floats(n * n);
  for (let i = 0; i < n; i++)
    for (let at = i * n; at <= i * n + i; at++) rows[at] = (matrix[at] as number) * factor;
  const [diagonal, offDiagonal, betas] = [arena.floats(n), arena.floats(n), arena.floats(n)];
  const work = arena.floats(3 * n);
  arena.loops.tridiagonalise(
    rows.byteOffset,
    n,
    diagonal.byteOffset,
    offDiagonal.byteOffset,
    betas.byteOffset,
    work.byteOffset,
  );
  return { rows, diagonal, offDiagonal, betas };
}

/** Iterates, and gives the arena back. */
function iterated(arena: Arena, d: Float64Array, e: Float64Array, basis: Float64Array) {
  const converged = arena.loops.ql_iterate(d.byteOffset, e.byteOffset, basis.byteOffset, d.length) === 1;
  const copies = { values: d.slice(), rows: basis.slice() };
  arena.release();
  if (!converged) throw new Error(`eigenvalues of ${d.length} rows did not converge`);
  return copies;
}
