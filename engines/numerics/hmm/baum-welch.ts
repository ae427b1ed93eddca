/**
 * One expectation and one maximisation step of Baum and Welch's algorithm for Gaussian states, with
 * hmmlearn's priors. All memory is taken once: a step over n rows allocates nothing per row. Source:
 * Rabiner 1989; hmmlearn 0.3.3, `hmm.py`.
 */
import { rowsAtOnce, type Spend, spendInPieces, unwatched } from "../../kernels/index.js";
import type { Expectation } from "./expectation.js";
import { type FilterModel, filterRow, type HmmParameters, predict } from "./forward-filter.js";
import { densityCost, logDensities } from "./gaussian-emission.js";
import { expectInLogarithms } from "./log-expectation.js";

/** Dirichlet and inverse Wishart (diagonal: inverse gamma) priors, hmmlearn's names. */
export interface HmmPriors {
  readonly startprob: number;
  readonly transmat: number;
  readonly covars: number;
  readonly covarsWeight: number;
}

/** Fills `out` for X [n,d] under the model; answers the log-likelihood. */
export function expect(
  x: Float64Array,
  n: number,
  model: FilterModel,
  out: Expectation,
  spend: Spend = unwatched,
): number {
  if (!model.mixing) return expectInLogarithms(x, n, model, out, spend);
  const logLikelihood = forwardPass(x, n, model, out, spend);
  backwardPass(n, model, out, spend);
  return logLikelihood;
}

function forwardPass(x: Float64Array, n: number, model: FilterModel, out: Expectation, spend: Spend): number {
  const { emission, transmat } = model;
  const { k, d } = emission;
  const densities = new Float64Array(k);
  const predicted = model.startprob.slice();
  let logLikelihood = 0;
  const cost = k * k + densityCost(emission);
  const rows = rowsAtOnce(cost);
  for (let t = 0; t < n; t++) {
    if (t % rows === 0) spendInPieces(spend, rows * cost);
    if (t > 0) predict(out.filtered, (t - 1) * k, transmat, predicted);
    logDensities(emission, x, t * d, densities);
    logLikelihood += filterRow(predicted, densities, out.weights, out.filtered, t * k);
  }
  return logLikelihood;
}

/** The scaled backward variable β needs only two rows; smoothed = filtered·β, a distribution by itself. */
function backwardPass(n: number, { transmat, emission }: FilterModel, out: Expectation, spend: Spend): void {
  const { k } = emission;
  const { filtered, smoothed, weights, transitions } = out;
  const beta = new Float64Array(k).fill(1);
  const ahead = new Float64Array(k);
  const rows = rowsAtOnce(2 * k * k);
  transitions.fill(0);
  for (let t = n - 1; t > 0; t--) {
    const at = t * k;
    if (t % rows === 0) spend(rows * 2 * k * k);
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

/** The parameters that maximise the expected posterior, from the ones the expectation was taken under. */
export function maximise(
  x: Float64Array,
  n: number,
  before: HmmParameters,
  { smoothed, transitions }: Expectation,
  priors: HmmPriors,
  spend: Spend = unwatched,
): HmmParameters {
  const { k } = before;
  const startprob = normalisedOr(
    before.startprob.map((old, j) =>
      old === 0 ? 0 : Math.max(0, priors.startprob - 1 + (smoothed[j] as number)),
    ),
    before.startprob,
  );
  const transmat = new Float64Array(k * k);
  for (let i = 0; i < k; i++) {
    const old = before.transmat.subarray(i * k, i * k + k);
    const row = old.map((value, j) => {
      return value === 0 ? 0 : Math.max(0, priors.transmat - 1 + (transitions[i * k + j] as number));
    });
    transmat.set(normalisedOr(row, old), i * k);
  }
  return { ...before, startprob, transmat, ...maximisedGaussians(x, n, before, smoothed, priors, spend) };
}

/** The row divided by its sum; the old one where a state was never visited. */
function normalisedOr(row: Float64Array, old: Float64Array): Float64Array {
  const sum = row.reduce((total, value) => total + value, 0);
  return sum > 0 ? row.map((value) => value / sum) : old.slice();
}

/**
 * Means and covariances from sums of deviations about the old means, which are near the new ones: nothing
 * cancels, wherever the data lie.
 */
function maximisedGaussians(
  x: Float64Array,
  n: number,
  { k, d, diagonal, means, covars }: HmmParameters,
  smoothed: Float64Array,
  priors: HmmPriors,
  spend: Spend,
) {
  const newMeans = means.slice();
  const newCovars = covars.slice();
  const first = new Float64Array(d);
  const second = new Float64Array(d * d);
  for (let state = 0; state < k; state++) {
    const weight = deviationSums(x, n, d, k, state, means, smoothed, diagonal, first, second, spend);
    if (!(weight > 0)) continue;
    const prior = Math.max(priors.covarsWeight - (diagonal ? 1 : d), 0);
    const divisor = diagonal ? Math.max(prior + weight, 1e-5) : prior + weight;
    for (let i = 0; i < d; i++) {
      const si = first[i] as number;
      newMeans[state * d + i] = (means[state * d + i] as number) + si / weight;
      for (let j = diagonal ? i : 0; j <= i; j++) {
        const sum = (second[i * d + j] as number) - (si * (first[j] as number)) / weight;
        const value = (priors.covars + sum) / divisor;
        newCovars[(state * d + i) * d + j] = value;
        newCovars[(state * d + j) * d + i] = value;
      }
    }
  }
  return { means: newMeans, covars: newCovars };
}

/** Weighted sums of deviations from the state's mean and of their products; answers the weights' sum. */
function deviationSums(
  x: Float64Array,
  n: number,
  d: number,
  k: number,
  state: number,
  means: Float64Array,
  smoothed: Float64Array,
  diagonal: boolean,
  first: Float64Array,
  second: Float64Array,
  spend: Spend,
): number {
  first.fill(0);
  second.fill(0);
  let total = 0;
  const cost = diagonal ? 2 * d : (d * (d + 1)) / 2;
  const rows = rowsAtOnce(cost);
  for (let t = 0; t < n; t++) {
    if (t % rows === 0) spendInPieces(spend, rows * cost);
    const weight = smoothed[t * k + state] as number;
    total += weight;
    for (let i = 0; i < d; i++) {
      const deviation = (x[t * d + i] as number) - (means[state * d + i] as number);
      const weighted = weight * deviation;
      first[i] = (first[i] as number) + weighted;
      for (let j = diagonal ? i : 0; j <= i; j++) {
        const other = (x[t * d + j] as number) - (means[state * d + j] as number);
        second[i * d + j] = (second[i * d + j] as number) + weighted * other;
      }
    }
  }
  return total;
}
