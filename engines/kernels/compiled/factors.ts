/** The compiled factorisations of p×p matrices, in float64. Each copies its matrix in and its result out. */
import { Arena } from "./loops.js";

/** As numerics/tridiagonal.ts, of the matrix times `factor`, with the reflectors in `rows`. */
export function compiledTridiagonalise(matrix: Float64Array, n: number, factor: number) {
  const arena = new Arena(n * n + 6 * n, 5);
  const a = arena.floats(n * n);
  for (let i = 0; i < n; i++)
    for (let at = i * n; at <= i * n + i; at++) a[at] = (matrix[at] as number) * factor;
  const diagonal = arena.floats(n);
  const off = arena.floats(n);
  const betas = arena.floats(n);
  const work = arena.floats(3 * n);
  arena.loops.tridiagonalise(
    a.byteOffset,
    n,
    diagonal.byteOffset,
    off.byteOffset,
    betas.byteOffset,
    work.byteOffset,
  );
  return { rows: a, diagonal, offDiagonal: off, betas };
}

/** As tridiagonalisation and numerics/ql-iteration.ts together: values unsorted, vectors as rows. */
export function compiledEigen(matrix: Float64Array, n: number, factor: number) {
  const arena = new Arena(2 * n * n + 6 * n, 6);
  const a = arena.floats(n * n);
  for (let at = 0; at < n * n; at++) a[at] = (matrix[at] as number) * factor;
  const rows = arena.floats(n * n);
  const [d, e, betas, work] = [arena.floats(n), arena.floats(n), arena.floats(n), arena.floats(3 * n)];
  const { loops } = arena;
  loops.tridiagonalise(a.byteOffset, n, d.byteOffset, e.byteOffset, betas.byteOffset, work.byteOffset);
  loops.transposed_basis(a.byteOffset, betas.byteOffset, rows.byteOffset, n);
  if (loops.ql_iterate(d.byteOffset, e.byteOffset, rows.byteOffset, n) === 0)
    throw new Error(`eigenvalues of ${n} rows did not converge`);
  return { values: d, rows };
}

/** As numerics/ql-iteration.ts from the unit matrix. */
export function compiledTridiagonalEigen(diagonal: Float64Array, off: Float64Array) {
  const n = diagonal.length;
  const arena = new Arena(n * n + 2 * n, 3);
  const rows = arena.floats(n * n);
  for (let i = 0; i < n; i++) rows[i * n + i] = 1;
  const [d, e] = [arena.floats(n), arena.floats(n)];
  d.set(diagonal);
  e.set(off);
  if (arena.loops.ql_iterate(d.byteOffset, e.byteOffset, rows.byteOffset, n) === 0)
    throw new Error(`eigenvalues of ${n} rows did not converge`);
  return { values: d, rows };
}

/** As numerics/secular.ts. */
export function compiledSecularEigen(d: Float64Array, z: Float64Array, rho: number, count: number) {
  const k = d.length;
  const arena = new Arena(k * k + count * k + 6 * k, 6);
  const [values, poles, weights, work] = [
    arena.floats(k),
    arena.floats(k),
    arena.floats(k),
    arena.floats(3 * k),
  ];
  const vectors = arena.floats(count * k);
  const apart = arena.floats(k * k);
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
  return { values, vectors };
}

/** The lower factor L, zero above its diagonal; null when A is not positive definite. */
export function compiledCholesky(matrix: Float64Array, n: number): Float64Array | null {
  const arena = new Arena(n * n, 1);
  const a = arena.floats(n * n);
  a.set(matrix);
  if (arena.loops.cholesky(a.byteOffset, n) === 0) return null;
  for (let i = 0; i < n; i++) a.fill(0, i * n + i + 1, i * n + n);
  return a;
}

/** L⁻¹ of a lower triangle. */
export function compiledInvertLower(lower: Float64Array, n: number): Float64Array {
  const arena = new Arena(2 * n * n, 2);
  const l = arena.floats(n * n);
  l.set(lower);
  const inverse = arena.floats(n * n);
  arena.loops.invert_lower(l.byteOffset, inverse.byteOffset, n);
  return inverse;
}
