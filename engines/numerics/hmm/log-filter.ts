/**
 * The forward filter in logarithms, where no path is lost to underflow: a state whose probability is 1e-900
 * comes back when the data return to it, though no other state leads there. What a live detector runs, and
 * what the passes over models with exact zeros are made of.
 */
import { invalidArgument } from "../../../protocol/errors.js";
import type { FilterModel } from "./forward-filter.js";
import { logDensities } from "./gaussian-emission.js";

export interface FilterStep {
  /** [k] the probability of each state given everything up to this observation. */
  readonly filtered: Float64Array;
  /** [k] its logarithms: the next step starts from them. */
  readonly logFiltered: Float64Array;
  /** log p(observation | everything before it). */
  readonly logLikelihood: number;
}

/**
 * One online step: the filtered state [k] after an observation [d], from the logarithms of that before it,
 * or from the start probabilities when `previous` is null. However extreme the observation, the result is a
 * distribution.
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
  const logFiltered = new Float64Array(k);
  if (previous === null) logFiltered.set(model.startprob.map(Math.log));
  else logPredict(previous, 0, model.logTransmat, k, logFiltered, 0);
  const densities = new Float64Array(k);
  logDensities(model.emission, observation, 0, densities);
  const logLikelihood = logFilterRow(densities, 0, logFiltered, 0, k);
  return { filtered: logFiltered.map(probabilityOf), logFiltered, logLikelihood };
}

/** Writes the k logarithms of the state probabilities one step after those from `at` in `logFiltered`. */
export function logPredict(
  logFiltered: Float64Array,
  at: number,
  logTransmat: Float64Array,
  k: number,
  out: Float64Array,
  to: number,
): void {
  for (let j = 0; j < k; j++) {
    let peak = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < k; i++) {
      const value = (logFiltered[at + i] as number) + (logTransmat[i * k + j] as number);
      if (value > peak) peak = value;
    }
    let sum = 0;
    if (peak > Number.NEGATIVE_INFINITY) {
      for (let i = 0; i < k; i++)
        sum += Math.exp((logFiltered[at + i] as number) + (logTransmat[i * k + j] as number) - peak);
    }
    out[to + j] = peak + Math.log(sum);
  }
}

/**
 * Turns the k predicted logarithms from `at` in `row` into the filtered ones, by the log-densities from `from`
 * on; answers log p(observation | everything before it).
 */
export function logFilterRow(
  densities: Float64Array,
  from: number,
  row: Float64Array,
  at: number,
  k: number,
): number {
  for (let j = 0; j < k; j++) row[at + j] = (row[at + j] as number) + (densities[from + j] as number);
  return normaliseLogs(row, at, k);
}

/**
 * Takes the logarithm of their sum from the k logarithms from `at` on and answers it. The largest is taken
 * first and alone: beside one of 1e200 the rest of the sum would be lost.
 */
export function normaliseLogs(row: Float64Array, at: number, k: number): number {
  let peak = Number.NEGATIVE_INFINITY;
  for (let j = 0; j < k; j++) if ((row[at + j] as number) > peak) peak = row[at + j] as number;
  let sum = 0;
  for (let j = 0; j < k; j++) sum += Math.exp((row[at + j] as number) - peak);
  const rest = Math.log(sum);
  for (let j = 0; j < k; j++) row[at + j] = (row[at + j] as number) - peak - rest;
  return peak + rest;
}

/** The probability of a logarithm; the least double where it would underflow: only the impossible is 0. */
export function probabilityOf(logarithm: number): number {
  if (logarithm === Number.NEGATIVE_INFINITY) return 0;
  return Math.max(Math.exp(logarithm), Number.MIN_VALUE);
}
