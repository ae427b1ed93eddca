/**
 * Finds the rotation of white signals that makes their contrast functions extreme, by FastICA's fixed-point
 * iteration, for all components at once or for one after another. Source: Hyvärinen and Oja 2000, "Independent
 * component analysis: algorithms and applications".
 */
import { reportInPieces } from "../../kernels/index.js";
import { matmul } from "../../kernels/plain.js";
import { type FitContext, throwIfAborted, workReporterOf } from "../fit.js";
import { toFloat64 } from "../float-tensors.js";
import { eigen, factorKernels } from "../linear-algebra/dense-eigen.js";
import { dotRows } from "../linear-algebra/orthonormal-rows.js";
import { transpose } from "../linear-algebra/transpose.js";
import { applyContrast, type Contrast } from "./ica-contrast.js";

export interface RotationOptions {
  readonly algorithm: "parallel" | "deflation";
  readonly contrast: Contrast;
  /** The factor α of the contrast function logcosh, from 1 to 2. */
  readonly alpha: number;
  readonly iterationsMaximum: number;
  /** A component has converged when the cosine between its last two vectors differs from ±1 by less than this. */
  readonly tolerance: number;
}

export interface Rotation {
  /** [k,k] one unit vector a row, orthogonal to the others. */
  readonly rows: Float64Array;
  /** The number of iterations of the component that took the most. */
  readonly iterations: number;
  readonly converged: boolean;
}

/** White signals, stored twice: `bySignal` [k,n] and its transpose `bySample` [n,k]. */
export interface Signals {
  readonly k: number;
  readonly n: number;
  readonly bySignal: Float64Array;
  readonly bySample: Float64Array;
}

/** Finds the rotation, starting from the rows of `start` [k,k]. */
export function findRotation(
  signals: Signals,
  start: Float64Array,
  options: RotationOptions,
  context: FitContext,
): Promise<Rotation> {
  return options.algorithm === "parallel"
    ? rotateTogether(signals, start, options, context)
    : rotateInTurn(signals, start, options, context);
}

async function rotateTogether(
  signals: Signals,
  start: Float64Array,
  options: RotationOptions,
  context: FitContext,
): Promise<Rotation> {
  const { k } = signals;
  let rows = await nearestRotation(start, k, context);
  for (let iteration = 1; ; iteration++) {
    throwIfAborted(context);
    const stepped = await nearestRotation(await step(signals, rows, k, options, context), k, context);
    let moved = 0;
    for (let at = 0; at < k * k; at += k) {
      let cosine = 0;
      for (let j = at; j < at + k; j++) cosine += (stepped[j] as number) * (rows[j] as number);
      moved = Math.max(moved, Math.abs(Math.abs(cosine) - 1));
    }
    rows = stepped;
    const converged = moved < options.tolerance;
    if (converged || iteration === options.iterationsMaximum)
      return { rows, iterations: iteration, converged };
  }
}

async function rotateInTurn(
  signals: Signals,
  start: Float64Array,
  options: RotationOptions,
  context: FitContext,
): Promise<Rotation> {
  const { k } = signals;
  const rows = new Float64Array(k * k);
  let iterations = 0;
  let converged = true;
  for (let c = 0; c < k; c++) {
    let vector = normalised(start.slice(c * k, (c + 1) * k));
    for (let iteration = 1; ; iteration++) {
      throwIfAborted(context);
      const stepped = await step(signals, vector, 1, options, context);
      projectOut(stepped, rows, c, k);
      normalised(stepped);
      const cosine = stepped.reduce((sum, value, j) => sum + value * (vector[j] as number), 0);
      vector = stepped;
      iterations = Math.max(iterations, iteration);
      if (Math.abs(Math.abs(cosine) - 1) < options.tolerance) break;
      if (iteration < options.iterationsMaximum) continue;
      converged = false;
      break;
    }
    rows.set(vector, c * k);
  }
  return { rows, iterations, converged };
}

/** The estimated work of one hyperbolic tangent or exponential, in multiply-adds. */
const costOfContrast = 16;

/** One fixed-point step: E[g(wx)·x] − E[g′(wx)]·w for each row w of `rows` [count,k]. */
async function step(
  { k, n, bySignal, bySample }: Signals,
  rows: Float64Array,
  count: number,
  { contrast, alpha }: RotationOptions,
  context: FitContext,
): Promise<Float64Array> {
  const { kernels } = context;
  const reportWork = workReporterOf(context);
  const bent = await kernels.matmulTransposed(rows, bySample, count, k, n);
  const slopes = new Float64Array(count);
  for (let c = 0; c < count; c++) {
    reportInPieces(reportWork, costOfContrast * n);
    slopes[c] = applyContrast(contrast, alpha, bent, c * n, n);
  }
  const moments = toFloat64(await kernels.matmulTransposed(bent, bySignal, count, n, k));
  for (let c = 0, at = 0; c < count; c++) {
    const slope = slopes[c] as number;
    for (let j = 0; j < k; j++, at++)
      moments[at] = (moments[at] as number) / n - slope * (rows[at] as number);
  }
  return moments;
}

const normalLeast = 2.2250738585072014e-308;

/**
 * The rotation nearest to W [k,k], which is (WWᵀ)^(−1/2)·W. It is computed in float64 even where the kernels compute
 * in float32.
 */
async function nearestRotation(w: Float64Array, k: number, context: FitContext): Promise<Float64Array> {
  const product = (a: Float64Array, b: Float64Array) => squareProduct(a, b, k, context);
  const squared = await product(w, transpose(w, k, k));
  const { values, vectors } = await eigen(squared, k, factorKernels(context), k, workReporterOf(context));
  const projected = await product(vectors, w);
  for (let i = 0, at = 0; i < k; i++) {
    const factor = 1 / Math.sqrt(Math.max(values[i] as number, normalLeast));
    for (let j = 0; j < k; j++, at++) projected[at] = (projected[at] as number) * factor;
  }
  return product(transpose(vectors, k, k), projected);
}

/** The largest k at which plain loops are faster than a call of ONNX Runtime. */
const plainMaximum = 32;

async function squareProduct(
  a: Float64Array,
  b: Float64Array,
  k: number,
  context: FitContext,
): Promise<Float64Array> {
  const exact = factorKernels(context);
  if (exact !== null && k > plainMaximum) return toFloat64(await exact.matmul(a, b, k, k, k));
  reportInPieces(workReporterOf(context), k * k * k);
  return matmul(a, b, k, k, k);
}

/** Subtracts from a vector its projections on the first `count` rows, in place. */
function projectOut(vector: Float64Array, rows: Float64Array, count: number, k: number): void {
  const along = Float64Array.from({ length: count }, (_, c) => {
    let sum = 0;
    for (let j = 0; j < k; j++) sum += (vector[j] as number) * (rows[c * k + j] as number);
    return sum;
  });
  along.forEach((factor, c) => {
    for (let j = 0; j < k; j++) vector[j] = (vector[j] as number) - factor * (rows[c * k + j] as number);
  });
}

function normalised(vector: Float64Array): Float64Array {
  const norm = Math.sqrt(dotRows(vector, 0, 0, vector.length));
  for (let j = 0; j < vector.length; j++) vector[j] = (vector[j] as number) / norm;
  return vector;
}
