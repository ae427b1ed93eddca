/**
 * The leading singular values and right singular vectors by random projection, as in scikit-learn's randomized
 * solver: with the same generator and seed it gives the same answer. The kernels compute the products of each power
 * iteration. Where scikit-learn normalises by LU, this code computes an orthonormal basis, which spans the same
 * space. Source: Halko, Martinsson and Tropp 2011, algorithms 4.3 and 5.1.
 */
import { type Floats, inBlocks, type WorkReporter } from "../../kernels/index.js";
import { type Centre, centred } from "../covariance/column-moments.js";
import { type FitContext, throwIfAborted, workReporterOf } from "../fit.js";
import { toFloat64 } from "../float-tensors.js";
import { cholesky, invertLower } from "../linear-algebra/cholesky.js";
import { factorKernels } from "../linear-algebra/dense-eigen.js";
import { denseRightSvd } from "../linear-algebra/dense-svd.js";
import { completeRows, orthonormaliseRows } from "../linear-algebra/orthonormal-rows.js";
import type { RightSvd } from "../linear-algebra/svd.js";
import { transpose } from "../linear-algebra/transpose.js";
import { RandomState } from "../random/random.js";

export interface RandomizedOptions {
  readonly components: number;
  readonly oversamples: number;
  /** The number of power iterations; null: 7 for fewer than min(n,p)/10 components, else 4. */
  readonly iteratedPower: number | null;
  readonly randomState: number;
}

/** Samples X [n,p] and the centre to subtract from them: A = X less the centre. */
export interface UncentredSamples {
  readonly x: Floats;
  readonly n: number;
  readonly p: number;
  readonly centre: Centre;
}

export interface RandomizedSvd extends RightSvd {
  /** The sum of the squares of all elements of A. */
  readonly squares: number;
}

/** The leading `components` singular values and right vectors of A; `components` is at most min(n,p). */
export async function randomizedRightSvd(
  samples: UncentredSamples,
  options: RandomizedOptions,
  context: FitContext,
): Promise<RandomizedSvd> {
  return (await gramSvd(samples, options, context)) ?? directSvd(samples, options, context);
}

/**
 * The least ratio of the smallest to the largest singular value, squared, at which a Gram matrix keeps the promised
 * digits; the same as in the full solver.
 */
const spreadMinimum = { FP64: 1e-6, FP32: 1e-3 } as const;

/**
 * Works on the Gram matrix [q,q] of the shorter side, q = min(n,p). Each power iteration is then one product of q×q
 * instead of two of n×p, which is faster unless q is many times the size of the sketch. Returns null where q is too
 * large for that, where the sketch is larger than q, and where the singular values found show that digits are lost.
 */
async function gramSvd(
  { x, n, p, centre }: UncentredSamples,
  options: RandomizedOptions,
  context: FitContext,
): Promise<RandomizedSvd | null> {
  const { kernels } = context;
  const { components } = options;
  const wide = n < p;
  const q = Math.min(n, p);
  const size = components + options.oversamples;
  const rounds = roundsOf(options, n, p);
  if (q > 4 * (rounds + 1) * size || size > q) return null;
  const exact = factorKernels(context) ?? kernels;
  const about = wide ? centred(x, centre, n, p) : null;
  const gram = toFloat64(
    await (about === null
      ? kernels.centredGram(x, n, p, centre)
      : kernels.matmulTransposed(about, about, n, p, n)),
  );
  let squares = 0;
  for (let j = 0; j < q; j++) squares += gram[j * q + j] as number;
  let basis = normalRows(options, q, size, workReporterOf(context));
  for (let round = 0; round <= rounds; round++) {
    throwIfAborted(context);
    if (round > 0) basis = toFloat64(await exact.matmul(basis, gram, size, q, q));
    orthonormaliseRows(basis, size, q, workReporterOf(context));
  }
  // W is the basis and G the Gram matrix. In the basis Y = WA of the sketch YYᵀ = W·G·Wᵀ = LLᵀ, so that L⁻¹·W·G holds
  // the singular values of QᵀA.
  const image = toFloat64(await exact.matmul(basis, gram, size, q, q));
  const inner = toFloat64(await exact.matmulTransposed(image, basis, size, q, size));
  const factor = cholesky(inner, size, workReporterOf(context));
  if (factor === null) return null;
  const inverse = invertLower(factor, size, workReporterOf(context));
  const projected = toFloat64(await exact.matmul(inverse, image, size, size, q));
  const { singularValues, vectors } = await rightSvdOf(projected, size, q, context);
  const spread = ((singularValues[size - 1] as number) / (singularValues[0] as number)) ** 2;
  if (!(spread > spreadMinimum[kernels.precision])) return null;
  const kept = singularValues.slice(0, components);
  const short = vectors.slice(0, components * q);
  if (about === null) return { singularValues: kept, vectors: short, squares };
  // The long singular vectors must be combinations of the rows of the sketch Q = L⁻¹·W·A: only then are the variances
  // of the scores equal to S².
  const inside = await exact.matmulTransposed(short, projected, components, q, size);
  const mixed = await exact.matmul(inside, inverse, components, size, size);
  const sketched = await exact.matmul(mixed, basis, components, size, q);
  const long = toFloat64(await kernels.matmul(sketched, about, components, n, p));
  orthonormaliseRows(long, components, p, workReporterOf(context));
  completeRows(long, components, p, workReporterOf(context));
  return { singularValues: kept, vectors: long, squares };
}

function rightSvdOf(a: Float64Array, n: number, p: number, context: FitContext): Promise<RightSvd> {
  return denseRightSvd(a, n, p, factorKernels(context), Math.min(n, p), workReporterOf(context));
}

