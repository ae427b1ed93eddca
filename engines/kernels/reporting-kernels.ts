/**
 * Kernels that can be cancelled: they report the work that they are about to do before each call, and within a long
 * product before each piece of its rows.
 */
import { gramLessMeans } from "./gram-less-means.js";
import type { Floats, Kernels, NearestCentres } from "./kernels.js";
import { PlainPoints, seenFrom } from "./plain-points.js";
import type { Origin, Points } from "./points.js";
import { reportInPieces, type WorkReporter, workPerReport } from "./work-reporter.js";

/**
 * Limit on the multiply-adds of a product in one piece: 50 to 200 ms at the 10 to 40 thousand million a second of one
 * to four cores. A multiply-add of a product takes an eighth of the time of one in plain loops.
 */
const productPiece = 8 * workPerReport * 8;
const productShare = 8;

/**
 * Wraps kernels so that they call `reportWork` before they work.
 * @param piece limit on the multiply-adds of a product in one call; set in tests
 */
export function reportingKernels(kernels: Kernels, reportWork: WorkReporter, piece = productPiece): Kernels {
  const product = (operations: number) => reportInPieces(reportWork, operations / productShare);

  /** Rows [m,out] of a product, computed by `part` on pieces of the rows of A [m,k]. */
  async function byRows(
    a: Floats,
    [m, k, out]: readonly [m: number, k: number, out: number],
    each: number,
    part: (a: Floats, rows: number) => Promise<Floats>,
  ): Promise<Floats> {
    const rows = Math.max(1, Math.floor(piece / each));
    if (rows >= m) {
      product(m * each);
      return part(a, m);
    }
    let whole: Floats | undefined;
    for (let from = 0; from < m; from += rows) {
      const count = Math.min(rows, m - from);
      product(count * each);
      const found = await part(a.subarray(from * k, (from + count) * k), count);
      whole ??= found instanceof Float32Array ? new Float32Array(m * out) : new Float64Array(m * out);
      whole.set(found, from * out);
    }
    return whole ?? new Float64Array(0);
  }

  /** The Gram matrix of rows that are generated piece by piece. */
  async function gram(rowsOf: (from: number, to: number) => Floats, n: number, p: number): Promise<Floats> {
    const rows = Math.max(1, Math.floor(piece / (p * p)));
    let sum: Floats | undefined;
    for (let from = 0; from < n; from += rows) {
      const to = Math.min(n, from + rows);
      product((to - from) * p * p);
      const part = await kernels.gram(rowsOf(from, to), to - from, p);
      if (sum === undefined) sum = part;
      else for (let at = 0; at < sum.length; at++) sum[at] = (sum[at] as number) + (part[at] as number);
    }
    return sum ?? new Float64Array(p * p);
  }

  async function centredGram(x: Floats, n: number, p: number, means: Origin): Promise<Floats> {
    if (n * p * p <= piece) {
      product(n * p * p);
      return kernels.centredGram(x, n, p, means);
    }
    const rowsOf = (from: number, to: number) => x.subarray(from * p, to * p);
    const less =
      kernels.precision === "FP64" ? gramLessMeans(await gram(rowsOf, n, p), means, n, p) : undefined;
    return less ?? gram((from, to) => seenFrom(means, rowsOf(from, to), to - from, p), n, p);
  }

  async function nearestCentre(
    x: Floats,
    centres: Floats,
    n: number,
    k: number,
    p: number,
  ): Promise<NearestCentres> {
    const rows = Math.max(1, Math.floor(workPerReport / (k * p)));
    const [labels, distances] = [new Int32Array(n), new Float64Array(n)];
    for (let from = 0; from < n; from += rows) {
      const to = Math.min(n, from + rows);
      reportWork((to - from) * k * p);
      const part = await kernels.nearestCentre(x.subarray(from * p, to * p), centres, to - from, k, p);
      labels.set(part.labels, from);
      distances.set(part.distances, from);
    }
    return { labels, distances };
  }

  const watched: Omit<Kernels, "points"> = {
    name: kernels.name,
    precision: kernels.precision,
    mode: kernels.mode,
    fallbacks: kernels.fallbacks,
    gram: (x, n, p) => gram((from, to) => x.subarray(from * p, to * p), n, p),
    centredGram,
    scatter: (x, n, p) => {
      if (n * p * p > piece) return undefined; // it is one call, which cannot be cancelled
      product(n * p * p);
      return kernels.scatter?.(x, n, p);
    },
    matmul: (a, b, m, k, n) =>
      byRows(a, [m, k, n], k * n, (part, rows) => kernels.matmul(part, b, rows, k, n)),
    matmulTransposed: (a, b, m, k, n) =>
      byRows(a, [m, k, n], k * n, (part, rows) => kernels.matmulTransposed(part, b, rows, k, n)),
    reflect: (z, v, t, m, n, k) =>
      byRows(z, [m, n, n], 2 * n * k, (part, rows) => kernels.reflect(part, v, t, rows, n, k)),
    squaredDistances: (x, y, n, m, p) =>
      byRows(x, [n, p, m], m * p, (part, rows) => kernels.squaredDistances(part, y, rows, m, p)),
    nearestCentre,
    destroy: () => kernels.destroy(),
  };
  const points = (x: Floats, n: number, p: number, k: number, origin: Origin): Points =>
    kernels.name === "ort"
      ? kernels.points(x, n, p, k, origin, reportWork)
      : new PlainPoints(watched, x, n, p, origin);
  return { ...watched, points };
}
