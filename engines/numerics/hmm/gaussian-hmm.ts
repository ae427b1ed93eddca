/**
 * A hidden Markov model with Gaussian states, as hmmlearn's GaussianHMM: its starts, priors and stopping
 * rule, so that one seed gives its numbers. Unlike hmmlearn it works about the column means, where no
 * offset costs digits; it says whether it converged; and it orders the states by variance.
 */
import { HeadgateError, invalidArgument } from "../../../protocol/errors.js";
import type { Floats, Spend } from "../../kernels/index.js";
import { kmeans } from "../cluster/kmeans.js";
import { centred, columnCentre } from "../covariance/column-moments.js";
import { type FitContext, spendOf, throwIfAborted } from "../fit.js";
import { refuseTooLarge } from "../float-tensors.js";
import { RandomState } from "../random/random.js";
import { expect, type HmmPriors, maximise } from "./baum-welch.js";
import { allocateExpectation, type Expectation } from "./expectation.js";
import { type FilterModel, filterModel, type HmmParameters } from "./forward-filter.js";
import { viterbi } from "./viterbi.js";

export interface HmmOptions {
  readonly states: number;
  readonly diagonal: boolean;
  /** Added to the variances of the start. */
  readonly covarianceMinimum: number;
  readonly priors: HmmPriors;
  readonly iterationsMaximum: number;
  /** Gain of log-likelihood below which an iteration is the last. */
  readonly tolerance: number;
  readonly order: "variance" | "none";
  /** How transitions start: drawn as hmmlearn does, or 0.9 on the diagonal with even start probabilities. */
  readonly initTransmat: "dirichlet" | "sticky";
  readonly randomState: number;
}

export interface GaussianHmm {
  readonly parameters: HmmParameters;
  /** log p(X) under the parameters. */
  readonly logLikelihood: number;
  /** log p(X) before each iteration's update. */
  readonly history: readonly number[];
  /** Whether the gain fell below the tolerance. */
  readonly converged: boolean;
  /** [n,k] */
  readonly filtered: Float64Array;
  /** [n,k] */
  readonly smoothed: Float64Array;
  /** [n] Viterbi's path. */
  readonly states: Int32Array;
}

/**
 * Fits X [n,d], one series in order of time, from hmmlearn's start or from the parameters `start`.
 * @throws HeadgateError `invalid_argument` for fewer than two rows or rows than states
 */
export async function gaussianHmm(
  x: Floats,
  n: number,
  d: number,
  options: HmmOptions,
  context: FitContext,
  start?: HmmParameters,
): Promise<GaussianHmm> {
  const needed = Math.max(2, options.states);
  if (n < needed)
    throw invalidArgument("inputs.X", `${n} rows; ${options.states} states need at least ${needed}`);
  refuseTooLarge("parameters.n_components", "probabilities", n, options.states);
  refuseTooLarge("parameters.n_components", "covars", options.states, d * d);
  const centre = columnCentre(x, n, d);
  const { mean } = centre;
  const about = centred(x, centre, n, d);
  const first = start === undefined ? await initial(about, n, d, options, context) : moved(start, mean, -1);
  const { parameters, history, converged } = iterate(about, n, first, options, context);
  const ordered = options.order === "variance" ? orderedByVariance(parameters) : parameters;
  const spend = spendOf(context);
  const model = emissionOf(ordered, spend);
  const expectation = allocateExpectation(n, options.states);
  const logLikelihood = expect(about, n, model, expectation, spend);
  return {
    parameters: moved(ordered, mean, 1),
    logLikelihood,
    history,
    converged,
    filtered: expectation.filtered,
    smoothed: expectation.smoothed,
    states: viterbi(about, n, model, spend).states,
  };
}