function roundsOf({ components, iteratedPower }: RandomizedOptions, n: number, p: number): number {
  return iteratedPower ?? (components < 0.1 * Math.min(n, p) ? 7 : 4);
}

/** The estimated work of one normal random number, in multiply-adds: a logarithm, a root and several draws. */
const costOfNormal = 16;

/**
 * Normal random numbers, drawn as [columns,size] in scikit-learn's order and returned transposed, as rows
 * [size,columns].
 */
function normalRows(
  { randomState }: RandomizedOptions,
  columns: number,
  size: number,
  reportWork: WorkReporter,
): Float64Array {
  const random = new RandomState(randomState);
  const normals = new Float64Array(columns * size);
  inBlocks(normals.length, costOfNormal, reportWork, (from, to) => {
    for (let at = from; at < to; at++) normals[at] = random.normal();
  });
  return transpose(normals, columns, size);
}

async function directSvd(
  { x, n, p, centre }: UncentredSamples,
  options: RandomizedOptions,
  context: FitContext,
): Promise<RandomizedSvd> {
  const { components } = options;
  const a = centred(x, centre, n, p);
  let squares = 0;
  for (let at = 0; at < n * p; at++) squares += (a[at] as number) ** 2;
  const size = components + options.oversamples;
  const flipped = transpose(a, n, p);
  const [tall, wide, rows, columns] = n < p ? [flipped, a, p, n] : [a, flipped, n, p];
  const basis = await range(tall, wide, rows, columns, size, options, context);
  const projected = toFloat64(await context.kernels.matmul(basis, tall, size, rows, columns));
  const { singularValues, vectors } = await rightSvdOf(projected, size, columns, context);
  const kept = singularValues.slice(0, components);
  const right = vectors.slice(0, components * columns);
  if (n >= p) return { singularValues: kept, vectors: right, squares };
  const inside = await context.kernels.matmulTransposed(right, projected, components, columns, size);
  const left = toFloat64(await context.kernels.matmul(inside, basis, components, size, p));
  orthonormaliseRows(left, components, p, workReporterOf(context));
  completeRows(left, components, p, workReporterOf(context));
  return { singularValues: kept, vectors: left, squares };
}

export interface LeadingSvd {
  /** [k] the singular values, largest first. */
  readonly singularValues: Float64Array;
  /** [k,n] one left singular vector in each row; zeros for a singular value of zero. */
  readonly left: Float64Array;
  /** [k,p] one right singular vector in each row. */
  readonly right: Float64Array;
}

/**
 * The leading `components` singular values of A [n,p] with left and right vectors, as scikit-learn's randomized_svd
 * up to signs. Where the random vectors would span all of A, none are drawn and the whole SVD is computed.
 */
export async function leadingSvd(
  a: Float64Array,
  n: number,
  p: number,
  options: RandomizedOptions,
  context: FitContext,
): Promise<LeadingSvd> {
  const { components } = options;
  const flipped = transpose(a, n, p);
  const [tall, wide, rows, columns] = n < p ? [flipped, a, p, n] : [a, flipped, n, p];
  const { kernels } = context;
  const size = components + options.oversamples;
  let svd: RightSvd;
  let across: Float64Array;
  if (size >= columns) {
    svd = await rightSvdOf(tall, rows, columns, context);
    const kept = svd.vectors.subarray(0, components * columns);
    across = toFloat64(await kernels.matmulTransposed(kept, tall, components, columns, rows));
  } else {
    const basis = await range(tall, wide, rows, columns, size, options, context);
    const projected = toFloat64(await kernels.matmulTransposed(basis, wide, size, rows, columns));
    svd = await rightSvdOf(projected, size, columns, context);
    const kept = svd.vectors.subarray(0, components * columns);
    const inside = await kernels.matmul(kept, transpose(projected, size, columns), components, columns, size);
    across = toFloat64(await kernels.matmul(inside, basis, components, size, rows));
  }
  const singularValues = svd.singularValues.slice(0, components);
  divideRows(across, singularValues);
  const along = svd.vectors.slice(0, components * columns);
  return n < p
    ? { singularValues, left: along, right: across }
    : { singularValues, left: across, right: along };
}

/**
 * Divides each row by its number in `by`. Rows whose number is rounding noise, at most ε times the first, become
 * zeros.
 */
function divideRows(rows: Float64Array, by: Float64Array): void {
  const length = rows.length / by.length;
  const noise = Number.EPSILON * (by[0] as number);
  by.forEach((value, c) => {
    const factor = value > noise ? 1 / value : 0;
    for (let at = c * length; at < (c + 1) * length; at++) rows[at] = (rows[at] as number) * factor;
  });
}

/**
 * An orthonormal basis, as rows [size,rows], of the space to which the tall matrix maps random vectors; power
 * iterations bring it closer to the leading singular vectors.
 */
async function range(
  tall: Float64Array,
  wide: Float64Array,
  rows: number,
  columns: number,
  size: number,
  options: RandomizedOptions,
  context: FitContext,
): Promise<Float64Array> {
  const rounds = roundsOf(options, rows, columns);
  let across = normalRows(options, columns, size, workReporterOf(context));
  for (let round = 0; ; round++) {
    throwIfAborted(context);
    const along = toFloat64(await context.kernels.matmulTransposed(across, tall, size, columns, rows));
    orthonormaliseRows(along, size, rows, workReporterOf(context));
    if (round === rounds) return along;
    across = toFloat64(await context.kernels.matmulTransposed(along, wide, size, rows, columns));
    orthonormaliseRows(across, size, columns, workReporterOf(context));
  }
}
