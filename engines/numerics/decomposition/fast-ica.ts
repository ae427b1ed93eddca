/**
 * Independent components as in scikit-learn's FastICA: the same whitening, signs, random numbers and stopping rule,
 * so that the same seed gives the same numbers. Data with fewer directions of variance than components are refused;
 * scikit-learn scales such directions up from rounding noise. Source: Hyvärinen and Oja 2000.
 */
import { invalidArgument } from "../../../protocol/errors.js";
import type { Floats } from "../../kernels/index.js";
import { centred, columnCentre, columnMoments, noCentre } from "../covariance/column-moments.js";
import { type FitContext, throwIfAborted } from "../fit.js";
import { refuseTooLarge, toFloat64 } from "../float-tensors.js";
import { transpose } from "../linear-algebra/transpose.js";
import { RandomState } from "../random/random.js";
import { fullSvd } from "./full-svd.js";
import { findRotation, type Rotation, type RotationOptions, type Signals } from "./ica-rotation.js";
import { covarianceEigen } from "./pca.js";

export interface FastIcaOptions extends RotationOptions {
  /** The number of components; null: as many as the data allow. */
  readonly components: number | null;
  /** What the sources are scaled to; null: X is already white and is not whitened. */
  readonly whiten: "unit-variance" | "arbitrary-variance" | null;
  readonly solver: "svd" | "eigh";
  readonly randomState: number;
}

export interface FastIca {
  readonly k: number;
  /** [k,p] the matrix that maps centred samples to sources. */
  readonly components: Float64Array;
  /** [p,k] the pseudo-inverse of `components`, which maps sources to centred samples. */
  readonly mixing: Float64Array;
  /** [p]; null without whitening. */
  readonly mean: Float64Array | null;
  /** [k,p]; null without whitening. */
  readonly whitening: Float64Array | null;
  readonly iterations: number;
  readonly converged: boolean;
}

/**
 * Fits X [n,p]; `start` [k,k] takes the place of the random start.
 * @throws HeadgateError `invalid_argument` for fewer than two rows and more components than directions with
 *   variance
 */
export async function fastIca(
  x: Floats,
  n: number,
  p: number,
  options: FastIcaOptions,
  context: FitContext,
  start?: (k: number) => Float64Array,
): Promise<FastIca> {
  if (n < 2) throw invalidArgument("inputs.X", "1 row has no variance; at least 2 are needed");
  const random = new RandomState(options.randomState);
  const drawn = (k: number) => start?.(k) ?? Float64Array.from({ length: k * k }, () => random.normal());
  if (options.whiten === null) return unwhitened(toFloat64(x), n, p, options, context, drawn);
  const centre = columnCentre(x, n, p);
  const about = centred(x, centre, n, p);
  const { k, whitening, unwhitening } = await whiten(about, n, p, options, context);
  const signals = await whiteSignals(about, n, p, whitening, k, context);
  const rotation = await findRotation(signals, drawn(k), options, context);
  refuseNonFinite(rotation);
  const { rows } = rotation;
  const scales =
    options.whiten === "unit-variance"
      ? await sourceDeviations(signals, rows, context)
      : new Float64Array(k).fill(1);
  const unmixing = rows.map((value, at) => value / (scales[Math.floor(at / k)] as number));
  const remixing = transpose(rows, k, k).map((value, at) => value * (scales[at % k] as number));
  return {
    ...rotation,
    k,
    components: toFloat64(await context.kernels.matmul(unmixing, whitening, k, k, p)),
    mixing: toFloat64(await context.kernels.matmul(unwhitening, remixing, p, k, k)),
    mean: centre.mean,
    whitening,
  };
}

/** Fits without whitening: the components are a rotation of X itself, so the mixing matrix is their transpose. */
async function unwhitened(
  x: Float64Array,
  n: number,
  p: number,
  options: FastIcaOptions,
  context: FitContext,
  drawn: (k: number) => Float64Array,
): Promise<FastIca> {
  if (n < p)
    throw invalidArgument("parameters.whiten", `false needs as many rows as columns, got ${n} and ${p}`);
  const signals = { k: p, n, bySignal: transpose(x, n, p), bySample: x };
  const rotation = await findRotation(signals, drawn(p), options, context);
  refuseNonFinite(rotation);
  const mixing = transpose(rotation.rows, p, p);
  return { ...rotation, k: p, components: rotation.rows, mixing, mean: null, whitening: null };
}

