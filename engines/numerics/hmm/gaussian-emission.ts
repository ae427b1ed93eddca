/** Log-densities of Gaussian states, prepared once so that a row costs no factorisation or allocation. */
import { ignoreWork, type WorkReporter } from "../../kernels/index.js";
import { cholesky, invertLower } from "../linear-algebra/cholesky.js";

export interface Gaussians {
  /** States. */
  readonly k: number;
  /** Dimensions of an observation. */
  readonly d: number;
  /** [k,d] */
  readonly means: Float64Array;
  /** [k,d,d] */
  readonly covars: Float64Array;
  /** Whether the covariances are diagonal; then only their diagonals are read. */
  readonly diagonal: boolean;
}

export interface GaussianEmission {
  readonly k: number;
  readonly d: number;
  readonly means: Float64Array;
  readonly diagonal: boolean;
  /** Turns a deviation into independent unit normals: [k,d] 1/σ when diagonal, else [k,d,d] L⁻¹. */
  readonly whitening: Float64Array;
  /** [k] the log-density at the mean. */
  readonly peak: Float64Array;
}

/** Added to the diagonal of a covariance that is not positive definite, once; hmmlearn's value. */
const rescue = 1e-7;
const varianceMinimum = 2.2250738585072014e-308; // the least normal double, as hmmlearn
const logTwoPi = Math.log(2 * Math.PI);

/** @returns the first state whose covariance is not positive definite, by its index, in place of an emission */
export function prepareEmission(
  gaussians: Gaussians,
  reportWork: WorkReporter = ignoreWork,
): GaussianEmission | number {
  const { k, d, means, covars, diagonal } = gaussians;
  const size = diagonal ? d : d * d;
  const whitening = new Float64Array(k * size);
  const peak = new Float64Array(k);
  for (let state = 0; state < k; state++) {
    const covariance = covars.subarray(state * d * d, (state + 1) * d * d);
    const inverse = diagonal ? inverseDeviations(covariance, d) : inverseFactor(covariance, d, reportWork);
    if (inverse === null) return state;
    whitening.set(inverse, state * size);
    let logDeterminant = 0;
    for (let i = 0; i < d; i++) logDeterminant -= 2 * Math.log(inverse[diagonal ? i : i * d + i] as number);
    peak[state] = -0.5 * (d * logTwoPi + logDeterminant);
  }
  return { k, d, means, diagonal, whitening, peak };
}

function inverseDeviations(covariance: Float64Array, d: number): Float64Array {
  return Float64Array.from({ length: d }, (_, i) => {
    return 1 / Math.sqrt(Math.max(covariance[i * d + i] as number, varianceMinimum));
  });
}

function inverseFactor(covariance: Float64Array, d: number, reportWork: WorkReporter): Float64Array | null {
  const rescued = covariance.map((value, at) => (at % (d + 1) === 0 ? value + rescue : value));
  const factor = cholesky(covariance, d, reportWork) ?? cholesky(rescued, d, reportWork);
  return factor === null ? null : invertLower(factor, d, reportWork);
}

/** What one row's densities cost. */
export function densityCost({ k, d, diagonal }: GaussianEmission): number {
  return k * (diagonal ? d : (d * (d + 1)) / 2);
}

/** Beyond these an observation is taken to lie at the bound: squares and their sums stay finite. */
const deviationMaximum = 1e150;
const squareMaximum = 1e300;

/** Writes log p(x | state) of the d numbers from `at` in x to the k numbers of `out`. */
export function logDensities(
  emission: GaussianEmission,
  x: ArrayLike<number>,
  at: number,
  out: Float64Array,
): void {
  if (emission.diagonal) diagonalLogDensities(emission, x, at, out);
  else fullLogDensities(emission, x, at, out);
}

function diagonalLogDensities(
  emission: GaussianEmission,
  x: ArrayLike<number>,
  at: number,
  out: Float64Array,
): void {
  const { k, d, means, whitening, peak } = emission;
  for (let state = 0; state < k; state++) {
    const row = state * d;
    let squares = 0;
    for (let i = 0; i < d; i++) {
      const z = ((x[at + i] as number) - (means[row + i] as number)) * (whitening[row + i] as number);
      squares += Math.min(z * z, squareMaximum);
    }
    out[state] = (peak[state] as number) - 0.5 * squares;
  }
}

function fullLogDensities(
  emission: GaussianEmission,
  x: ArrayLike<number>,
  at: number,
  out: Float64Array,
): void {
  const { k, d, means, whitening, peak } = emission;
  for (let state = 0; state < k; state++) {
    let squares = 0;
    for (let i = 0; i < d; i++) {
      const row = (state * d + i) * d;
      let z = 0;
      for (let j = 0; j <= i; j++) {
        const deviation = (x[at + j] as number) - (means[state * d + j] as number);
        const bounded = Math.max(-deviationMaximum, Math.min(deviation, deviationMaximum));
        z += (whitening[row + j] as number) * bounded;
      }
      squares += Math.min(z * z, squareMaximum);
    }
    out[state] = (peak[state] as number) - 0.5 * squares;
  }
}
