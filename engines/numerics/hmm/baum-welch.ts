/**
 * The expectation step of Baum and Welch's algorithm for Gaussian states. All memory is taken once: a step over
 * n rows allocates nothing per row. Source: Rabiner 1989.
 */
import { ignoreWork, reportInPieces, rowsAtOnce, type WorkReporter } from "../../kernels/index.js";
import type { Expectation } from "./expectation.js";
import { type FilterModel, filterRow, predict } from "./forward-filter.js";
import { densityCost, logDensities } from "./gaussian-emission.js";
import { expectInLogarithms } from "./log-expectation.js";

/** Fills `out` for X [n,d] under the model; answers the log-likelihood. */
export function expect(
  x: Float64Array,
  n: number,
  model: FilterModel,
  out: Expectation,
  reportWork: WorkReporter = ignoreWork,
): number {
  if (!model.mixing) return expectInLogarithms(x, n, model, out, reportWork);
  const logLikelihood = forwardPass(x, n, model, out, reportWork);
  backwardPass(n, model, out, reportWork);
  return logLikelihood;
}

function forwardPass(
  x: Float64Array,
  n: number,
  model: FilterModel,
  out: Expectation,
  reportWork: WorkReporter,
): number {
  const { emission, transmat } = model;
  const { k, d } = emission;
  const densities = new Float64Array(k);
  const predicted = model.startprob.slice();
  let logLikelihood = 0;
  const cost = k * k + densityCost(emission);
  const rows = rowsAtOnce(cost);
  for (let t = 0; t < n; t++) {
    if (t % rows === 0) reportInPieces(reportWork, Math.min(rows, n - t) * cost);
    if (t > 0) predict(out.filtered, (t - 1) * k, transmat, predicted);
    logDensities(emission, x, t * d, densities);
    logLikelihood += filterRow(predicted, densities, out.weights, out.filtered, t * k);
  }
  return logLikelihood;
}

/** The scaled backward variable β needs only two rows; smoothed = filtered·β, a distribution by itself. */
function backwardPass(
  n: number,
  { transmat, emission }: FilterModel,
  out: Expectation,
  reportWork: WorkReporter,
): void {
  const { k } = emission;
  const { filtered, smoothed, weights, transitions } = out;
  const beta = new Float64Array(k).fill(1);
  const ahead = new Float64Array(k);
  const rows = rowsAtOnce(2 * k * k);
  transitions.fill(0);
  for (let t = n - 1; t > 0; t--) {
    const at = t * k;
    if (t === n - 1 || t % rows === 0) reportWork((t % rows || rows) * 2 * k * k);
    for (let j = 0; j < k; j++) {
      smoothed[at + j] = (filtered[at + j] as number) * (beta[j] as number);
      ahead[j] = (weights[at + j] as number) * (beta[j] as number);
    }
    for (let i = 0; i < k; i++) {
      const before = filtered[at - k + i] as number;
      let sum = 0;
      for (let j = 0; j < k; j++) {
        const step = (transmat[i * k + j] as number) * (ahead[j] as number);
        transitions[i * k + j] = (transitions[i * k + j] as number) + before * step;
        sum += step;
      }
      beta[i] = sum;
    }
  }
  for (let j = 0; j < k; j++) smoothed[j] = (filtered[j] as number) * (beta[j] as number);
}
