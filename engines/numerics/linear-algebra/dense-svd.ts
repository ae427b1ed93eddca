/**
 * Singular values and right singular vectors of a dense matrix, as backward stable as LAPACK's gesdd: the longer side
 * is reduced to a triangle, and the triangle to a bidiagonal matrix, in compiled loops; divide and conquer solves the
 * bidiagonal matrix; the reflectors are applied in blocks. svd.ts computes the same in plain loops, and is the oracle
 * in the tests. Sources: Golub and Kahan 1965; Gu and Eisenstat 1995; docs/adr/0035.
 */
import { compiledBidiagonalise, compiledTriangulariseRows } from "../../kernels/compiled/bidiagonal.js";
import { ignoreWork, type Kernels, reportInPieces, type WorkReporter } from "../../kernels/index.js";
import { bidiagonalRightSvd } from "./bidiagonal-svd.js";
import { type Reflector, reflectRows } from "./reflectors.js";
import { type RightSvd, rightSvd } from "./svd.js";
import { transpose } from "./transpose.js";

/**
 * Up to this size the Jacobi rotations of svd.ts are faster than the reductions with their calls of matrix products.
 */
const jacobiMaximum = 20;

/**
 * All singular values of A [n,p] and the right singular vectors of the `count` largest, as rows [count,p].
 * @param kernels a float64 backend, or null for plain loops
 */
export async function denseRightSvd(
  a: Float64Array,
  n: number,
  p: number,
  kernels: Kernels | null,
  count = Math.min(n, p),
  reportWork: WorkReporter = ignoreWork,
): Promise<RightSvd> {
  const q = Math.min(n, p);
  const factor = 1 / largestMagnitude(a);
  if (kernels === null || q <= jacobiMaximum || !Number.isFinite(factor)) {
    const { singularValues, vectors } = rightSvd(a, n, p, reportWork);
    return { singularValues, vectors: vectors.slice(0, count * p) };
  }
  if (n >= p && n <= nearSquare * p) return tallRightSvd(a, n, p, factor, kernels, count, reportWork);
  if (n < p && p <= nearSquare * n) {
    const padded = new Float64Array(p * p); // rows of zeros add only singular values of zero, which come last
    padded.set(a);
    const { singularValues, vectors } = await tallRightSvd(padded, p, p, factor, kernels, count, reportWork);
    return { singularValues: singularValues.slice(0, n), vectors };
  }
  const long = n < p ? a.slice() : transpose(a, n, p);
  for (let at = 0; at < long.length; at++) long[at] = (long[at] as number) * factor;
  const { lower, reflectors } = await triangularised(long, q, Math.max(n, p), kernels, reportWork);
  const svd = await tallRightSvd(n < p ? lower : transpose(lower, q, q), q, q, 1, kernels, count, reportWork);
  const singularValues = svd.singularValues.map((value) => value / factor);
  if (n > p) return { singularValues, vectors: svd.vectors };
  const padded = new Float64Array(count * p);
  for (let i = 0; i < count; i++) padded.set(svd.vectors.subarray(i * q, i * q + q), i * p);
  return { singularValues, vectors: await reflectRows(padded, reflectors.reverse(), p, count, kernels) };
}

/** Up to this ratio of the longer to the shorter side, the reduction to a triangle costs more than it saves. */
const nearSquare = 1.1;

/** The decomposition of A [m,n] with m ≥ n. */
async function tallRightSvd(
  a: Float64Array,
  m: number,
  n: number,
  factor: number,
  kernels: Kernels,
  count: number,
  reportWork: WorkReporter,
): Promise<RightSvd> {
  const { diagonal, above, rows, betas } = compiledBidiagonalise(a, m, n, factor, reportWork);
  const { values, vectors } = await bidiagonalRightSvd(diagonal, above, kernels, count, reportWork);
  const reflectors: Reflector[] = [];
  for (let i = n - 1; i >= 0; i--) {
    const beta = betas[i] as number;
    if (beta !== 0) reflectors.push({ vector: rows.subarray(i * n + i + 1, i * n + n), at: i + 1, beta });
  }
  const turned = await reflectRows(vectors, reflectors, n, count, kernels);
  const descending = new Float64Array(count * n);
  for (let i = 0; i < count; i++) {
    const from = (count - 1 - i) * n;
    descending.set(turned.subarray(from, from + n), i * n);
  }
  return { singularValues: values.reverse().map((value) => value / factor), vectors: descending };
}

/**
 * This many rows are reduced in compiled loops before their reflectors are applied to the remaining rows as matrix
 * products.
 */
const panelRows = 32;

/** The lower triangle L of A = [L 0]·Qᵀ for A [q,length], and the reflectors whose product is Q; overwrites A. */
async function triangularised(
  a: Float64Array,
  q: number,
  length: number,
  kernels: Kernels,
  reportWork: WorkReporter,
): Promise<{ lower: Float64Array; reflectors: Reflector[] }> {
  const lower = new Float64Array(q * q);
  const reflectors: Reflector[] = [];
  let left = a; // the rows that are not reduced yet
  for (let done = 0; done < q; done += panelRows) {
    const size = Math.min(panelRows, q - done);
    reportInPieces(reportWork, size * size * (length - done));
    const panel = left.slice(0, size * length);
    const { diagonal, betas } = compiledTriangulariseRows(panel, length, done);
    const own: Reflector[] = [];
    for (let r = 0; r < size; r++) {
      const [row, i] = [r * length, done + r];
      lower.set(panel.subarray(row, row + i), i * q);
      lower[i * q + i] = diagonal[r] as number;
      const beta = betas[r] as number;
      if (beta !== 0) own.push({ vector: panel.subarray(row + i, row + length), at: i, beta });
    }
    reflectors.push(...own);
    const rest = left.subarray(size * length);
    left = rest.length === 0 ? rest : await reflectRows(rest, own, length, q - done - size, kernels);
  }
  return { lower, reflectors };
}

function largestMagnitude(matrix: Float64Array): number {
  let largest = 0;
  for (let at = 0; at < matrix.length; at++) largest = Math.max(largest, Math.abs(matrix[at] as number));
  return largest;
}
