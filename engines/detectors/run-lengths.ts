/**
 * How long the present run may last already: the posterior of Bayesian online changepoint detection, each
 * run a Gaussian of unknown mean and variance with a normal-inverse-gamma prior, columns independent given
 * the run. Source: Adams and MacKay 2007, arXiv 0710.3742, algorithm 1. The prior counts as one
 * observation: κ₀ = α₀ = 1. Of more runs than `most` the least likely is dropped.
 */

import { gammaLowerTail, logGamma, logGammaHalfStep } from "../numerics/special/gamma-function.js";
import type { Pieces } from "../pieces.js";

export interface RunLengthPrior {
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

/** Numbers of the runs that a piece of the work passes: a density takes 30 ns, a tail of the gamma 300. */
const densitiesInPiece = 16_384;
const tailsInPiece = 2_048;

const runsInPiece = (numbers: number, d: number) => Math.max(1, Math.floor(numbers / d));

/** A run that begins with the next observation. */
export function freshRun({ mean, variance }: RunLengthPrior): RunLengths {
  return { lengths: Float64Array.of(0), weights: Float64Array.of(1), means: mean, betas: variance };
}

const kappa = (length: number) => 1 + length;
const alpha = (length: number) => 1 + length / 2;

/** Of the α of each length: half of a step would go into working them out anew. */
const logGammas = remembered((length) => logGamma(alpha(length)));
const halfSteps = remembered((length) => logGammaHalfStep(alpha(length)));

const rememberedMax = 65_536;

function remembered(of: (length: number) => number): (length: number) => number {
  const known: number[] = [];
  return (length) => {
    if (length >= rememberedMax) return of(length);
    while (known.length <= length) known.push(of(known.length));
    return known[length] as number;
  };
}

/** After an observation [d]: every run goes on, or ended with it and one of length 0 begins. */
export function* nextRuns(
  runs: RunLengths,
  row: Float64Array,
  prior: RunLengthPrior,
  hazard: number,
  most: number,
): Pieces<RunLengths> {
  const joint = yield* jointWeights(runs, row);
  let total = 0;
  for (const each of joint) total += each;
  const d = row.length;
  const count = joint.length;
  const next = emptyRuns(count + 1, d);
  next.weights[0] = hazard;
  next.means.set(prior.mean);
  next.betas.set(prior.variance);
  for (let run = 0; run < count; run++) {
    next.lengths[run + 1] = (runs.lengths[run] as number) + 1;
    next.weights[run + 1] = ((joint[run] as number) * (1 - hazard)) / total;
  }
  const each = runsInPiece(densitiesInPiece, d);
  for (let from = 0; from < count; from += each) {
    goOn(runs, row, next, from, Math.min(from + each, count));
    yield;
  }
  return bounded(next, d, most);
}

/** Means and β of runs that take one observation more, a place further on in `next`. */
function goOn(runs: RunLengths, row: Float64Array, next: RunLengths, from: number, to: number): void {
  const d = row.length;
  for (let run = from; run < to; run++) {
    const strength = kappa(runs.lengths[run] as number);
    for (let j = 0; j < d; j++) {
      const at = run * d + j;
      const off = (row[j] as number) - (runs.means[at] as number);
      next.means[at + d] = (runs.means[at] as number) + off / (strength + 1);
      next.betas[at + d] = (runs.betas[at] as number) + ((strength / (strength + 1)) * off * off) / 2;
    }
  }
}

function emptyRuns(count: number, d: number): RunLengths {
  return {
    lengths: new Float64Array(count),
    weights: new Float64Array(count),
    means: new Float64Array(count * d),
    betas: new Float64Array(count * d),
  };
}

/** Between them a product may take up one more factor of 1e±200, which is all that a variance can be. */
const productLeast = 1e-100;
const productMost = 1e100;

/** Probability of each run times the density of the observation in it, the largest density 1. */
function* jointWeights(runs: RunLengths, row: Float64Array): Pieces<Float64Array> {
  const { weights } = runs;
  const count = weights.length;
  const joint = new Float64Array(count);
  const each = runsInPiece(densitiesInPiece, row.length);
  for (let from = 0; from < count; from += each) {
    logDensities(runs, row, joint, from, Math.min(from + each, count));
    yield;
  }
  let highest = -Infinity;
  for (let run = 0; run < count; run++)
    if ((weights[run] as number) > 0 && (joint[run] as number) > highest) highest = joint[run] as number;
  for (let run = 0; run < count; run++) {
    const weight = weights[run] as number;
    joint[run] = weight > 0 ? weight * Math.exp((joint[run] as number) - highest) : 0;
  }
  return joint;
}

function logDensities(
  { lengths, means, betas }: RunLengths,
  row: Float64Array,
  joint: Float64Array,
  from: number,
  to: number,
): void {
  const d = row.length;
  // Loops and no callbacks: this is most of a step, and they take half the time.
  for (let run = from; run < to; run++) {
    const length = lengths[run] as number;
    const a = alpha(length);
    const widening = 2 * (1 + 1 / kappa(length));
    // Log density of Student's t with 2α degrees, up to a constant; of products, for logarithms are most of the work.
    let spreads = 1;
    let tails = 1;
    let logSpreads = 0;
    let logTails = 0;
    for (let j = 0; j < d; j++) {
      const at = run * d + j;
      const off = (row[j] as number) - (means[at] as number);
      const spread = widening * (betas[at] as number);
      const tail = 1 + (off * off) / spread;
      if (spreads < productLeast || spreads > productMost) {
        logSpreads += Math.log(spreads);
        spreads = 1;
      }
      spreads *= spread;
      if (tails > productMost || tail > productMost) {
        logTails += Math.log(tails);
        tails = 1;
      }
      tails *= tail;
    }
    logSpreads += Math.log(spreads);
    logTails += Math.log(tails);
    joint[run] = d * halfSteps(length) - 0.5 * logSpreads - (a + 0.5) * logTails;
  }
}

function bounded(runs: RunLengths, d: number, most: number): RunLengths {
  if (runs.lengths.length <= most) return runs;
  let least = 1; // never the run that has just begun
  for (let run = 2; run < runs.weights.length; run++)
    if ((runs.weights[run] as number) < (runs.weights[least] as number)) least = run;
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

/** How far a run may be off in the sum below, and all of the least likely be: under 1e-8 of 10,000 runs. */
const negligible = 1e-12;

/** Probability that the present variance is above a level [d], the mean over the columns. */
export function* varianceAbove(runs: RunLengths, level: Float64Array): Pieces<number> {
  const count = runs.weights.length;
  const each = runsInPiece(tailsInPiece, level.length);
  let sum = 0;
  for (let from = 0; from < count; from += each) {
    sum = plusVarianceAbove(sum, runs, level, from, Math.min(from + each, count));
    yield;
  }
  return Math.min(1, sum);
}

function plusVarianceAbove(
  before: number,
  { lengths, weights, betas }: RunLengths,
  level: Float64Array,
  from: number,
  to: number,
): number {
  const d = level.length;
  let sum = before;
  for (let run = from; run < to; run++) {
    const weight = weights[run] as number;
    if (weight < negligible) continue;
    for (let j = 0; j < d; j++) {
      // A variance is above its level when the precision, a gamma variate, is below the inverse.
      const length = lengths[run] as number;
      const at = (betas[run * d + j] as number) / (level[j] as number);
      const above = gammaLowerTail(alpha(length), at, negligible / weight, logGammas(length));
      sum += (weight * above) / d;
    }
  }
  return sum;
}
