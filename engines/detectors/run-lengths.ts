/**
 * How long the present run may last already: the posterior of Bayesian online changepoint detection, each
 * run a Gaussian of unknown mean and variance with a normal-inverse-gamma prior, columns independent given
 * the run. Source: Adams and MacKay 2007, arXiv 0710.3742, algorithm 1, whose prior strength of one
 * observation and α₀ = 1 are kept. Of more runs than `most` the least likely is dropped.
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
  const weights = Float64Array.of(total * hazard, ...joint.map((each) => each * (1 - hazard)));
  const d = row.length;
  const means = new Float64Array(prior.mean.length + runs.means.length);
  const betas = new Float64Array(means.length);
  means.set(prior.mean);
  betas.set(prior.variance);
  for (let at = 0; at < runs.means.length; at++) {
    const strength = kappa(runs.lengths[Math.floor(at / d)] as number);
    const off = (row[at % d] as number) - (runs.means[at] as number);
    means[at + d] = (runs.means[at] as number) + off / (strength + 1);
    betas[at + d] = (runs.betas[at] as number) + ((strength / (strength + 1)) * off * off) / 2;
  }
  const lengths = Float64Array.of(0, ...runs.lengths.map((length) => length + 1));
  return bounded({ lengths, weights: weights.map((each) => each / total), means, betas }, d, most);
}

/** Probability of each run times the density of the observation in it, the largest density 1. */
function jointWeights({ lengths, weights, means, betas }: RunLengths, row: Float64Array): Float64Array {
  const d = row.length;
  const logs = lengths.map((length, run) => {
    let sum = 0;
    for (let j = 0; j < d; j++) {
      const at = run * d + j;
      sum += logStudent((row[j] as number) - (means[at] as number), betas[at] as number, length);
    }
    return sum;
  });
  const highest = logs.reduce(
    (most, log, run) => ((weights[run] as number) > 0 ? Math.max(most, log) : most),
    -Infinity,
  );
  return weights.map((weight, run) => (weight > 0 ? weight * Math.exp((logs[run] as number) - highest) : 0));
}

/** Log density of the next observation's deviation, up to a constant: Student's t with 2α degrees. */
function logStudent(off: number, beta: number, length: number): number {
  const a = alpha(length);
  const spread = 2 * beta * (1 + 1 / kappa(length));
  return logGammaHalfStep(a) - 0.5 * Math.log(spread) - (a + 0.5) * Math.log1p((off * off) / spread);
}

function bounded(runs: RunLengths, d: number, most: number): RunLengths {
  if (runs.lengths.length <= most) return runs;
  let least = 1; // never the run that has just begun
  runs.weights.forEach((weight, run) => {
    if (run > 0 && weight < (runs.weights[least] as number)) least = run;
  });
  const kept = 1 - (runs.weights[least] as number);
  const without = (values: Float64Array, width: number) =>
    values.filter((_, at) => Math.floor(at / width) !== least);
  return {
    lengths: without(runs.lengths, 1),
    weights: without(runs.weights, 1).map((weight) => weight / kept),
    means: without(runs.means, d),
    betas: without(runs.betas, d),
  };
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
