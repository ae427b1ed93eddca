/**
 * The expectation step of a Gaussian mixture: log-densities of all samples under all components, and from
 * them the responsibilities.
 */

import { type Kernels, reportInPieces } from "../../kernels/index.js";
import type { CovarianceKind } from "../covariance/covariance-kind.js";
import { dot } from "../linear-algebra/dot.js";
import { transpose } from "../linear-algebra/transpose.js";
import { exponential } from "../special/exponential.js";
import { isTriangular } from "./mixture-covariance.js";
import { addSquaredCombination, type MixtureSamples, weightedDeviations } from "./mixture-samples.js";

/** What densities are computed from. */
export interface MixtureDensities {
  readonly kind: CovarianceKind;
  readonly k: number;
  readonly p: number;
  /** [k] */
  readonly weights: Float64Array;
  /** [k,p] */
  readonly means: Float64Array;
  /** In the shape of the kind's covariances. */
  readonly whitening: Float64Array;
}

export interface MixtureModel extends MixtureDensities {
  /** In the shape of the kind. */
  readonly covariances: Float64Array;
}

/** An exponential and a division, in multiply-adds. */
const costOfShare = 8;

const logTwoPi = Math.log(2 * Math.PI);

/** Writes the responsibilities [k,n], and each sample's log-likelihood [n] where asked; answers their mean. */
export async function expectation(
  samples: MixtureSamples,
  model: MixtureDensities,
  responsibilities: Float64Array,
  kernels: Kernels,
  logLikelihoods?: Float64Array,
): Promise<number> {
  const { n } = samples;
  const { k, p, means } = model;
  for (let c = 0; c < k; c++) {
    const out = responsibilities.subarray(c * n, (c + 1) * n);
    const mean = means.subarray(c * p, (c + 1) * p);
    out.fill(0);
    if (!isTriangular(model.kind)) addDiagonalSquares(samples, mean, deviationFactors(model, c), out);
    else if (samples.large) await addSquaresByKernels(samples, mean, triangle(model, c), out, kernels);
    else addTriangularSquares(samples, mean, triangle(model, c), out);
    const peak = logPeak(model, c);
    for (let i = 0; i < n; i++) out[i] = peak - 0.5 * (out[i] as number);
  }
  reportInPieces(samples.reportWork, costOfShare * n * k);
  return normalise(responsibilities, n, k, logLikelihoods) / n;
}

/** The logarithm of a component's weight times its density at its mean. */
function logPeak({ kind, p, weights, whitening }: MixtureDensities, c: number): number {
  let logDeterminant = 0;
  for (let j = 0; j < p; j++) {
    const at = { full: (c * p + j) * p + j, tied: j * p + j, diag: c * p + j, spherical: c }[kind];
    logDeterminant += Math.log(whitening[at] as number);
  }
  return Math.log(weights[c] as number) + logDeterminant - 0.5 * p * logTwoPi;
}

/** 1/σ [p] of a component. */
function deviationFactors({ kind, p, whitening }: MixtureDensities, c: number): Float64Array {
  return kind === "diag"
    ? whitening.subarray(c * p, (c + 1) * p)
    : new Float64Array(p).fill(whitening[c] as number);
}

/** L⁻¹ [p,p] of a component. */
function triangle({ kind, p, whitening }: MixtureDensities, c: number): Float64Array {
  return kind === "full" ? whitening.subarray(c * p * p, (c + 1) * p * p) : whitening;
}

function addDiagonalSquares(
  { n, p, columns, reportWork }: MixtureSamples,
  mean: Float64Array,
  factors: Float64Array,
  out: Float64Array,
): void {
  reportWork(n * p);
  for (let j = 0, from = 0; j < p; j++, from += n) {
    const centre = mean[j] as number;
    const factor = factors[j] as number;
    for (let i = 0; i < n; i++) {
      const z = ((columns[from + i] as number) - centre) * factor;
      out[i] = (out[i] as number) + z * z;
    }
  }
}

function addTriangularSquares(
  samples: MixtureSamples,
  mean: Float64Array,
  whitening: Float64Array,
  out: Float64Array,
): void {
  const { p } = samples;
  for (let r = 0; r < p; r++) {
    const row = whitening.subarray(r * p, (r + 1) * p);
    const whiteMean = dot(row, 0, mean, 0, p);
    addSquaredCombination(samples, row, r + 1, -whiteMean, out);
  }
}

async function addSquaresByKernels(
  samples: MixtureSamples,
  mean: Float64Array,
  whitening: Float64Array,
  out: Float64Array,
  kernels: Kernels,
): Promise<void> {
  const { n, p } = samples;
  const deviations = weightedDeviations(samples, mean, null);
  const white = await kernels.matmul(deviations, transpose(whitening, p, p), n, p, p);
  for (let i = 0, at = 0; i < n; i++) {
    let squares = 0;
    for (let j = 0; j < p; j++, at++) squares += (white[at] as number) ** 2;
    out[i] = squares;
  }
}

/** Turns log-densities [k,n] into shares of each sample; answers the sum of the samples' log-likelihoods. */
function normalise(logs: Float64Array, n: number, k: number, logLikelihoods?: Float64Array): number {
  let total = 0;
  const end = k * n;
  for (let i = 0; i < n; i++) {
    let most = Number.NEGATIVE_INFINITY;
    for (let at = i; at < end; at += n) if ((logs[at] as number) > most) most = logs[at] as number;
    let sum = 0;
    for (let at = i; at < end; at += n) {
      const share = exponential((logs[at] as number) - most);
      logs[at] = share;
      sum += share;
    }
    for (let at = i; at < end; at += n) logs[at] = (logs[at] as number) / sum;
    const logLikelihood = most + Math.log(sum);
    if (logLikelihoods !== undefined) logLikelihoods[i] = logLikelihood;
    total += logLikelihood;
  }
  return total;
}
