/**
 * A mixture of Gaussians by expectation and maximisation, as scikit-learn's GaussianMixture: its starts,
 * draws and stopping rule, so that one seed gives its numbers. It works about the column means, where no
 * offset costs digits. Source: Dempster, Laird and Rubin 1977.
 */

import { invalidArgument } from "../../../protocol/errors.js";
import type { Floats, WorkReporter } from "../../kernels/index.js";
import { type Centre, centred, columnCentre } from "../covariance/column-moments.js";
import type { CovarianceKind } from "../covariance/covariance-kind.js";
import { type FitContext, throwIfAborted } from "../fit.js";
import { refuseTooLarge } from "../float-tensors.js";
import { RandomState } from "../random/random.js";
import { covarianceFreedom, covariancesOf, isTriangular, whitenedBy } from "./mixture-covariance.js";
import { expectation, type MixtureModel } from "./mixture-expectation.js";
import { type MixtureMoments, moveTiedToOrigin, weightedMoments } from "./mixture-maximisation.js";
import { fitKernelWork, type MixtureSamples, mixtureSamples } from "./mixture-samples.js";
import { type InitParams, isOfFewSamples, startResponsibilities } from "./mixture-start.js";

export interface MixtureOptions {
  readonly components: number;
  readonly kind: CovarianceKind;
  /** Gain of the mean log-likelihood below which an iteration is the last. */
  readonly tolerance: number;
  /** Added to each variance. */
  readonly added: number;
  readonly iterationsMaximum: number;
  /** Starts to take the best of. */
  readonly starts: number;
  readonly initParams: InitParams;
  readonly randomState: number;
}

/** Parts of the start that are given rather than made from the data. */
export interface MixtureStart {
  /** [k] */
  readonly weights: Float64Array | null;
  /** [k,p] */
  readonly means: Float64Array | null;
  /** The whitening of the given precisions. */
  readonly whitening: Float64Array | null;
}

export interface GaussianMixture {
  readonly model: MixtureModel;
  /** [k,n] the share each component has in each sample. */
  readonly responsibilities: Float64Array;
  /** [n] the component with the largest share. */
  readonly labels: Int32Array;
  /** The mean log-likelihood before each update of the best start. */
  readonly history: readonly number[];
  readonly converged: boolean;
  readonly bic: number;
  readonly aic: number;
}

/**
 * Fits X [n,p].
 * @throws HeadgateError `invalid_argument` for fewer than two rows, rows than components, and a covariance
 *   that is not positive definite
 */
export async function gaussianMixture(
  x: Floats,
  n: number,
  p: number,
  options: MixtureOptions,
  context: FitContext,
  start: MixtureStart = { weights: null, means: null, whitening: null },
): Promise<GaussianMixture> {
  const { components: k, kind } = options;
  if (n < 2) throw invalidArgument("inputs.X", "1 row has no variance; at least 2 are needed");
  if (n < k) throw invalidArgument("parameters.n_components", `${k} components need as many rows, got ${n}`);
  refuseTooLarge("parameters.n_components", "responsibilities", n, k);
  if (isTriangular(kind))
    refuseTooLarge("parameters.n_components", "covariances", kind === "full" ? k * p : p, p);
  const centre = columnCentre(x, n, p);
  const about = centred(x, centre, n, p);
  const samples = {
    ...(await mixtureSamples(about, n, p, kind === "tied", fitKernelWork, context)),
    origin: centre.mean,
  };
  const given = start.means === null ? start : { ...start, means: centred(start.means, centre, k, p) };
  const best = await bestStart(samples, options, given, context);
  const responsibilities = new Float64Array(k * n);
  const logLikelihood = n * (await expectation(samples, best.model, responsibilities, context.kernels));
  const free = covarianceFreedom(kind, k, p) + k * p + k - 1;
  return {
    ...best,
    model: { ...best.model, means: uncentred(best.model.means, centre) },
    responsibilities,
    labels: largestShares(responsibilities, n, k),
    bic: -2 * logLikelihood + free * Math.log(n),
    aic: -2 * logLikelihood + 2 * free,
  };
}

interface CentredSamples extends MixtureSamples {
  /** [p] what was taken off the samples. */
  readonly origin: Float64Array;
}

interface EmResult {
  readonly model: MixtureModel;
  readonly history: readonly number[];
  readonly converged: boolean;
}

