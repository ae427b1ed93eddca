/**
 * Eigen-decomposition of larger symmetric matrices: compiled tridiagonalisation, divide and conquer, and reflectors
 * applied in blocks, so that most of the work is matrix products. symmetric-eigen.ts computes the same in plain
 * loops, and is the oracle in the tests. Source of the blocked form: Puglisi 1992; Golub and Van Loan 5.2.3.
 */
import { compiledEigen, compiledTridiagonalise } from "../../kernels/compiled/factors.js";
import { ignoreWork, type Kernels, type WorkReporter } from "../../kernels/index.js";
import type { FitContext } from "../fit.js";
import { tridiagonalEigen } from "./divide-and-conquer.js";
import { reflectRows } from "./reflectors.js";
import { type Eigen, symmetricEigen } from "./symmetric-eigen.js";

/** Up to this size the compiled QL iteration is faster than divide and conquer with its calls of matrix products. */
const qlMaximum = 100;

/** The float64 backend for factorisations; null where only plain loops are available. */
export function factorKernels({ kernels, factors }: FitContext): Kernels | null {
  return factors ?? (kernels.name === "ort" && kernels.precision === "FP64" ? kernels : null);
}

/**
 * All eigenvalues and the eigenvectors of the `count` largest, as rows [count,n]; reads only the lower triangle.
 * @param kernels a float64 backend, or null for plain loops
 */
export async function eigen(
  matrix: Float64Array,
  n: number,
  kernels: Kernels | null,
  count = n,
  reportWork: WorkReporter = ignoreWork,
): Promise<Eigen> {
  return (await eigenUnless(() => false, matrix, n, kernels, count, reportWork)) as Eigen;
}

/** Decides from a tridiagonal matrix alone whether the caller has no use for its eigenvalues. */
export type Unwanted = (diagonal: Float64Array, off: Float64Array) => boolean;

/**
 * As `eigen`, but answers null as soon as `unwanted` rejects the tridiagonal matrix. Without a backend, and for
 * matrices of up to `qlMaximum` rows, `unwanted` is not called.
 */
export async function eigenUnless(
  unwanted: Unwanted,
  matrix: Float64Array,
  n: number,
  kernels: Kernels | null,
  count: number,
  reportWork: WorkReporter = ignoreWork,
): Promise<Eigen | null> {
  const scale = largestMagnitude(matrix);
  if (kernels === null || !Number.isFinite(1 / scale)) {
    const { values, vectors } = symmetricEigen(matrix, n, reportWork);
    return { values, vectors: vectors.slice(0, count * n) };
  }
  if (n <= qlMaximum) return smallEigen(matrix, n, scale, count);
  const { rows, diagonal, offDiagonal, betas } = compiledTridiagonalise(matrix, n, 1 / scale, reportWork);
  // The largest element of the scaled matrix is 1. An off-diagonal element of at most ε changes no eigenvalue beyond
  // its last digit, and its square may underflow: it becomes 0.
  for (let i = 0; i < n; i++) if (Math.abs(offDiagonal[i] as number) <= Number.EPSILON) offDiagonal[i] = 0;
  if (unwanted(diagonal, offDiagonal)) return null;
  const { values, vectors } = await tridiagonalEigen(diagonal, offDiagonal, kernels, count, reportWork);
  const used = Array.from(betas.keys()).filter((i) => betas[i] !== 0);
  const row = (i: number) => ({ vector: rows.subarray(i * n, i * n + i), at: 0, beta: betas[i] as number });
  const turned = await reflectRows(vectors, used.map(row), n, count, kernels);
  const descending = new Float64Array(count * n);
  for (let i = 0; i < count; i++) {
    const from = (count - 1 - i) * n;
    descending.set(turned.subarray(from, from + n), i * n);
  }
  return { values: values.reverse().map((value) => value * scale), vectors: descending };
}

function smallEigen(matrix: Float64Array, n: number, scale: number, count: number): Eigen {
  const { values, rows } = compiledEigen(matrix, n, 1 / scale);
  const order = Array.from(values.keys()).sort((a, b) => (values[b] as number) - (values[a] as number));
  const vectors = new Float64Array(count * n);
  for (let to = 0; to < count; to++) {
    const from = (order[to] as number) * n;
    vectors.set(rows.subarray(from, from + n), to * n);
  }
  return { values: Float64Array.from(order, (at) => (values[at] as number) * scale), vectors };
}

function largestMagnitude(matrix: Float64Array): number {
  let largest = 0;
  for (let at = 0; at < matrix.length; at++) largest = Math.max(largest, Math.abs(matrix[at] as number));
  return largest;
}