function iterate(x: Float64Array, n: number, start: HmmParameters, options: HmmOptions, context: FitContext) {
  const expectation: Expectation = allocateExpectation(n, start.k);
  const history: number[] = [];
  const spend = spendOf(context);
  let parameters = start;
  for (let iteration = 0; iteration < options.iterationsMaximum; iteration++) {
    throwIfAborted(context);
    const logLikelihood = expect(x, n, emissionOf(parameters, spend), expectation, spend);
    const gain = logLikelihood - (history.at(-1) ?? Number.NEGATIVE_INFINITY);
    history.push(logLikelihood);
    parameters = maximise(x, n, parameters, expectation, options.priors, spend);
    if (gain < options.tolerance) return { parameters, history, converged: true };
  }
  return { parameters, history, converged: false };
}

/** hmmlearn's start: Dirichlet transitions, the means of k-means, the covariance of all the data. */
async function initial(
  x: Float64Array,
  n: number,
  d: number,
  options: HmmOptions,
  context: FitContext,
): Promise<HmmParameters> {
  const { states: k, diagonal } = options;
  const clusters = await kmeans(
    x,
    n,
    d,
    {
      clusters: k,
      init: "k-means++",
      starts: 10,
      iterationsMaximum: 300,
      tolerance: 1e-4,
      randomState: options.randomState,
    },
    context,
  );
  const covariance = Float64Array.from(await context.kernels.gram(x, n, d), (value, at) => {
    const onDiagonal = at % (d + 1) === 0;
    if (diagonal && !onDiagonal) return 0;
    return value / (n - 1) + (onDiagonal ? options.covarianceMinimum : 0);
  });
  const covars = new Float64Array(k * d * d);
  for (let state = 0; state < k; state++) covars.set(covariance, state * d * d);
  return { k, d, diagonal, means: clusters.centres, covars, ...initialTransitions(options) };
}

/** Where EM starts: hmmlearn's draws, startprob first; or the persistence that regimes have. */
function initialTransitions({ states: k, initTransmat, randomState }: HmmOptions) {
  if (initTransmat === "sticky") {
    const away = k === 1 ? 0 : 0.1 / (k - 1);
    const stay = 1 - away * (k - 1);
    const transmat = Float64Array.from({ length: k * k }, (_, at) => (at % (k + 1) === 0 ? stay : away));
    return { startprob: new Float64Array(k).fill(1 / k), transmat };
  }
  const random = new RandomState(randomState);
  const startprob = random.dirichlet(1 / k, k);
  const transmat = new Float64Array(k * k);
  for (let i = 0; i < k; i++) transmat.set(random.dirichlet(1 / k, k), i * k);
  return { startprob, transmat };
}

function emissionOf(parameters: HmmParameters, spend: Spend): FilterModel {
  try {
    return filterModel(parameters, spend);
  } catch (cause) {
    if (!(cause instanceof HeadgateError) || cause.code === "cancelled") throw cause;
    const problem = `${cause.message}: too few rows are left to a state; raise covars_prior, or take diag`;
    throw invalidArgument("parameters.covariance_type", problem);
  }
}

/** The same parameters with the column means added or taken away. */
function moved(parameters: HmmParameters, mean: Float64Array, sign: 1 | -1): HmmParameters {
  const { d } = parameters;
  return {
    ...parameters,
    means: parameters.means.map((value, at) => value + sign * (mean[at % d] as number)),
  };
}

/** States by rising trace of their covariance: state 0 is the calmest. */
function orderedByVariance(parameters: HmmParameters): HmmParameters {
  const { k, d, startprob, transmat, means, covars } = parameters;
  const traces = Float64Array.from({ length: k }, (_, state) => {
    let sum = 0;
    for (let i = 0; i < d; i++) sum += covars[(state * d + i) * d + i] as number;
    return sum;
  });
  const order = Array.from(traces.keys()).sort((a, b) => (traces[a] as number) - (traces[b] as number));
  const pick = (from: Float64Array, width: number) => {
    return Float64Array.from(
      order.flatMap((state) => [...from.subarray(state * width, (state + 1) * width)]),
    );
  };
  return {
    ...parameters,
    startprob: pick(startprob, 1),
    transmat: Float64Array.from(order.flatMap((i) => order.map((j) => transmat[i * k + j] as number))),
    means: pick(means, d),
    covars: pick(covars, d * d),
  };
}
