/** Householder reflectors applied to rows in blocks, so that the work is matrix products. */
import { compiledInvertLower } from "../../kernels/compiled/factors.js";
import type { Kernels } from "../../kernels/index.js";
import { toFloat64 } from "../float-tensors.js";

/** I − β·v·vᵀ, whose v is zero but for `vector`, which begins at column `at`. */
export interface Reflector {
  readonly vector: Float64Array;
  readonly at: number;
  /** Not 0. */
  readonly beta: number;
}

/** Reflectors a block: wide enough for products at full speed, and few enough for small factors. */
const blockRows = 100;

/**
 * Z·H₁·H₂ ⋯ for rows Z [count,n], a block of reflectors at a time: I − Vᵀ·T·V with T⁻¹ = diag(1/β) + triu(VVᵀ).
 * Source: Puglisi 1992.
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
