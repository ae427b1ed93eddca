/**
 * The Moore–Penrose inverse of a symmetric matrix, as scipy's pinvh. Cholesky is used where the matrix is conditioned
 * well enough for an accurate inverse, else the eigen-decomposition.
 */
import { compiledCholesky, compiledInvertLower } from "../../kernels/compiled/factors.js";
import { ignoreWork, type Kernels, reportInPieces, type WorkReporter } from "../../kernels/index.js";
import { toFloat64 } from "../float-tensors.js";
import { cholesky, inverseFromFactor } from "./cholesky.js";
import { eigen } from "./dense-eigen.js";
import { type Eigen, symmetricEigen } from "./symmetric-eigen.js";

/**
 * Cholesky is used up to this square of the ratio between the largest and the smallest diagonal element of the
 * factor, which is a lower bound of the condition number.
 */
const conditionMaximum = 1e10;

/**
 * The pseudo-inverse A⁺ [n,n] of a symmetric positive semi-definite A. Eigenvalues of at most n·ε times the largest
 * count as zero.
 */
export function pseudoInverse(
  a: Float64Array,
  n: number,
  reportWork: WorkReporter = ignoreWork,
): Float64Array {
  const factor = cholesky(a, n, reportWork);
  if (factor !== null && diagonalSpread(factor, n) ** 2 <= conditionMaximum)
    return inverseFromFactor(factor, n, reportWork);
  return inverseFromEigen(symmetricEigen(a, n, reportWork), n, reportWork);
}

/** As `pseudoInverse`, on a float64 backend; null: in plain loops. */
export async function pseudoInverseOn(
  kernels: Kernels | null,
  a: Float64Array,
  n: number,
  reportWork: WorkReporter = ignoreWork,
): Promise<Float64Array> {
  if (kernels === null) return pseudoInverse(a, n, reportWork);
  const factor = compiledCholesky(a, n, reportWork);
  if (factor !== null && diagonalSpread(factor, n) ** 2 <= conditionMaximum)
    return toFloat64(await kernels.gram(compiledInvertLower(factor, n, reportWork), n, n));
  return inverseFromEigen(await eigen(a, n, kernels, n, reportWork), n, reportWork);
}

function inverseFromEigen({ values, vectors }: Eigen, n: number, reportWork: WorkReporter): Float64Array {
  const cutoff =
    n * Number.EPSILON * Math.max(Math.abs(values[0] as number), Math.abs(values[n - 1] as number));
  const out = new Float64Array(n * n);
  values.forEach((value, v) => {
    if (Math.abs(value) <= cutoff) return;
    reportInPieces(reportWork, n * n);
    for (let i = 0; i < n; i++) {
      const factor = (vectors[v * n + i] as number) / value;
      for (let j = 0; j < n; j++) {
        out[i * n + j] = (out[i * n + j] as number) + factor * (vectors[v * n + j] as number);
      }
    }
  });
  return out;
}

function diagonalSpread(factor: Float64Array, n: number): number {
  let least = Number.POSITIVE_INFINITY;
  let largest = 0;
  for (let i = 0; i < n; i++) {
    least = Math.min(least, factor[i * n + i] as number);
    largest = Math.max(largest, factor[i * n + i] as number);
  }
  return largest / least;
}
