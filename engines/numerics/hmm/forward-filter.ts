/**
 * The forward filter of a Gaussian hidden Markov model: the probability of each state given all up to now,
 * in one scaled pass. Its probabilities may underflow to 0, which is harmless where every state can follow
 * every other; log-filter.ts is for the models where it is not. Source: Rabiner 1989, "A tutorial on hidden
 * Markov models".
 */

import { invalidArgument } from "../../../protocol/errors.js";
import { ignoreWork, type WorkReporter } from "../../kernels/index.js";
import { type GaussianEmission, type Gaussians, prepareEmission } from "./gaussian-emission.js";

export interface HmmParameters extends Gaussians {
  /** [k] */
  readonly startprob: Float64Array;
  /** [k,k] from a row's state to a column's. */
  readonly transmat: Float64Array;
}

export interface FilterModel {
  readonly startprob: Float64Array;
  readonly transmat: Float64Array;
  readonly emission: GaussianEmission;
  /** [k,k] */
  readonly logTransmat: Float64Array;
  /**
   * Whether every transition is probable enough for the scaled pass: what underflows in one state is then
   * negligible beside what the other states send there in the next row.
   */
  readonly mixing: boolean;
}

/** Under this a transition may be the only way on for a path that underflowed (doubles end at 5e-324). */
const mixingMinimum = 1e-100;

/** @throws HeadgateError `invalid_argument` for a covariance that is not positive definite */
export function filterModel(parameters: HmmParameters, reportWork: WorkReporter = ignoreWork): FilterModel {
  const emission = prepareEmission(parameters, reportWork);
  if (typeof emission === "number") {
    throw invalidArgument("covars", `the covariance of state ${emission} is not positive definite`);
  }
  const { startprob, transmat } = parameters;
  const mixing = transmat.every((probability) => probability >= mixingMinimum);
  return { startprob, transmat, emission, logTransmat: transmat.map(Math.log), mixing };
}

/** Writes the k state probabilities one step after those from `at` in `filtered`. */
export function predict(
  filtered: Float64Array,
  at: number,
  transmat: Float64Array,
  predicted: Float64Array,
): void {
  const k = predicted.length;
  for (let j = 0; j < k; j++) {
    let sum = 0;
    for (let i = 0; i < k; i++) sum += (filtered[at + i] as number) * (transmat[i * k + j] as number);
    predicted[j] = sum;
  }
}

/** A sum below this has lost digits to underflow, and the row is done again in logarithms. */
const totalMinimum = 1e-280;

/**
 * Writes k filtered probabilities from `at` on, and the weights w with filtered = predicted·w, which the
 * backward pass reuses. Answers log p(observation | everything before it).
 */
export function filterRow(
  predicted: Float64Array,
  densities: Float64Array,
  weights: Float64Array,
  filtered: Float64Array,
  at: number,
): number {
  const k = predicted.length;
  let peak = densities[0] as number;
  for (let j = 1; j < k; j++) if ((densities[j] as number) > peak) peak = densities[j] as number;
  let total = 0;
  for (let j = 0; j < k; j++) {
    const weight = Math.exp((densities[j] as number) - peak);
    weights[at + j] = weight;
    total += weight * (predicted[j] as number);
  }
  if (!(total > totalMinimum)) {
    peak = likeliestLog(predicted, densities);
    total = logWeights(predicted, densities, peak, weights, at);
  }
  const factor = 1 / total;
  for (let j = 0; j < k; j++) {
    weights[at + j] = (weights[at + j] as number) * factor;
    filtered[at + j] = (weights[at + j] as number) * (predicted[j] as number);
  }
  return Math.log(total) + peak;
}

/** The largest log(predicted·density) over states that are possible at all. */
function likeliestLog(predicted: Float64Array, densities: Float64Array): number {
  let largest = Number.NEGATIVE_INFINITY;
  predicted.forEach((probability, j) => {
    if (probability > 0) largest = Math.max(largest, Math.log(probability) + (densities[j] as number));
  });
  return largest;
}

/** Weights relative to that; bounded, for an impossible state may have any density. Answers their sum. */
function logWeights(
  predicted: Float64Array,
  densities: Float64Array,
  peak: number,
  weights: Float64Array,
  at: number,
): number {
  let total = 0;
  predicted.forEach((probability, j) => {
    const weight = Math.exp(Math.min(700, (densities[j] as number) - peak));
    weights[at + j] = weight;
    total += weight * probability;
  });
  return total;
}
