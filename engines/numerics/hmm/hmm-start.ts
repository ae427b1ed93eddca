/**
 * Where Baum and Welch's algorithm starts: at the parameters that are given, and for the others where hmmlearn
 * does, at Dirichlet draws, the means of k-means and the covariance of all the data.
 */
import { invalidArgument } from "../../../protocol/errors.js";
import { kmeans } from "../cluster/kmeans.js";
import type { CovarianceKind } from "../covariance/covariance-kind.js";
import type { FitContext } from "../fit.js";
import { RandomState } from "../random/random.js";
import type { HmmParameters } from "./forward-filter.js";

/** Parameters that a fit starts at; those that are absent are made from the data. */
export type HmmStart = Partial<Pick<HmmParameters, "startprob" | "transmat" | "means" | "covars">>;

export interface StartOptions {
  readonly states: number;
  readonly covarianceKind: CovarianceKind;
  /** Added to the variances of the start. */
  readonly covarianceMinimum: number;
  /** How transitions start: drawn as hmmlearn does, or 0.9 on the diagonal with even start probabilities. */
  readonly initTransmat: "dirichlet" | "sticky";
  readonly randomState: number;
}

/** The start for X [n,d], whose columns have the mean 0. */
export async function startOf(
  x: Float64Array,
  n: number,
  d: number,
  given: HmmStart,
  options: StartOptions,
  context: FitContext,
): Promise<HmmParameters> {
  const { states: k, covarianceKind } = options;
  return {
    k,
    d,
    diagonal: covarianceKind === "diag" || covarianceKind === "spherical",
    ...startingTransitions(options, given),
    means: given.means ?? (await startingMeans(x, n, d, options, context)),
    covars: given.covars ?? (await startingCovariances(x, n, d, options, context)),
  };
}

/** hmmlearn's draws, startprob's first; of what is given nothing is drawn. Or the persistence of regimes. */
function startingTransitions({ states: k, initTransmat, randomState }: StartOptions, given: HmmStart) {
  const random = new RandomState(randomState);
  const drawn = () => random.dirichlet(1 / k, k);
  const sticky = initTransmat === "sticky";
  const startprob = given.startprob ?? (sticky ? new Float64Array(k).fill(1 / k) : drawn());
  if (given.transmat !== undefined) return { startprob, transmat: given.transmat };
  if (sticky) return { startprob, transmat: persistent(k) };
  const transmat = new Float64Array(k * k);
  for (let i = 0; i < k; i++) transmat.set(drawn(), i * k);
  return { startprob, transmat };
}

function persistent(k: number): Float64Array {
  const away = k === 1 ? 0 : 0.1 / (k - 1);
  const stay = 1 - away * (k - 1);
  return Float64Array.from({ length: k * k }, (_, at) => (at % (k + 1) === 0 ? stay : away));
}

async function startingMeans(
  x: Float64Array,
  n: number,
  d: number,
  { states, randomState }: StartOptions,
  context: FitContext,
): Promise<Float64Array> {
  const options = { clusters: states, init: "k-means++", starts: 10, randomState } as const;
  const clusters = await kmeans(x, n, d, { ...options, iterationsMaximum: 300, tolerance: 1e-4 }, context);
  return clusters.centres;
}

async function startingCovariances(
  x: Float64Array,
  n: number,
  d: number,
  { states: k, covarianceKind, covarianceMinimum }: StartOptions,
  context: FitContext,
): Promise<Float64Array> {
  const covariance = Float64Array.from(await context.kernels.gram(x, n, d), (value, at) => {
    return value / (n - 1) + (at % (d + 1) === 0 ? covarianceMinimum : 0);
  });
  const covars = new Float64Array(k * d * d);
  const state = startingState(covariance, d, covarianceKind);
  for (let at = 0; at < k; at++) covars.set(state, at * d * d);
  return covars;
}

function startingState(covariance: Float64Array, d: number, kind: CovarianceKind): Float64Array {
  if (kind === "full" || kind === "tied") return covariance;
  // hmmlearn's one variance is the mean of all elements of the covariance, those off its diagonal too.
  const mean = covariance.reduce((sum, value) => sum + value, 0) / covariance.length;
  if (kind === "spherical" && !(mean > 0))
    throw invalidArgument(
      "parameters.covariance_type",
      "spherical starts at the mean of the data's covariance, which is not above 0: give covars, or take diag",
    );
  return covariance.map((value, at) => {
    if (at % (d + 1) !== 0) return 0;
    return kind === "spherical" ? mean : value;
  });
}
