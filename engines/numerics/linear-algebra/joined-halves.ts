/**
 * The steps that eigenvalues and singular values share when two solved halves are joined by a rank-one update: the
 * poles with the vectors of both halves as rows of one matrix, and the matrix products that turn vectors in the
 * poles' coordinates into vectors of the joined matrix.
 */
import type { Kernels } from "../../kernels/index.js";

/**
 * Bits that record in which half's columns a row has nonzero numbers. A rotation during deflation mixes rows of both
 * halves, and such a row has both bits.
 */
export const inFirst = 1;
export const inSecond = 2;

export interface Poles {
  readonly values: Float64Array;
  readonly z: Float64Array;
  /** [n,columns] the vectors of both halves, one a row. */
  readonly rows: Float64Array;
  readonly halves: Uint8Array;
}

/**
 * The product of `vectors` [count,kept] and the kept rows of the poles, computed for each half's columns separately,
 * because most rows are zero in the other half's columns.
 */
export async function products(
  vectors: Float64Array,
  count: number,
  kept: Int32Array,
  { rows, halves }: Poles,
  cut: number,
  kernels: Kernels,
): Promise<Float64Array> {
  const n = rows.length / halves.length;
  const out = new Float64Array(count * n);
  for (const [half, from, to] of [
    [inFirst, 0, cut],
    [inSecond, cut, n],
  ] as const) {
    const used = Int32Array.from(kept.keys()).filter(
      (at) => ((halves[kept[at] as number] as number) & half) > 0,
    );
    if (used.length === 0 || count === 0) continue;
    const width = to - from;
    const left = new Float64Array(count * used.length);
    const right = new Float64Array(used.length * width);
    for (let r = 0; r < count; r++)
      for (let u = 0; u < used.length; u++)
        left[r * used.length + u] = vectors[r * kept.length + (used[u] as number)] as number;
    used.forEach((at, u) => {
      const row = (kept[at] as number) * n;
      right.set(rows.subarray(row + from, row + to), u * width);
    });
    const product = await kernels.matmul(left, right, count, used.length, width);
    for (let r = 0; r < count; r++) out.set(product.subarray(r * width, r * width + width), r * n + from);
  }
  return out;
}

export function ascending(values: Float64Array): Int32Array {
  return Int32Array.from(values.keys()).sort((a, b) => (values[a] as number) - (values[b] as number));
}

export function pick(values: Float64Array, order: Int32Array): Float64Array {
  return Float64Array.from(order, (at) => values[at] as number);
}

export function pickRows(rows: Float64Array, width: number, order: Int32Array): Float64Array {
  const out = new Float64Array(order.length * width);
  order.forEach((from, to) => {
    out.set(rows.subarray(from * width, from * width + width), to * width);
  });
  return out;
}
