/** Householder reflectors, applied to rows in blocks, so that most of the work is matrix products. */
import { compiledInvertLower } from "../../kernels/compiled/factors.js";
import type { Kernels } from "../../kernels/index.js";
import { toFloat64 } from "../float-tensors.js";

/** The reflector I − β·v·vᵀ. v is `vector` from column `at` on, and zero elsewhere. */
export interface Reflector {
  readonly vector: Float64Array;
  readonly at: number;
  /** The factor β, which is not 0. */
  readonly beta: number;
}

/**
 * The number of reflectors in a block: enough for matrix products at full speed, and few enough that inverting T⁻¹ is
 * cheap.
 */
const blockRows = 100;

/**
 * Z·H₁·H₂ ⋯ for rows Z [count,n] and reflectors H. A block of them is applied at once, as I − Vᵀ·T·V with T⁻¹ =
 * diag(1/β) + triu(VVᵀ), where the rows of V are the block's vectors v. Source: Puglisi 1992.
 */
export async function reflectRows(
  z: Float64Array,
  reflectors: readonly Reflector[],
  n: number,
  count: number,
  kernels: Kernels,
): Promise<Float64Array> {
  let out = z;
  for (let from = 0; from < reflectors.length; from += blockRows) {
    const block = reflectors.slice(from, from + blockRows);
    const size = block.length;
    const v = new Float64Array(size * n);
    block.forEach(({ vector, at }, r) => {
      v.set(vector, r * n + at);
    });
    const inverse = toFloat64(await kernels.matmulTransposed(v, v, size, n, size));
    block.forEach(({ beta }, r) => {
      inverse[r * size + r] = 1 / beta;
    });
    out = toFloat64(await kernels.reflect(out, v, compiledInvertLower(inverse, size), count, n, size));
  }
  return out;
}