interface Whitening {
  readonly k: number;
  /** [k,p] maps centred samples to k orthogonal signals, each of length 1 over all samples. */
  readonly whitening: Float64Array;
  /** [p,k] the pseudo-inverse of `whitening`. */
  readonly unwhitening: Float64Array;
}

async function whiten(
  about: Float64Array,
  n: number,
  p: number,
  { components, solver }: FastIcaOptions,
  context: FitContext,
): Promise<Whitening> {
  const size = solver === "svd" ? Math.min(n, p) : p;
  refuseTooLarge("inputs.X", "the Gram matrix", size, size);
  throwIfAborted(context);
  const samples = { x: about, n, p, centre: noCentre(p) };
  const { singularValues, vectors } = await (solver === "svd"
    ? fullSvd(samples, size, context)
    : covarianceEigen(await context.kernels.centredGram(about, n, p, samples.centre), p, size, context));
  throwIfAborted(context);
  const k = Math.min(components ?? p, n, p);
  refuseFlat(singularValues, k, solver, n, p, context);
  const whitening = new Float64Array(k * p);
  const unwhitening = new Float64Array(p * k);
  for (let c = 0; c < k; c++) {
    const length = singularValues[c] as number;
    // The sign is scikit-learn's: the weight of the first column is not negative.
    const sign = (vectors[c * p] as number) < 0 ? -1 : 1;
    for (let j = 0; j < p; j++) {
      const direction = sign * (vectors[c * p + j] as number);
      whitening[c * p + j] = direction / length;
      unwhitening[j * k + c] = direction * length;
    }
  }
  return { k, whitening, unwhitening };
}

function refuseFlat(
  singularValues: Float64Array,
  k: number,
  solver: FastIcaOptions["solver"],
  n: number,
  p: number,
  { kernels }: FitContext,
): void {
  const rounding = Math.max(n, p) * (kernels.precision === "FP64" ? Number.EPSILON : 2 ** -23);
  // A Gram matrix holds the squares of the singular values, so its eigenvalues show as noise all that is below the
  // root of the rounding error.
  const noise = (solver === "svd" ? rounding : Math.sqrt(rounding)) * (singularValues[0] as number);
  const rank = singularValues.findIndex((value) => !(value > noise));
  if (rank < 0 || rank >= k) return;
  const advice = rank === 0 ? "no column varies" : `ask n_components of at most ${rank}`;
  throw invalidArgument(
    "parameters.n_components",
    `${k} components of data that vary in ${rank} directions: ${advice}`,
  );
}

/** The white signals K·Xᵀ·√n, where K is the whitening matrix. */
async function whiteSignals(
  about: Float64Array,
  n: number,
  p: number,
  whitening: Float64Array,
  k: number,
  { kernels }: FitContext,
): Promise<Signals> {
  const bySignal = toFloat64(await kernels.matmul(whitening, transpose(about, n, p), k, p, n));
  const root = Math.sqrt(n);
  for (let at = 0; at < bySignal.length; at++) bySignal[at] = (bySignal[at] as number) * root;
  return { k, n, bySignal, bySample: transpose(bySignal, k, n) };
}

/**
 * The standard deviation [k] of each source over the samples. The signals are √n times the whitened samples, so it is
 * divided by √n.
 */
async function sourceDeviations(
  { k, n, bySignal }: Signals,
  rows: Float64Array,
  { kernels }: FitContext,
): Promise<Float64Array> {
  const sources = await kernels.matmul(rows, bySignal, k, k, n);
  const { variance } = columnMoments(transpose(toFloat64(sources), k, n), n, k);
  return variance.map((value) => Math.sqrt(value / n));
}

function refuseNonFinite({ rows, iterations }: Rotation): void {
  if (rows.every((value) => Number.isFinite(value))) return;
  throw invalidArgument(
    "parameters.fun",
    `overflowed by iteration ${iterations}: whiten the data, or take fun logcosh`,
  );
}
