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
