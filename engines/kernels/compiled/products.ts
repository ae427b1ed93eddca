/** Small matrix products in the compiled loops: they take less time than a call of ONNX Runtime. */
import type { Floats } from "../kernels.js";
import { Arena } from "./loops.js";

/** ABᵀ [m,n] of A [m,k] and B [n,k], in float64. */
export function compiledRowProducts(a: Floats, b: Floats, m: number, k: number, n: number): Float64Array {
  const even = k + (k & 1);
  const arena = Arena.borrow((m + n) * even + m * n, 3);
  const [left, right] = [rowsIn(arena, a, m, k, even), rowsIn(arena, b, n, k, even)];
  const out = arena.floats(m * n);
  arena.loops.row_products(left.byteOffset, right.byteOffset, m, n, even, out.byteOffset, n);
  const copy = out.slice();
  arena.release();
  return copy;
}

/** Copies rows of k numbers, each padded with a zero where k is odd. */
function rowsIn(arena: Arena, rows: Floats, count: number, k: number, even: number): Float64Array {
  const held = arena.floats(count * even);
  if (even === k) {
    held.set(rows);
    return held;
  }
  for (let r = 0; r < count; r++) {
    held.set(rows.subarray(r * k, (r + 1) * k), r * even);
    held[r * even + k] = 0;
  }
  return held;
}
