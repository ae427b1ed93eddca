/**
 * The maximisation step of Baum and Welch's algorithm for Gaussian states, with hmmlearn's priors and its four
 * kinds of covariance. Source: Rabiner 1989; hmmlearn 0.3.3, `hmm.py`.
 */
import { ignoreWork, reportInPieces, rowsAtOnce, type WorkReporter } from "../../kernels/index.js";
import { CovarianceUpdate, type Deviations } from "./covariance-update.js";
import type { Expectation } from "./expectation.js";
import type { HmmParameters } from "./forward-filter.js";
import type { HmmPriors, Learning } from "./learning.js";

/**
 * The parameters that maximise the expected posterior, from the ones the expectation was taken under. X holds
 * the rows of all sequences, one sequence after another, each of so many rows as `lengths` says.
 */
export function maximise(
  x: Float64Array,
  lengths: readonly number[],
  before: HmmParameters,
  { smoothed, transitions }: Expectation,
  learning: Learning,
  reportWork: WorkReporter = ignoreWork,
): HmmParameters {
  const { params, priors } = learning;
  const changed: { -readonly [name in keyof HmmParameters]?: HmmParameters[name] } = {};
  if (params.includes("s")) changed.startprob = maximisedStart(lengths, before, smoothed, priors);
  if (params.includes("t")) changed.transmat = maximisedTransitions(before, transitions, priors);
  if (params.includes("m") || params.includes("c"))
    Object.assign(changed, maximisedGaussians(x, before, smoothed, learning, reportWork));
  return { ...before, ...changed };
}

function maximisedStart(
  lengths: readonly number[],
  { k, startprob }: HmmParameters,
  smoothed: Float64Array,
  priors: HmmPriors,
): Float64Array {
  const starts = new Float64Array(k);
  let first = 0;
  for (const length of lengths) {
    for (let j = 0; j < k; j++) starts[j] = (starts[j] as number) + (smoothed[first * k + j] as number);
    first += length;
  }
  return normalisedOr(
    startprob.map((old, j) => expected(old, priors.startprob[j] as number, starts[j] as number)),
    startprob,
  );
}

function maximisedTransitions(
  { k, transmat }: HmmParameters,
  transitions: Float64Array,
  priors: HmmPriors,
): Float64Array {
  const steps = transmat.map((old, at) =>
    expected(old, priors.transmat[at] as number, transitions[at] as number),
  );
  const result = new Float64Array(k * k);
  for (let at = 0; at < k * k; at += k)
    result.set(normalisedOr(steps.subarray(at, at + k), transmat.subarray(at, at + k)), at);
  return result;
}

/** What is impossible stays so, as the steps back of a left-to-right chain; a prior below 1 may take all. */
function expected(old: number, prior: number, count: number): number {
  return old === 0 ? 0 : Math.max(0, prior - 1 + count);
}

/** The row divided by its sum; the old one where a state was never visited. */
function normalisedOr(row: Float64Array, old: Float64Array): Float64Array {
  const sum = row.reduce((total, value) => total + value, 0);
  return sum > 0 ? row.map((value) => value / sum) : old.slice();
}

function maximisedGaussians(
  x: Float64Array,
  before: HmmParameters,
  smoothed: Float64Array,
  learning: Learning,
  reportWork: WorkReporter,
): Pick<HmmParameters, "means" | "covars"> {
  const { k, d, means, covars } = before;
  const { meansWeight, means: expectedMeans } = learning.priors;
  const newMeans = means.slice();
  const deviations: Deviations = { weight: 0, first: new Float64Array(d), second: new Float64Array(d * d) };
  const update = learning.params.includes("c")
    ? new CovarianceUpdate(covars, k, d, learning.covarianceKind, learning.priors)
    : undefined;
  const shift = new Float64Array(d);
  for (let state = 0; state < k; state++) {
    sumDeviations(x, before, state, smoothed, update === undefined, deviations, reportWork);
    const { weight, first } = deviations;
    if (learning.params.includes("m"))
      for (let i = 0; i < d; i++) {
        const at = state * d + i;
        const prior = meansWeight[at] as number;
        const pull = prior === 0 ? 0 : prior * ((expectedMeans[at] as number) - (means[at] as number));
        const rows = prior + weight;
        shift[i] = rows > 0 ? (pull + (first[i] as number)) / rows : 0;
        newMeans[at] = (means[at] as number) + (shift[i] as number);
      }
    update?.add(state, newMeans, shift, deviations);
  }
  return { means: newMeans, covars: update === undefined ? covars : update.covars() };
}

function sumDeviations(
  x: Float64Array,
  { k, d, diagonal, means }: HmmParameters,
  state: number,
  smoothed: Float64Array,
  meansOnly: boolean,
  sums: Deviations,
  reportWork: WorkReporter,
): void {
  const { first, second } = sums;
  const narrow = diagonal || meansOnly;
  first.fill(0);
  second.fill(0);
  let total = 0;
  const n = x.length / d;
  const cost = narrow ? 2 * d : (d * (d + 1)) / 2;
  const rows = rowsAtOnce(cost);
  for (let t = 0; t < n; t++) {
    if (t % rows === 0) reportInPieces(reportWork, rows * cost);
    const weight = smoothed[t * k + state] as number;
    total += weight;
    for (let i = 0; i < d; i++) {
      const deviation = (x[t * d + i] as number) - (means[state * d + i] as number);
      const weighted = weight * deviation;
      first[i] = (first[i] as number) + weighted;
      for (let j = narrow ? i : 0; j <= i; j++) {
        const other = (x[t * d + j] as number) - (means[state * d + j] as number);
        second[i * d + j] = (second[i * d + j] as number) + weighted * other;
      }
    }
  }
  sums.weight = total;
}