async function bestStart(
  samples: CentredSamples,
  options: MixtureOptions,
  given: MixtureStart,
  context: FitContext,
): Promise<EmResult> {
  const random = new RandomState(options.randomState);
  let best: EmResult | undefined;
  for (let start = 0; start < options.starts; start++) {
    throwIfAborted(context);
    const found = await climb(
      samples,
      await startModel(samples, options, given, random, context),
      options,
      context,
    );
    if (best === undefined || isBetter(found, best)) best = found;
  }
  if (best === undefined) throw new RangeError("a mixture needs at least one start");
  return best;
}

/** A start that only permutes the components may differ in the last digits of its likelihood: not better. */
function isBetter(found: EmResult, best: EmResult): boolean {
  const reached = found.history.at(-1) ?? 0;
  const before = best.history.at(-1) ?? 0;
  return reached - before > 1e-12 * Math.abs(before);
}

/** Expectation and maximisation in turn, from a start until the likelihood rests. */
async function climb(
  samples: MixtureSamples,
  from: MixtureModel,
  options: MixtureOptions,
  context: FitContext,
): Promise<EmResult> {
  const { components: k, kind, added, tolerance, iterationsMaximum } = options;
  const responsibilities = new Float64Array(k * samples.n);
  const history: number[] = [];
  let model = from;
  while (history.length < iterationsMaximum) {
    throwIfAborted(context);
    const before = history.at(-1) ?? Number.NEGATIVE_INFINITY;
    const reached = await expectation(samples, model, responsibilities, context.kernels);
    const moments = await weightedMoments(samples, responsibilities, k, kind, added, context.kernels);
    const total = moments.counts.reduce((sum, count) => sum + count, 0);
    model = modelOf(moments, total, kind, samples.reportWork);
    history.push(reached);
    if (Math.abs(reached - before) < tolerance) return { model, history, converged: true };
  }
  return { model, history, converged: false };
}

/** The model to climb from; only what is not given is made from the data. */
async function startModel(
  samples: CentredSamples,
  { components: k, kind, initParams, added }: MixtureOptions,
  { weights, means, whitening }: MixtureStart,
  random: RandomState,
  context: FitContext,
): Promise<MixtureModel> {
  const { n, p } = samples;
  if (weights !== null && means !== null && whitening !== null) {
    return {
      kind,
      k,
      p,
      weights,
      means,
      covariances: covariancesOf(whitening, kind, p, samples.reportWork),
      whitening,
    };
  }
  const shares = await startResponsibilities(samples, k, initParams, random, context);
  const moments = await weightedMoments(samples, shares, k, kind, added, context.kernels);
  if (kind === "tied" && isOfFewSamples(initParams)) moveTiedToOrigin(samples, moments);
  const made = { ...moments, means: means ?? moments.means };
  const model =
    whitening === null
      ? modelOf(made, n, kind, samples.reportWork)
      : { kind, k, p, ...made, weights: made.counts.map((count) => count / n), whitening };
  return { ...model, weights: weights ?? model.weights };
}

function modelOf(
  { counts, means, covariances }: MixtureMoments,
  total: number,
  kind: CovarianceKind,
  reportWork: WorkReporter,
): MixtureModel {
  const k = counts.length;
  const p = means.length / k;
  const whitening = whitenedBy(covariances, kind, p, reportWork);
  if (typeof whitening === "number") {
    const whose = kind === "tied" ? "the covariance" : `the covariance of component ${whitening}`;
    throw invalidArgument(
      "parameters.reg_covar",
      `${whose} is not positive definite: raise reg_covar, lower n_components or scale the data`,
    );
  }
  return { kind, k, p, weights: counts.map((count) => count / total), means, covariances, whitening };
}

function uncentred(means: Float64Array, { mean }: Centre): Float64Array {
  return means.map((value, at) => value + (mean[at % mean.length] as number));
}

/** [n] the component with the largest of the shares [k,n]. */
export function largestShares(responsibilities: Float64Array, n: number, k: number): Int32Array {
  const labels = new Int32Array(n);
  for (let i = 0; i < n; i++) {
    for (let c = 1; c < k; c++) {
      const best = responsibilities[(labels[i] as number) * n + i] as number;
      if ((responsibilities[c * n + i] as number) > best) labels[i] = c;
    }
  }
  return labels;
}
