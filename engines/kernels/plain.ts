/**
 * The kernels as typed-array loops in float64. They are the reference of the conformance tests, and the fastest
 * backend for tiny jobs, because they need no setup.
 */
import type { Floats, Kernels, NearestCentres } from "./kernels.js";
import { PlainPoints, seenFrom } from "./plain-points.js";

export function createPlainKernels(): Kernels {
  const kernels: Omit<Kernels, "points"> = {
    name: "plain",
    precision: "FP64",
    mode: "cpu",
    fallbacks: [],
    gram: async (x, n, p) => gram(x, n, p),
    centredGram: async (x, n, p, means) => gram(seenFrom(means, x, n, p), n, p),
    matmul: async (a, b, m, k, n) => matmul(a, b, m, k, n),
    matmulTransposed: async (a, b, m, k, n) => matmulTransposed(a, b, m, k, n),
    reflect: async (z, v, t, m, n, k) => reflect(z, v, t, m, n, k),
    squaredDistances: async (x, y, n, m, p) => squaredDistances(x, y, n, m, p),
    nearestCentre: async (x, centres, n, k, p) => nearestCentre(x, centres, n, k, p),
    destroy: async () => {},
  };
  return { ...kernels, points: (x, n, p, _k, origin) => new PlainPoints(kernels, x, n, p, origin) };
}

/** Rows in a panel: with 500 columns of float64 a panel has 256 kB, which fits the second-level cache. */
const panelRows = 64;

/** XᵀX [p,p] in float64. Processing four rows at a time quarters the memory traffic to the result. */
export function gram(x: Floats, n: number, p: number): Float64Array {
  const out = new Float64Array(p * p);
  for (let start = 0; start < n; start += panelRows) {
    addPanelGram(out, x, start, Math.min(n, start + panelRows), p);
  }
  for (let j = 0; j < p; j++) for (let k = 0; k < j; k++) out[j * p + k] = out[k * p + j] as number;
  return out;
}

function addPanelGram(out: Float64Array, x: Floats, from: number, to: number, p: number): void {
  const whole = from + ((to - from) & ~3);
  for (let j = 0; j < p; j++) {
    for (let i = from; i < whole; i += 4) addFourRows(out, x, i * p, j, p);
    for (let i = whole; i < to; i++) addRow(out, x, i * p, j, p);
  }
}

/** Adds x_rj·x_rk over four rows r to out_jk, for k ≥ j. */
function addFourRows(out: Float64Array, x: Floats, r0: number, j: number, p: number): void {
  const r1 = r0 + p;
  const r2 = r1 + p;
  const r3 = r2 + p;
  const a = x[r0 + j] as number;
  const b = x[r1 + j] as number;
  const c = x[r2 + j] as number;
  const d = x[r3 + j] as number;
  const row = j * p;
  for (let k = j; k < p; k++) {
    out[row + k] =
      (out[row + k] as number) +
      (a * (x[r0 + k] as number) + b * (x[r1 + k] as number)) +
      (c * (x[r2 + k] as number) + d * (x[r3 + k] as number));
  }
}

function addRow(out: Float64Array, x: Floats, at: number, j: number, p: number): void {
  const a = x[at + j] as number;
  const row = j * p;
  for (let k = j; k < p; k++) out[row + k] = (out[row + k] as number) + a * (x[at + k] as number);
}

/**
 * Columns of B in a tile: with a panel of rows a tile has 128 kB, which stays cached while every row of A is
 * multiplied with it.
 */
const tileColumns = 256;

/** AB [m,n] in float64. */
export function matmul(a: Floats, b: Floats, m: number, k: number, n: number): Float64Array {
  const out = new Float64Array(m * n);
  for (let l = 0; l < k; l += panelRows) {
    for (let j = 0; j < n; j += tileColumns) {
      const lEnd = Math.min(k, l + panelRows);
      const jEnd = Math.min(n, j + tileColumns);
      for (let i = 0; i < m; i++) addTileProduct(out, a, b, i, l, lEnd, j, jEnd, k, n);
    }
  }
  return out;
}

/** ABᵀ [m,n] in float64: both matrices are read along their rows. */
export function matmulTransposed(a: Floats, b: Floats, m: number, k: number, n: number): Float64Array {
  const out = new Float64Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let l = 0; l < k; l++) sum += (a[i * k + l] as number) * (b[j * k + l] as number);
      out[i * n + j] = sum;
    }
  }
  return out;
}

/** Z − ((ZVᵀ)Tᵀ)V in float64. */
export function reflect(z: Floats, v: Floats, t: Floats, m: number, n: number, k: number): Float64Array {
  const scaled = matmulTransposed(matmulTransposed(z, v, m, n, k), t, m, k, k);
  const taken = matmul(scaled, v, m, k, n);
  return taken.map((value, at) => (z[at] as number) - value);
}

/** Adds to row i of the product the terms of rows l to lEnd of B in columns j to jEnd, four rows at a time. */
function addTileProduct(
  out: Float64Array,
  a: Floats,
  b: Floats,
  i: number,
  l: number,
  lEnd: number,
  j: number,
  jEnd: number,
  k: number,
  n: number,
): void {
  const row = i * n;
  const factors = i * k;
  const whole = l + ((lEnd - l) & ~3);
  for (let at = l; at < whole; at += 4) {
    const b0 = at * n;
    const b1 = b0 + n;
    const b2 = b1 + n;
    const b3 = b2 + n;
    const a0 = a[factors + at] as number;
    const a1 = a[factors + at + 1] as number;
    const a2 = a[factors + at + 2] as number;
    const a3 = a[factors + at + 3] as number;
    for (let c = j; c < jEnd; c++) {
      out[row + c] =
        (out[row + c] as number) +
        (a0 * (b[b0 + c] as number) + a1 * (b[b1 + c] as number)) +
        (a2 * (b[b2 + c] as number) + a3 * (b[b3 + c] as number));
    }
  }
  for (let at = whole; at < lEnd; at++) {
    const factor = a[factors + at] as number;
    for (let c = j; c < jEnd; c++)
      out[row + c] = (out[row + c] as number) + factor * (b[at * n + c] as number);
  }
}

/**
 * ‖xᵢ − yⱼ‖² [n,m] in float64, computed from differences, because the expanded form would lose digits by
 * cancellation.
 */
export function squaredDistances(x: Floats, y: Floats, n: number, m: number, p: number): Float64Array {
  const out = new Float64Array(n * m);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < m; j++) out[i * m + j] = squaredDistance(x, i * p, y, j * p, p);
  }
  return out;
}

/** The nearest of the centres [k,p] to each row of X [n,p], with its squared distance, in float64. */
export function nearestCentre(x: Floats, centres: Floats, n: number, k: number, p: number): NearestCentres {
  const labels = new Int32Array(n);
  const distances = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let label = 0;
    let least = squaredDistance(x, i * p, centres, 0, p);
    for (let j = 1; j < k; j++) {
      const distance = squaredDistance(x, i * p, centres, j * p, p);
      if (distance < least) {
        least = distance;
        label = j;
      }
    }
    labels[i] = label;
    distances[i] = least;
  }
  return { labels, distances };
}

/** ‖a − b‖² of the p numbers from `atA` in a and from `atB` in b. */
export function squaredDistance(a: Floats, atA: number, b: Floats, atB: number, p: number): number {
  let sum = 0;
  for (let j = 0; j < p; j++) {
    const difference = (a[atA + j] as number) - (b[atB + j] as number);
    sum += difference * difference;
  }
  return sum;
}
