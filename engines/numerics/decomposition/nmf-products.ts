/** The products that an update of one factor needs: the other factor with itself, and the other factor with X. */
import type { Kernels } from "../../kernels/index.js";
import { dot } from "../linear-algebra/dot.js";
import type { Products } from "./nmf-updates.js";

export interface NmfSamples {
  readonly x: Float64Array;
  /** [p,n] the transpose of X. */
  readonly flipped: Float64Array;
  readonly n: number;
  readonly p: number;
}

/** The products HHᵀ and HXᵀ, for an update of W. */
export async function productsOfParts(
  { flipped, n, p }: NmfSamples,
  parts: Float64Array,
  k: number,
  kernels: Kernels,
): Promise<Products> {
  return { gram: rowProducts(parts, k, p), cross: await kernels.matmul(parts, flipped, k, p, n) };
}

/** The products WᵀW and WᵀX, for an update of H. */
export async function productsOfWeights(
  { x, n, p }: NmfSamples,
  weights: Float64Array,
  k: number,
  kernels: Kernels,
): Promise<Products> {
  return { gram: rowProducts(weights, k, n), cross: await kernels.matmul(weights, x, k, n, p) };
}

/** The product AAᵀ [k,k] of A [k,m]. */
function rowProducts(a: Float64Array, k: number, m: number): Float64Array {
  const out = new Float64Array(k * k);
  for (let i = 0; i < k; i++) {
    for (let j = 0; j <= i; j++) {
      const value = dot(a, i * m, a, j * m, m);
      out[i * k + j] = value;
      out[j * k + i] = value;
    }
  }
  return out;
}
