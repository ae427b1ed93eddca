/**
 * The four kinds of covariance a Gaussian mixture may have, and the whitening that turns a deviation into
 * independent unit normals: L⁻¹ of a covariance LLᵀ where there are covariances, 1/σ where there are only
 * variances. The transpose of L⁻¹ is scikit-learn's `precisions_cholesky_`.
 */
import { ignoreWork, reportInPieces, type WorkReporter } from "../../kernels/index.js";
import type { CovarianceKind } from "../covariance/covariance-kind.js";
import { cholesky, invertLower } from "../linear-algebra/cholesky.js";
import { transpose } from "../linear-algebra/transpose.js";

/** The shape of the covariances, the precisions and their factors, as scikit-learn has them. */
export function covarianceShape(kind: CovarianceKind, k: number, p: number): readonly number[] {
  return { full: [k, p, p], tied: [p, p], diag: [k, p], spherical: [k] }[kind];
}

/** Free parameters of the covariances. */
export function covarianceFreedom(kind: CovarianceKind, k: number, p: number): number {
  return { full: (k * p * (p + 1)) / 2, tied: (p * (p + 1)) / 2, diag: k * p, spherical: k }[kind];
}

export function isTriangular(kind: CovarianceKind): boolean {
  return kind === "full" || kind === "tied";
}

/** The whitening, in the covariances' shape; or the first component whose covariance is not positive definite. */
export function whitenedBy(
  covariances: Float64Array,
  kind: CovarianceKind,
  p: number,
  reportWork: WorkReporter = ignoreWork,
): Float64Array | number {
  if (!isTriangular(kind)) {
    const bad = covariances.findIndex((variance) => !(variance > 0));
    if (bad >= 0) return kind === "diag" ? Math.floor(bad / p) : bad;
    return covariances.map((variance) => 1 / Math.sqrt(variance));
  }
  const out = new Float64Array(covariances.length);
  for (let at = 0; at < covariances.length; at += p * p) {
    const factor = cholesky(covariances.subarray(at, at + p * p), p, reportWork);
    if (factor === null) return at / (p * p);
    out.set(invertLower(factor, p, reportWork), at);
  }
  return out;
}

/**
 * The whitening from precisions of the covariances' shape: its transpose U is the upper factor UUᵀ of a
 * precision, found by a Cholesky factorisation with rows and columns reversed. Or the first component
 * whose precision is not positive definite.
 */
export function whitenedByPrecisions(
  precisions: Float64Array,
  kind: CovarianceKind,
  p: number,
): Float64Array | number {
  if (!isTriangular(kind)) {
    const bad = precisions.findIndex((precision) => !(precision > 0));
    if (bad >= 0) return kind === "diag" ? Math.floor(bad / p) : bad;
    return precisions.map(Math.sqrt);
  }
  const size = p * p;
  const out = new Float64Array(precisions.length);
  for (let at = 0; at < precisions.length; at += size) {
    const reversed = precisions.slice(at, at + size).reverse();
    const factor = cholesky(reversed, p);
    if (factor === null) return at / size;
    out.set(transpose(factor.reverse(), p, p), at);
  }
  return out;
}

/** scikit-learn's `precisions_cholesky_` of a whitening; and the whitening of a `precisions_cholesky_`. */
export function precisionFactors(whitening: Float64Array, kind: CovarianceKind, p: number): Float64Array {
  if (!isTriangular(kind)) return whitening;
  const out = new Float64Array(whitening.length);
  for (let at = 0; at < whitening.length; at += p * p) {
    out.set(transpose(whitening.subarray(at, at + p * p), p, p), at);
  }
  return out;
}

/** The first component whose upper factor is none, with numbers below its diagonal or none above 0 on it; −1: none. */
export function badFactor(factors: Float64Array, kind: CovarianceKind, p: number): number {
  if (!isTriangular(kind)) {
    const bad = factors.findIndex((factor) => !(factor > 0));
    return kind === "diag" ? Math.floor(bad / p) : bad;
  }
  const bad = factors.findIndex((value, at) => {
    const row = Math.floor((at % (p * p)) / p);
    const column = at % p;
    return column < row ? value !== 0 : column === row && !(value > 0);
  });
  return Math.floor(bad / (p * p));
}

/** The precisions: WᵀW of each whitening W. */
export function precisionsOf(
  whitening: Float64Array,
  kind: CovarianceKind,
  p: number,
  reportWork: WorkReporter = ignoreWork,
): Float64Array {
  if (!isTriangular(kind)) return whitening.map((value) => value * value);
  const out = new Float64Array(whitening.length);
  for (let at = 0; at < whitening.length; at += p * p) {
    addGramOfTriangle(out, at, whitening.subarray(at, at + p * p), p, reportWork);
  }
  return out;
}

/** The covariances LLᵀ of each whitening L⁻¹. */
export function covariancesOf(
  whitening: Float64Array,
  kind: CovarianceKind,
  p: number,
  reportWork: WorkReporter = ignoreWork,
): Float64Array {
  if (!isTriangular(kind)) return whitening.map((value) => 1 / (value * value));
  const out = new Float64Array(whitening.length);
  for (let at = 0; at < whitening.length; at += p * p) {
    const upper = transpose(invertLower(whitening.subarray(at, at + p * p), p, reportWork), p, p);
    addGramOfTriangle(out, at, upper, p, reportWork);
  }
  return out;
}

/** Adds AᵀA to the p×p numbers of `out` from `at`; A is triangular and its zeros are skipped. */
function addGramOfTriangle(
  out: Float64Array,
  at: number,
  a: Float64Array,
  p: number,
  reportWork: WorkReporter,
): void {
  for (let row = 0; row < p * p; row += p) {
    reportInPieces(reportWork, p * p);
    for (let i = 0; i < p; i++) {
      const factor = a[row + i] as number;
      if (factor === 0) continue;
      for (let j = 0; j < p; j++) {
        out[at + i * p + j] = (out[at + i * p + j] as number) + factor * (a[row + j] as number);
      }
    }
  }
}
