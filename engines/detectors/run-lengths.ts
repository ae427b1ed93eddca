/**
 * How long the present run may last already: the posterior of Bayesian online changepoint detection, each
 * run a Gaussian of unknown mean and variance with a normal-inverse-gamma prior, columns independent given
 * the run. Source: Adams and MacKay 2007, arXiv 0710.3742, algorithm 1. The prior counts as one
 * observation: κ₀ = α₀ = 1. Of more runs than `most` the least likely is dropped.
 */
import { gammaLowerTail, logGammaHalfStep } from "../numerics/gamma-function.js";

export interface Prior {
  /** [d] */
  readonly mean: Float64Array;
  /** [d] Variance, above 0. */
  readonly variance: Float64Array;
}

export interface RunLengths {
  /** [R] observations in each run. */
  readonly lengths: Float64Array;
  /** [R] their probabilities. */
  readonly weights: Float64Array;
  /** [R, d] */
  readonly means: Float64Array;
  /** [R, d] the inverse gamma's β. */
  readonly betas: Float64Array;
}

/** A run that begins with the next observation. */
export function freshRun({ mean, variance }: Prior): RunLengths {
  return { lengths: Float64Array.of(0), weights: Float64Array.of(1), means: mean, betas: variance };
}

const kappa = (length: number) => 1 + length;
const alpha = (length: number) => 1 + length / 2;

/** After an observation [d]: every run goes on, or ended with it and one of length 0 begins. */
export function nextRuns(
  runs: RunLengths,
  row: Float64Array,
  prior: Prior,
  hazard: number,
  most: number,
): RunLengths {
  const joint = jointWeights(runs, row);
  const total = joint.reduce((sum, each) => sum + each, 0);
  const d = row.length;
  const count = joint.length;
  const next = emptyRuns(count + 1, d);
  next.weights[0] = hazard;
  next.means.set(prior.mean);
  next.betas.set(prior.variance);
  for (let run = 0; run < count; run++) {
    const length = runs.lengths[run] as number;
    const strength = kappa(length);
    next.lengths[run + 1] = length + 1;
    next.weights[run + 1] = ((joint[run] as number) * (1 - hazard)) / total;
    for (let j = 0; j < d; j++) {
      const at = run * d + j;
      const off = (row[j] as number) - (runs.means[at] as number);
      next.means[at + d] = (runs.means[at] as number) + off / (strength + 1);
      next.betas[at + d] = (runs.betas[at] as number) + ((strength / (strength + 1)) * off * off) / 2;
    }
  }
  return bounded(next, d, most);
}

function emptyRuns(count: number, d: number): RunLengths {
  return {
    lengths: new Float64Array(count),
    weights: new Float64Array(count),
    means: new Float64Array(count * d),
    betas: new Float64Array(count * d),
  };
}

/** Probability of each run times the density of the observation in it, the largest density 1. */
function jointWeights({ lengths, weights, means, betas }: RunLengths, row: Float64Array): Float64Array {
  const d = row.length;
  const logs = lengths.map((length, run) => {
    const a = alpha(length);
    const widening = 2 * (1 + 1 / kappa(length));
    let sum = d * logGammaHalfStep(a);
    for (let j = 0; j < d; j++) {
      const at = run * d + j;
      const off = (row[j] as number) - (means[at] as number);
      const spread = widening * (betas[at] as number);
      // Log density of Student's t with 2α degrees, up to a constant.
      sum -= 0.5 * Math.log(spread) + (a + 0.5) * Math.log1p((off * off) / spread);
    }
    return sum;
  });
  const highest = logs.reduce(
    (most, log, run) => ((weights[run] as number) > 0 ? Math.max(most, log) : most),
    -Infinity,
  );
  return weights.map((weight, run) => (weight > 0 ? weight * Math.exp((logs[run] as number) - highest) : 0));
}

function bounded(runs: RunLengths, d: number, most: number): RunLengths {
  if (runs.lengths.length <= most) return runs;
  let least = 1; // never the run that has just begun
  runs.weights.forEach((weight, run) => {
    if (run > 0 && weight < (runs.weights[least] as number)) least = run;
  });
  const rest = 1 - (runs.weights[least] as number);
  const kept = emptyRuns(runs.lengths.length - 1, d);
  without(runs.lengths, least, 1, kept.lengths);
  without(runs.weights, least, 1, kept.weights);
  without(runs.means, least, d, kept.means);
  without(runs.betas, least, d, kept.betas);
  for (let run = 0; run < kept.weights.length; run++)
    kept.weights[run] = (kept.weights[run] as number) / rest;
  return kept;
}

/** Copies all but the block of `width` numbers of one run. */
function without(values: Float64Array, run: number, width: number, to: Float64Array): void {
  to.set(values.subarray(0, run * width));
  to.set(values.subarray((run + 1) * width), run * width);
}

/** Runs less likely are left out of the sum below: together they are under 1e-8 of 10,000 runs. */
const negligible = 1e-12;

/** Probability that the present variance is above a level [d], the mean over the columns. */
export function varianceAbove({ lengths, weights, betas }: RunLengths, level: Float64Array): number {
  const d = level.length;
  let sum = 0;
  weights.forEach((weight, run) => {
    if (weight < negligible) return;
    for (let j = 0; j < d; j++) {
      // A variance is above its level when the precision, a gamma variate, is below the inverse.
      const above = gammaLowerTail(
        alpha(lengths[run] as number),
        (betas[run * d + j] as number) / (level[j] as number),
      );
      sum += (weight * above) / d;
    }
  });
  return Math.min(1, sum);
}
