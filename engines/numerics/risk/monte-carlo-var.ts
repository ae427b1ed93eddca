/**
 * Monte Carlo value at risk of a linear portfolio: p asset returns drawn jointly for each path, Gaussian or
 * Student-t, scaled to the horizon. Each path takes p normal numbers z; its assets return μ + Lz with
 * LLᵀ = Σ, and the portfolio wᵀμ + (Lᵀw)ᵀz, which is the same number in p steps instead of p². Student-t
 * paths divide z by √(χ²/ν), one for all assets, and are scaled so that Σ is their covariance. Sources:
 * Glasserman 2003, "Monte Carlo methods in financial engineering", sections 2.3 and 9.3.
 */

import { invalidArgument } from "../../../protocol/errors.js";
import type { WorkReporter } from "../../kernels/index.js";
import { type FitContext, throwIfAborted, workReporterOf } from "../fit.js";
import { cholesky } from "../linear-algebra/cholesky.js";
import { symmetricEigen } from "../linear-algebra/symmetric-eigen.js";
import { NormalSource } from "../random/normal-source.js";
import { type TailRisk, tailRisk } from "./tail-risk.js";

/** Returns of p assets over one day. */
export interface ReturnModel {
  /** [p] */
  readonly mean: Float64Array;
  /** [p,p] */
  readonly covariance: Float64Array;
}

export interface MonteCarloOptions {
  /** [p] */
  readonly weights: Float64Array;
  /** [k] each above 0 and below 1. */
  readonly levels: Float64Array;
  /** Days; means grow with it, deviations with its root. */
  readonly horizon: number;
  /** Above 2; null: Gaussian. */
  readonly degreesOfFreedom: number | null;
  readonly paths: number;
  /** Whether every second path is the mirror of the one before it. */
  readonly antithetic: boolean;
  readonly randomState: number;
}

export interface MonteCarloVar {
  /** [k] */
  readonly risks: readonly TailRisk[];
  /** The portfolio's expected return over the horizon, and its standard deviation; neither is simulated. */
  readonly mean: number;
  readonly volatility: number;
}

/**
 * Losses are positive.
 * @throws HeadgateError `invalid_argument` for a covariance that is none, or too few paths for a level
 */
export async function monteCarloVar(
  model: ReturnModel,
  options: MonteCarloOptions,
  context: FitContext,
): Promise<MonteCarloVar> {
  const { weights, horizon, levels, paths } = options;
  for (const level of levels) {
    if (!(level > 0 && level < 1)) throw invalidArgument("inputs.levels", `${level} is not between 0 and 1`);
    if (paths * (1 - level) >= 1 - 1e-9) continue;
    const least = Math.ceil(1 / (1 - level));
    throw invalidArgument(
      "parameters.n_paths",
      `${paths} leave none beyond level ${level}; at least ${least}`,
    );
  }
  const loadings = portfolioLoadings(model.covariance, weights, workReporterOf(context));
  throwIfAborted(context);
  const mean = horizon * dot(weights, model.mean);
  const volatility = Math.sqrt(horizon * dot(loadings, loadings));
  const losses = simulateLosses(loadings, mean, options, context);
  throwIfAborted(context);
  return { risks: tailRisk(losses, levels), mean, volatility };
}

/** A normal number takes some draws and products, a Student-t path more. */
const costOfNormal = 16;

/** Normal numbers drawn at once: 128 kB stay in the second-level cache. */
const drawnAtOnce = 16_384;

function simulateLosses(
  loadings: Float64Array,
  mean: number,
  options: MonteCarloOptions,
  context: FitContext,
): Float64Array {
  const p = loadings.length;
  const reportWork = workReporterOf(context);
  const source = new NormalSource(options.randomState);
  const losses = new Float64Array(options.paths);
  const mirrored = options.antithetic ? 2 : 1;
  const normals = new Float64Array(Math.max(1, Math.floor(drawnAtOnce / p)) * p);
  for (let path = 0; path < losses.length; ) {
    reportWork(costOfNormal * normals.length);
    source.fillNormals(normals);
    for (let at = 0; at < normals.length && path < losses.length; at += p) {
      const move = pathScale(source, options) * portfolioMove(loadings, normals, at);
      losses[path] = -mean - move;
      if (mirrored === 2 && path + 1 < losses.length) losses[path + 1] = -mean + move;
      path += mirrored;
    }
  }
  return losses;
}

/** What a path's normal numbers are multiplied by: √horizon, and under Student-t √((ν − 2)/χ²). */
function pathScale(source: NormalSource, { horizon, degreesOfFreedom }: MonteCarloOptions): number {
  if (degreesOfFreedom === null) return Math.sqrt(horizon);
  return Math.sqrt((horizon * (degreesOfFreedom - 2)) / source.chiSquare(degreesOfFreedom));
}

/** In two sums, each of which need not wait for the other. */
function portfolioMove(loadings: Float64Array, normals: Float64Array, at: number): number {
  const p = loadings.length;
  let even = 0;
  let odd = 0;
  for (let j = 0; j + 1 < p; j += 2) {
    even += (loadings[j] as number) * (normals[at + j] as number);
    odd += (loadings[j + 1] as number) * (normals[at + j + 1] as number);
  }
  return p % 2 === 0
    ? even + odd
    : even + odd + (loadings[p - 1] as number) * (normals[at + p - 1] as number);
}

/** Lᵀw [p] for some L with LLᵀ = Σ: Cholesky's, or that of the eigenvectors when Σ is singular. */
function portfolioLoadings(
  covariance: Float64Array,
  weights: Float64Array,
  reportWork: WorkReporter,
): Float64Array {
  const p = weights.length;
  const factor = cholesky(covariance, p, reportWork);
  if (factor !== null) {
    return weights.map((_, j) => {
      let sum = 0;
      for (let i = j; i < p; i++) sum += (factor[i * p + j] as number) * (weights[i] as number);
      return sum;
    });
  }
  const { values, vectors } = symmetricEigen(covariance, p, reportWork);
  const least = values[p - 1] as number;
  if (least < -1e-9 * Math.abs(values[0] as number)) {
    throw invalidArgument("inputs.covariance", `an eigenvalue is ${least}; a covariance has none below 0`);
  }
  return values.map((value, v) => {
    return Math.sqrt(Math.max(0, value)) * dot(vectors.subarray(v * p, v * p + p), weights);
  });
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, j) => sum + value * (b[j] as number), 0);
}
