/**
 * The compiled Householder reductions for the SVD. They copy the matrix into WebAssembly memory and the results out
 * of it.
 */
import { ignoreWork, type WorkReporter } from "../work-reporter.js";
import { linesAtOnce } from "./factors.js";
import { Arena } from "./loops.js";

export interface Bidiagonal {
  /** [n] */
  readonly diagonal: Float64Array;
  /** [n] element i is right of diagonal element i; the last is 0. */
  readonly above: Float64Array;
  /** [m,n] row i holds, behind its diagonal, the vector v of the reflector I − β·v·vᵀ of the columns. */
  readonly rows: Float64Array;
  /** [n] the reflectors' factors β; 0 where none was needed. */
  readonly betas: Float64Array;
}

/**
 * B = UᵀAV, upper bidiagonal, of A [m,n] with m ≥ n, multiplied by `factor`. Only the reflectors that make V are
 * kept.
 */
export function compiledBidiagonalise(
  matrix: Float64Array,
  m: number,
  n: number,
  factor: number,
  reportWork: WorkReporter = ignoreWork,
): Bidiagonal {
  const arena = Arena.borrow(m * n + 3 * m + 6 * n, 5);
  try {
    const rows = arena.floats(m * n);
    for (let at = 0; at < m * n; at++) rows[at] = (matrix[at] as number) * factor;
    const [diagonal, above, betas] = [arena.floats(n), arena.floats(n), arena.floats(n)];
    const work = arena.floats(3 * m + 3 * n).fill(0);
    const step = linesAtOnce(m);
    for (let from = 0; from < n; from += step) {
      const to = Math.min(n, from + step);
      reportWork((to - from) * 4 * (m - from) * (n - from));
      arena.loops.bidiagonalise(
        rows.byteOffset,
        m,
        n,
        from,
        to,
        diagonal.byteOffset,
        above.byteOffset,
        betas.byteOffset,
        work.byteOffset,
      );
    }
    return {
      diagonal: diagonal.slice(),
      above: above.slice(),
      rows: rows.slice(),
      betas: betas.slice(),
    };
  } finally {
    arena.release();
  }
}

/**
 * Reduces rows [count,length] to a lower triangle in place, by reflectors of the columns; the rows' diagonal starts
 * at column `at`. Row i then holds the triangle up to its diagonal, and behind it the vector of its reflector.
 */
export function compiledTriangulariseRows(
  rows: Float64Array,
  length: number,
  at: number,
): { readonly diagonal: Float64Array; readonly betas: Float64Array } {
  const count = rows.length / length;
  const width = length - at;
  const arena = Arena.borrow(count * width + 2 * count, 3);
  const a = arena.floats(count * width);
  const [diagonal, betas] = [arena.floats(count), arena.floats(count)];
  for (let r = 0; r < count; r++) a.set(rows.subarray(r * length + at, r * length + length), r * width);
  arena.loops.triangularise_rows(a.byteOffset, width, 0, count, diagonal.byteOffset, betas.byteOffset);
  for (let r = 0; r < count; r++) rows.set(a.subarray(r * width, r * width + width), r * length + at);
  const copies = { diagonal: diagonal.slice(), betas: betas.slice() };
  arena.release();
  return copies;
}
