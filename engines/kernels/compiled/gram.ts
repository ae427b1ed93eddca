/**
 * The Gram matrix of few columns in the compiled loops: rows are centred, transposed and multiplied while they are in
 * the cache.
 */
import { gramLessMeans } from "../gram-less-means.js";
import type { Floats, Scatter } from "../kernels.js";
import type { Origin } from "../points.js";
import { Arena } from "./loops.js";

/**
 * Number of columns up to which the compiled loops are faster than ONNX Runtime's product: 252×50 took 0.10 ms
 * against 0.17, and 100,000×16 took 5.1 ms against 20 with the centred copy that ONNX Runtime needs (3.4 ms with the
 * means in the same pass). With more columns ONNX Runtime's blocking is faster.
 */
export const compiledColumnsMaximum = 64;

/** Numbers in a panel. A panel and its transposed copy take 32 kB. */
const panelNumbers = 2_048;

/** XᵀX [p,p] of X [n,p] minus the origin, in float64. */
export function compiledGram(x: Floats, n: number, p: number, origin: Origin): Float64Array {
  return inPanels(x, n, p, origin).gram;
}

/**
 * The column means of X [n,p] and XᵀX [p,p] of X minus them, in one pass about a point near the means. Undefined where
 * the first rows are so far from the means that digits would be lost.
 */
export function compiledScatter(x: Floats, n: number, p: number): Scatter | undefined {
  const about = firstMeans(x, Math.min(n, firstRows), p);
  const { gram, sums } = inPanels(x, n, p, { base: about, rest: new Float64Array(p) });
  const apart = sums.map((sum) => sum / n);
  const centred = gramLessMeans(gram, { base: apart, rest: about }, n, p);
  return centred && { about, apart, gram: centred };
}

/** Rows whose means are near those of all rows: within a tenth of a standard deviation where rows are independent. */
const firstRows = 128;

/** The means of the first rows, as deviations from the first one: of a constant column that is its number exactly. */
function firstMeans(x: Floats, rows: number, p: number): Float64Array {
  const sums = new Float64Array(p);
  for (let row = p; row < rows * p; row += p)
    for (let j = 0; j < p; j++) sums[j] = (sums[j] as number) + ((x[row + j] as number) - (x[j] as number));
  return sums.map((sum, j) => (x[j] as number) + sum / rows);
}

/** XᵀX of X minus the origin, and the sums of X's columns minus the origin. */
function inPanels(x: Floats, n: number, p: number, { base, rest }: Origin) {
  const rows = Math.max(8, Math.floor(panelNumbers / p) & ~1);
  const arena = Arena.borrow(2 * rows * p + 3 * p + p * p, 6);
  const panel = arena.floats(rows * p);
  const columns = arena.floats(rows * p);
  const [held, left] = [arena.floats(p), arena.floats(p)];
  held.set(base);
  left.set(rest);
  const gram = arena.floats(p * p).fill(0);
  const sums = arena.floats(p).fill(0);
  for (let from = 0; from < n; from += rows) {
    const count = Math.min(rows, n - from);
    panel.set(x.subarray(from * p, (from + count) * p));
    arena.loops.add_scatter(
      panel.byteOffset,
      count,
      p,
      held.byteOffset,
      left.byteOffset,
      columns.byteOffset,
      gram.byteOffset,
      sums.byteOffset,
    );
  }
  for (let j = 1; j < p; j++) for (let k = 0; k < j; k++) gram[j * p + k] = gram[k * p + j] as number;
  const out = { gram: gram.slice(), sums: sums.slice() };
  arena.release();
  return out;
}
