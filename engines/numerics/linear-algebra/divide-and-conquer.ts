/**
 * Eigenvalues and eigenvectors of a symmetric tridiagonal matrix by Cuppen's divide and conquer: the two halves are
 * solved separately and joined by a rank-one update, so that nearly all the work is matrix products, which the
 * kernels compute fast. Each vector is a row. Source: Cuppen 1981; Rutter 1994 (LAPACK's dstedc, dlaed1 to dlaed3).
 */
import { compiledTridiagonalEigen } from "../../kernels/compiled/factors.js";
import { compiledSecularEigen } from "../../kernels/compiled/secular.js";
import { ignoreWork, type Kernels, type WorkReporter } from "../../kernels/index.js";
import { ascending, inFirst, inSecond, type Poles, pick, pickRows, products } from "./joined-halves.js";
import { rotate } from "./plane-rotations.js";

export interface TridiagonalEigen {
  /** [n] the eigenvalues, ascending. */
  readonly values: Float64Array;
  /** [count,n] one unit vector a row: the eigenvectors of the `count` largest values. */
  readonly vectors: Float64Array;
}

/** Matrices of up to this many rows are solved by the QL iteration, which is faster at that size. */
const leafMaximum = 64;

/**
 * Computes all eigenvalues and the eigenvectors of the `count` largest.
 * @param diagonal [n], overwritten
 * @param off [n] element i is between diagonal elements i − 1 and i; the first is not read
 * @param kernels a float64 backend
 * @param count the number of vectors to compute
 */
export async function tridiagonalEigen(
  diagonal: Float64Array,
  off: Float64Array,
  kernels: Kernels,
  count: number,
  reportWork: WorkReporter = ignoreWork,
): Promise<TridiagonalEigen> {
  const n = diagonal.length;
  if (n <= leafMaximum) return leaf(diagonal, off, count);
  const cut = n >>> 1;
  const coupling = off[cut] as number;
  diagonal[cut - 1] = (diagonal[cut - 1] as number) - Math.abs(coupling);
  diagonal[cut] = (diagonal[cut] as number) - Math.abs(coupling);
  const first = await tridiagonalEigen(
    diagonal.subarray(0, cut),
    off.subarray(0, cut),
    kernels,
    cut,
    reportWork,
  );
  const second = await tridiagonalEigen(
    diagonal.subarray(cut),
    off.subarray(cut),
    kernels,
    n - cut,
    reportWork,
  );
  return join(first, second, coupling, kernels, count, reportWork);
}

function leaf(diagonal: Float64Array, off: Float64Array, count: number): TridiagonalEigen {
  const n = diagonal.length;
  const { values, rows } = compiledTridiagonalEigen(diagonal, off);
  const order = ascending(values);
  return { values: pick(values, order), vectors: pickRows(rows, n, order.subarray(n - count)) };
}

async function join(
  first: TridiagonalEigen,
  second: TridiagonalEigen,
  coupling: number,
  kernels: Kernels,
  count: number,
  reportWork: WorkReporter,
): Promise<TridiagonalEigen> {
  const cut = first.values.length;
  const n = cut + second.values.length;
  const poles = sortedPoles(first, second, coupling);
  const rho = 2 * Math.abs(coupling);
  const kept = deflate(poles, rho, n);
  const d = pick(poles.values, kept);
  const deflated = new Uint8Array(n).fill(1);
  for (const at of kept) deflated[at] = 0;
  const rest = Int32Array.from(deflated.keys()).filter((at) => deflated[at] === 1);
  const { values, vectors } =
    kept.length === 0
      ? { values: d, vectors: d }
      : compiledSecularEigen(d, pick(poles.z, kept), rho, kept.length, reportWork);
  const all = Float64Array.from([...values, ...pick(poles.values, rest)]);
  const order = ascending(all);
  const wanted = order.subarray(n - count);
  // Only the vectors that the caller asked for are computed; in the last join they may be few.
  const roots = wanted.filter((at) => at < kept.length);
  const joined = await products(
    pickRows(vectors, kept.length, roots),
    roots.length,
    kept,
    poles,
    cut,
    kernels,
  );
  const out = new Float64Array(count * n);
  let next = 0;
  wanted.forEach((at, to) => {
    const source = at < kept.length ? joined : poles.rows;
    const row = at < kept.length ? next++ : (rest[at - kept.length] as number);
    out.set(source.subarray(row * n, row * n + n), to * n);
  });
  return { values: pick(all, order), vectors: out };
}

