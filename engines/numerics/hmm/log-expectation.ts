/**
 * Baum and Welch's expectation step in logarithms, for models with transitions that are zero or nearly: some
 * three times the time of the scaled one, and no path is lost in it.
 */
import { ignoreWork, inBlocks, type WorkReporter } from "../../kernels/index.js";
import type { Expectation } from "./expectation.js";
import type { FilterModel } from "./forward-filter.js";
import { densityCost, logDensities } from "./gaussian-emission.js";
import { logFilterRow, logPredict, normaliseLogs, probabilityOf } from "./log-filter.js";

/** Fills `out` for X [n,d] under the model; answers the log-likelihood. */
export function expectInLogarithms(
  x: Float64Array,
  n: number,
  model: FilterModel,
  out: Expectation,
  reportWork: WorkReporter = ignoreWork,
): number {
  const logLikelihood = forwardLogs(x, n, model, out, reportWork);
  backwardLogs(n, model, out, reportWork);
  return logLikelihood;
}

/** An exponential or a logarithm, in multiply-adds. */
const costOfLogarithms = 8;

/** Leaves the filtered logarithms in `filtered` and the log-densities in `weights`. */
function forwardLogs(
  x: Float64Array,
  n: number,
  model: FilterModel,
  out: Expectation,
  reportWork: WorkReporter,
): number {
  const { emission, logTransmat } = model;
  const { k, d } = emission;
  const { filtered, weights } = out;
  const densities = new Float64Array(k);
  filtered.set(model.startprob.map(Math.log));
  let logLikelihood = 0;
  inBlocks(n, costOfLogarithms * k * k + densityCost(emission), reportWork, (first, end) => {
    let sum = logLikelihood; // V8 stores a number that a closure changes on the heap
    for (let t = first; t < end; t++) {
      if (t > 0) logPredict(filtered, (t - 1) * k, logTransmat, k, filtered, t * k);
      logDensities(emission, x, t * d, densities);
      weights.set(densities, t * k);
      sum += logFilterRow(densities, 0, filtered, t * k, k);
    }
    logLikelihood = sum;
  });
  return logLikelihood;
}

/**
 * β in logarithms needs one row. Of each row log(filtered·β) is normalised, and the same divisor makes the
 * expected transitions a distribution. `filtered` becomes probabilities once a row is done with.
 */
function backwardLogs(
  n: number,
  { emission, logTransmat }: FilterModel,
  out: Expectation,
  reportWork: WorkReporter,
): void {
  const { k } = emission;
  const { filtered, smoothed, weights, transitions } = out;
  const ahead = new Float64Array(k);
  const steps = new Float64Array(k * k);
  const logBeta = new Float64Array(k);
  transitions.fill(0);
  smoothed.set(filtered.subarray((n - 1) * k), (n - 1) * k);
  for (let t = n - 1; t > 0; t--) {
    const at = t * k;
    reportWork(2 * costOfLogarithms * k * k);
    for (let j = 0; j < k; j++) ahead[j] = (weights[at + j] as number) + (logBeta[j] as number);
    for (let i = 0; i < k; i++) {
      for (let j = 0; j < k; j++)
        steps[i * k + j] = (logTransmat[i * k + j] as number) + (ahead[j] as number);
      logBeta[i] = logSum(steps, i * k, k);
      smoothed[at - k + i] = (filtered[at - k + i] as number) + (logBeta[i] as number);
    }
    const divisor = normaliseLogs(smoothed, at - k, k);
    addTransitions(steps, filtered, at - k, transitions, k);
    for (let j = 0; j < k; j++) logBeta[j] = (logBeta[j] as number) - divisor;
  }
  for (let i = 0; i < n * k; i++) {
    filtered[i] = probabilityOf(filtered[i] as number);
    smoothed[i] = Math.exp(smoothed[i] as number);
  }
}

/** Adds the probability of each step from the row at `at` to the next, given all rows. */
function addTransitions(
  steps: Float64Array,
  filtered: Float64Array,
  at: number,
  transitions: Float64Array,
  k: number,
): void {
  for (let i = 0; i < k; i++)
    for (let j = 0; j < k; j++)
      steps[i * k + j] = (steps[i * k + j] as number) + (filtered[at + i] as number);
  normaliseLogs(steps, 0, k * k);
  for (let i = 0; i < k * k; i++) transitions[i] = (transitions[i] as number) + Math.exp(steps[i] as number);
}

function logSum(values: Float64Array, at: number, count: number): number {
  let peak = Number.NEGATIVE_INFINITY;
  for (let i = at; i < at + count; i++) if ((values[i] as number) > peak) peak = values[i] as number;
  if (peak === Number.NEGATIVE_INFINITY) return peak;
  let sum = 0;
  for (let i = at; i < at + count; i++) sum += Math.exp((values[i] as number) - peak);
  return peak + Math.log(sum);
}
