/** The Gram matrix of few columns in the compiled loops: centred, turned and multiplied while it is in the cache. */
import type { Floats } from "../kernels.js";
import type { Origin } from "../points.js";
import { Arena } from "./loops.js";

/**
 * Columns up to which it wins over a product of ONNX Runtime: 252×50 took 0.10 ms against 0.17, 100,000×16
 * with a centred copy before it 5.1 against 20; beyond, the product's blocking does.
 */
export const compiledColumnsMaximum = 64;

/** Numbers in a panel and, turned over, again: 32 kB. */
const panelNumbers = 2_048;

/** XᵀX [p,p] of X [n,p] seen from the origin, in float64. */
export function compiledGram(x: Floats, n: number, p: number, { base, rest }: Origin): Float64Array {
  const rows = Math.max(8, Math.floor(panelNumbers / p) & ~1);
  const arena = Arena.borrow(2 * rows * p + 2 * p + p * p, 5);
  const panel = arena.floats(rows * p);
  const columns = arena.floats(rows * p);
  const [held, left] = [arena.floats(p), arena.floats(p)];
  held.set(base);
  left.set(rest);
  const gram = arena.floats(p * p).fill(0);
  for (let from = 0; from < n; from += rows) {
    const count = Math.min(rows, n - from);
    panel.set(x.subarray(from * p, (from + count) * p));
    arena.loops.add_gram(
      panel.byteOffset,
      count,
      p,
      held.byteOffset,
      left.byteOffset,
      columns.byteOffset,
      gram.byteOffset,
    );
  }
  for (let j = 1; j < p; j++) for (let k = 0; k < j; k++) gram[j * p + k] = gram[k * p + j] as number;
  const out = gram.slice();
  arena.release();
  return out;
}
