/**
 * A hidden Markov model with Gaussian states, as hmmlearn's GaussianHMM: its starts, priors and stopping
 * rule, so that one seed gives its numbers. Unlike hmmlearn it works about the column means, where no
 * offset costs digits; it says whether it converged; and it orders the states by variance.
 */
import { HeadgateError, invalidArgument } from "../../../protocol/errors.js";
import type { Floats, WorkReporter } from "../../kernels/index.js";
import { centred, columnCentre } from "../covariance/column-moments.js";
import { type FitContext, throwIfAborted, workReporterOf } from "../fit.js";
import { refuseTooLarge } from "../float-tensors.js";
import { allocateExpectation, type Expectation } from "./expectation.js";
import { type FilterModel, filterModel, type HmmParameters } from "./forward-filter.js";
import { type HmmStart, type StartOptions, startOf } from "./hmm-start.js";
import type { Learning } from "./learning.js";
import { maximise } from "./maximisation.js";
import { expectSequences, viterbiSequences } from "./sequences.js";

export interface HmmOptions extends StartOptions, Learning {
  readonly iterationsMaximum: number;
  /** Gain of log-likelihood below which an iteration is the last. */
  readonly tolerance: number;
  readonly order: "variance" | "none";
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
 * Fits X [n,d], one series in order of time, or several one after another of so many rows as `lengths` says,
 * from the parameters that `given` has and from hmmlearn's start for the others.
 * @throws HeadgateError `invalid_argument` for too few rows to make a start of
 */
export async function gaussianHmm(
  x: Floats,
  n: number,
  d: number,
  options: HmmOptions,
  context: FitContext,
  given: HmmStart = {},
  lengths: readonly number[] = [n],
): Promise<GaussianHmm> {
  refuseTooFew(n, options.states, given);
  refuseTooLarge("parameters.n_components", "probabilities", n, options.states);
  refuseTooLarge("parameters.n_components", "covars", options.states, d * d);
  const centre = columnCentre(x, n, d);
  const { mean } = centre;
  const about = centred(x, centre, n, d);
  const { means, ...others } = given;
  const near = means === undefined ? others : { ...others, means: moved(means, mean, -1) };
  const priors = { ...options.priors, means: moved(options.priors.means, mean, -1) };
  const first = await startOf(about, n, d, near, options, context);
  const { parameters, history, converged } = iterate(about, lengths, first, { ...options, priors }, context);
  const ordered = options.order === "variance" ? orderedByVariance(parameters) : parameters;
  const reportWork = workReporterOf(context);
  const model = emissionOf(ordered, reportWork);
  const expectation = allocateExpectation(n, options.states);
  const logLikelihood = expectSequences(about, lengths, model, expectation, reportWork);
  return {
    parameters: { ...ordered, means: moved(ordered.means, mean, 1) },
    logLikelihood,
    history,
    converged,
    filtered: expectation.filtered,
    smoothed: expectation.smoothed,
    states: viterbiSequences(about, lengths, model, reportWork).states,
  };
}

/** A covariance is made of two rows, and the means of as many as there are states. */
function refuseTooFew(n: number, states: number, { means, covars }: HmmStart): void {
  const needed = Math.max(covars === undefined ? 2 : 1, means === undefined ? states : 1);
  if (n < needed) throw invalidArgument("inputs.X", `${n} rows; ${states} states need at least ${needed}`);
}

function iterate(
  x: Float64Array,
  lengths: readonly number[],
  start: HmmParameters,
  options: HmmOptions,
  context: FitContext,
) {
  const expectation: Expectation = allocateExpectation(x.length / start.d, start.k);
  const history: number[] = [];
  const reportWork = workReporterOf(context);
  let parameters = start;
  for (let iteration = 0; iteration < options.iterationsMaximum; iteration++) {
    throwIfAborted(context);
    const logLikelihood = expectSequences(
      x,
      lengths,
      emissionOf(parameters, reportWork),
      expectation,
      reportWork,
    );
    const gain = logLikelihood - (history.at(-1) ?? Number.NEGATIVE_INFINITY);
    history.push(logLikelihood);
    parameters = maximise(x, lengths, parameters, expectation, options, reportWork);
    if (gain < options.tolerance) return { parameters, history, converged: true };
  }
  return { parameters, history, converged: false };
}

function emissionOf(parameters: HmmParameters, reportWork: WorkReporter): FilterModel {
  try {
    return filterModel(parameters, reportWork);
  } catch (cause) {
    if (!(cause instanceof HeadgateError) || cause.code === "cancelled") throw cause;
    const problem = `${cause.message}: too few rows are left to a state; raise covars_prior, or take diag`;
    throw invalidArgument("parameters.covariance_type", problem);
  }
}

/** Means [k,d] with the column means added or taken away. */
function moved(means: Float64Array, mean: Float64Array, sign: 1 | -1): Float64Array {
  return means.map((value, at) => value + sign * (mean[at % mean.length] as number));
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