/**
 * The poles D and the vector z of D + ρzzᵀ, with ‖z‖ = 1, and the eigenvectors of both halves as rows of one matrix.
 */
function sortedPoles(first: TridiagonalEigen, second: TridiagonalEigen, coupling: number): Poles {
  const cut = first.values.length;
  const size = second.values.length;
  const n = cut + size;
  const sign = coupling < 0 ? -1 : 1;
  const values = Float64Array.from([...first.values, ...second.values]);
  const order = ascending(values);
  const rows = new Float64Array(n * n);
  const z = new Float64Array(n);
  const halves = new Uint8Array(n);
  order.forEach((from, to) => {
    const row = to * n;
    if (from < cut) {
      rows.set(first.vectors.subarray(from * cut, from * cut + cut), row);
      z[to] = (rows[row + cut - 1] as number) * Math.SQRT1_2;
      halves[to] = inFirst;
    } else {
      rows.set(second.vectors.subarray((from - cut) * size, (from - cut) * size + size), row + cut);
      z[to] = sign * (rows[row + cut] as number) * Math.SQRT1_2;
      halves[to] = inSecond;
    }
  });
  return { values: pick(values, order), z, rows, halves };
}

/**
 * Returns the indices of the poles that remain in the secular equation, ascending. A pole whose element of z is
 * negligible is an eigenvalue already. Of two poles that are equal but for their last digits, a rotation makes one's
 * element of z zero. Writes the rotated pairs into `poles`.
 */
function deflate({ values, z, rows, halves }: Poles, rho: number, n: number): Int32Array {
  const largest = Math.max(largestMagnitude(values), largestMagnitude(z));
  const negligible = 8 * Number.EPSILON * largest;
  const kept: number[] = [];
  for (let at = 0; at < n; at++) {
    if (rho * Math.abs(z[at] as number) <= negligible) continue;
    const before = kept.at(-1);
    if (before !== undefined && mergeable(values, z, before, at, negligible)) {
      rotateOut(values, z, rows, before, at, n);
      halves[at] = (halves[at] as number) | (halves[before] as number);
      halves[before] = halves[at] as number;
      kept.pop();
    }
    kept.push(at);
  }
  return Int32Array.from(kept);
}

/**
 * Whether the off-diagonal element is negligible that appears when poles i and j are rotated until z is zero at i.
 */
function mergeable(values: Float64Array, z: Float64Array, i: number, j: number, negligible: number): boolean {
  const zi = z[i] as number;
  const zj = z[j] as number;
  const product = (zi * zj) / (zi * zi + zj * zj);
  return Math.abs(((values[j] as number) - (values[i] as number)) * product) <= negligible;
}

/** Rotates poles i and j, and their vectors, so that z becomes zero at i. */
function rotateOut(
  values: Float64Array,
  z: Float64Array,
  rows: Float64Array,
  i: number,
  j: number,
  n: number,
): void {
  const length = Math.hypot(z[i] as number, z[j] as number);
  const c = (z[j] as number) / length;
  const s = (z[i] as number) / length;
  const [di, dj] = [values[i] as number, values[j] as number];
  z[i] = 0;
  z[j] = length;
  values[i] = di * c * c + dj * s * s;
  values[j] = di * s * s + dj * c * c;
  rotate(rows, i * n, j * n, n, c, s);
}

function largestMagnitude(values: Float64Array): number {
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  return largest;
}
