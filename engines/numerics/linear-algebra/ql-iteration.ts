/** The implicit QL iteration on a symmetric tridiagonal matrix. Source: Bowdler and others 1968 (EISPACK tql2). */
import { ignoreWork, reportInPieces, type WorkReporter } from "../../kernels/index.js";
import { RotationQueue } from "./plane-rotations.js";

/** More sweeps than any matrix needs for one eigenvalue; EISPACK allows 30. */
const sweepsMaximum = 60;

/**
 * Replaces the tridiagonal matrix by its eigenvalues (in `d`, unsorted) and applies the same rotations to the rows of
 * `vectors`. On entry `e[i]` is the element between `d[i-1]` and `d[i]`.
 */
export function qlIterate(
  d: Float64Array,
  e: Float64Array,
  vectors: Float64Array,
  n: number,
  reportWork: WorkReporter = ignoreWork,
): void {
  const rotations = new RotationQueue(vectors, n);
  e.copyWithin(0, 1);
  e[n - 1] = 0;
  let shift = 0;
  let largest = 0;
  for (let l = 0; l < n; l++) {
    largest = Math.max(largest, Math.abs(d[l] as number) + Math.abs(e[l] as number));
    const negligible = Number.EPSILON * largest;
    let m = l;
    while (Math.abs(e[m] as number) > negligible) m++;
    for (let sweep = 0; m > l && Math.abs(e[l] as number) > negligible; sweep++) {
      if (sweep === sweepsMaximum) throw new Error(`eigenvalue ${l} of ${n} did not converge`);
      reportInPieces(reportWork, 4 * (m - l) * n);
      shift += applyShift(d, e, l, n);
      qlSweep(d, e, l, m, rotations);
    }
    d[l] = (d[l] as number) + shift;
  }
  rotations.flush();
}

/** Applies Wilkinson's shift to the diagonal elements from l on; returns the number that was subtracted. */
function applyShift(d: Float64Array, e: Float64Array, l: number, n: number): number {
  const before = d[l] as number;
  const offDiagonal = e[l] as number;
  const half = ((d[l + 1] as number) - before) / (2 * offDiagonal);
  const root = half < 0 ? -Math.sqrt(half * half + 1) : Math.sqrt(half * half + 1);
  d[l] = offDiagonal / (half + root);
  d[l + 1] = offDiagonal * (half + root);
  const subtracted = before - (d[l] as number);
  for (let i = l + 2; i < n; i++) d[i] = (d[i] as number) - subtracted;
  return subtracted;
}

/**
 * One QL sweep from row m up to row l. Names follow tql2: c2, c3 and s2 are the cosines and the sine of the rotations
 * before the last, which the final step needs.
 */
function qlSweep(d: Float64Array, e: Float64Array, l: number, m: number, rotations: RotationQueue): void {
  const dl1 = d[l + 1] as number;
  const el1 = e[l + 1] as number;
  let p = d[m] as number;
  let c = 1;
  let c2 = 1;
  let c3 = 1;
  let s = 0;
  let s2 = 0;
  for (let i = m - 1; i >= l; i--) {
    c3 = c2;
    c2 = c;
    s2 = s;
    const ei = e[i] as number;
    const di = d[i] as number;
    const g = c * ei;
    const h = c * p;
    const r = Math.sqrt(p * p + ei * ei);
    e[i + 1] = s * r;
    s = ei / r;
    c = p / r;
    p = c * di - s * g;
    d[i + 1] = h + s * (c * g + s * di);
    rotations.push(i, c, s);
  }
  p = (-s * s2 * c3 * el1 * (e[l] as number)) / dl1;
  e[l] = s * p;
  d[l] = c * p;
}
