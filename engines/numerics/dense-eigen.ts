/**
 * Eigen-decomposition of larger symmetric matrices: compiled tridiagonalisation, divide and conquer, and
 * the reflectors applied in blocks, so that most of the work is matrix products. symmetric-eigen.ts is the
 * plain way, and the oracle of this one. Source of the blocked form: Puglisi 1992; Golub and Van Loan 5.2.3.
 */
import { compiledInvertLower, compiledTridiagonalise } from "../kernels/compiled/factors.js";
import type { Kernels } from "../kernels/index.js";
import { tridiagonalEigen } from "./divide-and-conquer.js";
import { toFloat64 } from "./float-tensors.js";
import { type Eigen, symmetricEigen } from "./symmetric-eigen.js";

/** Below this the plain way is as fast: at 40 both take 0.3 ms. */
const sizeMinimum = 40;

/**
 * All eigenvalues and the vectors of the `count` largest, as rows [count,n]; reads the lower triangle.
 * @param kernels in float64, or null for the plain way
 */
export async function eigen(
  matrix: Float64Array,
  n: number,
  kernels: Kernels | null,
  count = n,
): Promise<Eigen> {
  const scale = largestMagnitude(matrix);
  if (kernels === null || n < sizeMinimum || scale === 0) {
    const { values, vectors } = symmetricEigen(matrix, n);
    return { values, vectors: vectors.slice(0, count * n) };
  }
  const { rows, diagonal, offDiagonal, betas } = compiledTridiagonalise(
    matrix.map((value) => value / scale),
    n,
  );
  const { values, vectors } = await tridiagonalEigen(diagonal, offDiagonal, kernels, count);
  const turned = await reflected(vectors, rows, betas, n, count, kernels);
  const descending = new Float64Array(count * n);
  for (let i = 0; i < count; i++) {
    const from = (count - 1 - i) * n;
    descending.set(turned.subarray(from, from + n), i * n);
  }
  return { values: values.reverse().map((value) => value * scale), vectors: descending };
}

/** Reflectors a block: 64 rows of 500 meet the vectors in products wide enough to run at full speed. */
const blockRows = 64;

/** Z·H₁·H₂ ⋯ for rows Z, a block of reflectors at a time: I − Vᵀ·T·V with T⁻¹ = diag(1/β) + triu(VVᵀ). */
async function reflected(
  z: Float64Array,
  rows: Float64Array,
  betas: Float64Array,
  n: number,
  count: number,
  kernels: Kernels,
): Promise<Float64Array> {
  const used = Array.from(betas.keys()).filter((i) => betas[i] !== 0);
  const out = z.slice();
  for (let from = 0; from < used.length; from += blockRows) {
    const block = used.slice(from, from + blockRows);
    const size = block.length;
    const v = new Float64Array(size * n);
    block.forEach((i, r) => {
      v.set(rows.subarray(i * n, i * n + i), r * n);
    });
    const inverse = toFloat64(await kernels.matmulTransposed(v, v, size, n, size));
    block.forEach((i, r) => {
      inverse[r * size + r] = 1 / (betas[i] as number);
    });
    const factor = compiledInvertLower(inverse, size);
    const along = await kernels.matmulTransposed(out, v, count, n, size);
    const scaled = await kernels.matmulTransposed(along, factor, count, size, size);
    const taken = await kernels.matmul(scaled, v, count, size, n);
    for (let at = 0; at < out.length; at++) out[at] = (out[at] as number) - (taken[at] as number);
  }
  return out;
}

function largestMagnitude(matrix: Float64Array): number {
  let largest = 0;
  for (let at = 0; at < matrix.length; at++) largest = Math.max(largest, Math.abs(matrix[at] as number));
  return largest;
}
