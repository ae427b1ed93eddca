/**
 * The forward filter of a Gaussian hidden Markov model: the probability of each state given all up to now,
 * one observation at a time. What a live detector runs, and what the fit's `filtered` is made of. Scaled
 * in each row by its largest density. Source: Rabiner 1989, "A tutorial on hidden Markov models".
 */
import { invalidArgument } from "../../protocol/errors.js";
import { type GaussianEmission, type Gaussians, logDensities, prepareEmission } from "./gaussian-emission.js";

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
}

export interface FilterStep {
  /** [k] the probability of each state given everything up to this observation. */
  readonly filtered: Float64Array;
  /** log p(observation | everything before it). */
  readonly logLikelihood: number;
}

/** @throws HeadgateError `invalid_argument` for a covariance that is not positive definite */
export function filterModel(parameters: HmmParameters): FilterModel {
  const emission = prepareEmission(parameters);
  if (typeof emission === "number") {
    throw invalidArgument("covars", `the covariance of state ${emission} is not positive definite`);
  }
  return { startprob: parameters.startprob, transmat: parameters.transmat, emission };
}

/**
 * One online step: the filtered state [k] after an observation [d], from that before it, or from the start
 * probabilities when `previous` is null. However extreme the observation, the result is a distribution.
 * @throws HeadgateError `invalid_argument` for an observation that is not finite or not of d numbers
 */
export function forwardStep(
  previous: Float64Array | null,
  model: FilterModel,
  observation: ArrayLike<number>,
): FilterStep {
  const { k, d } = model.emission;
  if (observation.length !== d) throw invalidArgument("values", `${observation.length} numbers, not ${d}`);
  for (let i = 0; i < d; i++) {
    if (!Number.isFinite(observation[i])) throw invalidArgument("values", `column ${i} is not finite`);
  }
  const predicted = previous === null ? model.startprob : new Float64Array(k);
  if (previous !== null) predict(previous, 0, model.transmat, predicted);
  const densities = new Float64Array(k);
  logDensities(model.emission, observation, 0, densities);
  const filtered = new Float64Array(k);
  const logLikelihood = filterRow(predicted, densities, new Float64Array(k), filtered, 0);
  return { filtered, logLikelihood };
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
