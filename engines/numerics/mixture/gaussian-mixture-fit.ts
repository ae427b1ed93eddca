/** GaussianMixture as a servable. */

import { invalidArgument } from "../../../protocol/errors.js";
import type { ParameterValue, Signature, TensorSpec } from "../../servable.js";
import { costMaxima } from "../cost-maxima.js";
import type { CovarianceKind } from "../covariance/covariance-kind.js";
import {
  type Fit,
  type FitInputs,
  precisionParameter,
  randomStateParameter,
  samplesInput,
  workReporterOf,
} from "../fit.js";
import {
  flagScalar,
  floatScalar,
  floatTensor,
  integerScalar,
  labelTensor,
  readFloats,
  readSamples,
} from "../float-tensors.js";
import { transpose } from "../linear-algebra/transpose.js";
import { ParameterReader } from "../parameters.js";
import {
  choice,
  flagOutput,
  floatOutput,
  integerFrom,
  integerOutput,
  nonNegative,
  optionalInput,
} from "../specs.js";
import { gaussianMixture, type MixtureOptions, type MixtureStart } from "./gaussian-mixture.js";
import {
  covarianceShape,
  isTriangular,
  precisionFactors,
  precisionsOf,
  whitenedByPrecisions,
} from "./mixture-covariance.js";
import type { InitParams } from "./mixture-start.js";

/** A tensor in the shape of the covariances. */
export function ofCovariances(name: string, description: string): TensorSpec {
  const shapes = "[k,p,p] when full, [p,p] when tied, [k,p] when diag, [k] when spherical.";
  return {
    ...floatOutput(name, ["k", "p", "p"], `${description}: ${shapes}`),
    otherShapes: [["p", "p"], ["k", "p"], ["k"]],
  };
}

/** Shared with gaussian_mixture.apply. */
export const covarianceTypeParameter = choice(
  "covariance_type",
  ["full", "tied", "diag", "spherical"],
  "What the components' covariances may be.",
);

export function readKind(parameters: ParameterReader): CovarianceKind {
  const kind = parameters.get("covariance_type");
  return kind === "tied" || kind === "diag" || kind === "spherical" ? kind : "full";
}

const signature: Signature = {
  name: "gaussian_mixture",
  version: "1",
  kind: "fit",
  description: "A mixture of Gaussians by expectation and maximisation, as scikit-learn's GaussianMixture.",
  inputs: [
    samplesInput,
    optionalInput("weights_init", ["k"], "Weights to start from, each in [0, 1], their sum 1."),
    optionalInput("means_init", ["k", "p"], "The means to start from."),
    optionalInput(
      "precisions_init",
      ["k", "p", "p"],
      "Precisions to start from, always in full: of tied the first is read, of diag the diagonals, of " +
        "spherical the first number of each.",
    ),
  ],
  outputs: [
    floatOutput("weights", ["k"], "The share of each component in the mixture."),
    floatOutput("means", ["k", "p"], "The mean of each component."),
    ofCovariances("covariances", "Covariances"),
    ofCovariances("precisions", "Inverse covariances"),
    ofCovariances("precisions_cholesky", "The upper factors U of the precisions, precision = U·Uᵀ"),
    flagOutput("converged", "Whether the gain fell below tol; false: stopped at max_iter."),
    integerOutput("n_iter", [], "Iterations of the best start."),
    floatOutput(
      "lower_bound",
      [],
      "Mean log-likelihood before the last update; -infinity when max_iter is 0.",
    ),
    floatOutput("bic", [], "Bayesian information criterion on X; lower is better."),
    floatOutput("aic", [], "Akaike's information criterion on X; lower is better."),
    integerOutput("labels", ["n"], "The likeliest component of each sample."),
    floatOutput("responsibilities", ["n", "k"], "Probability of each component given the sample."),
  ],
  attributes: ["weights", "means", "precisions_cholesky"],
  parameters: [
    integerFrom("n_components", 1, 1, "How many components to fit.", costMaxima.components),
    covarianceTypeParameter,
    nonNegative("tol", 1e-3, "Gain of the mean log-likelihood below which an iteration is the last."),
    nonNegative("reg_covar", 1e-6, "A small number that is added to each variance."),
    integerFrom("max_iter", 0, 100, "The largest number of iterations of one start.", costMaxima.iterations),
    integerFrom("n_init", 1, 1, "How many starts to take the best of.", costMaxima.starts),
    choice(
      "init_params",
      ["kmeans", "k-means++", "random", "random_from_data"],
      "How the responsibilities are started.",
    ),
    randomStateParameter,
    precisionParameter,
  ],
};

export const gaussianMixtureFit: Fit = {
  signature,
  async run(inputs, given, context) {
    const parameters = new ParameterReader(signature, given);
    const { data, n, p, datatype } = readSamples(inputs);
    const options = optionsOf(parameters);
    const { components: k, kind } = options;
    const fitted = await gaussianMixture(data, n, p, options, context, readStart(inputs, k, p, kind));
    const { weights, means, covariances, whitening } = fitted.model;
    const shape = covarianceShape(kind, k, p);
    return {
      weights: floatTensor(datatype, [k], weights),
      means: floatTensor(datatype, [k, p], means),
      covariances: floatTensor(datatype, shape, covariances),
      precisions: floatTensor(datatype, shape, precisionsOf(whitening, kind, p, workReporterOf(context))),
      precisions_cholesky: floatTensor(datatype, shape, precisionFactors(whitening, kind, p)),
      converged: flagScalar(fitted.converged),
      n_iter: integerScalar(fitted.history.length),
      lower_bound: floatScalar(datatype, fitted.history.at(-1) ?? Number.NEGATIVE_INFINITY),
      bic: floatScalar(datatype, fitted.bic),
      aic: floatScalar(datatype, fitted.aic),
      labels: labelTensor(fitted.labels),
      responsibilities: floatTensor(datatype, [n, k], transpose(fitted.responsibilities, k, n)),
    };
  },
};

function optionsOf(parameters: ParameterReader): MixtureOptions {
  const initParams = parameters.get("init_params");
  return {
    components: parameters.number("n_components"),
    kind: readKind(parameters),
    tolerance: parameters.number("tol"),
    added: parameters.number("reg_covar"),
    iterationsMaximum: parameters.number("max_iter"),
    starts: parameters.number("n_init"),
    initParams: isInitParams(initParams) ? initParams : "kmeans",
    randomState: parameters.number("random_state"),
  };
}

function isInitParams(value: ParameterValue): value is InitParams {
  return value === "kmeans" || value === "k-means++" || value === "random" || value === "random_from_data";
}

function readStart(inputs: FitInputs, k: number, p: number, kind: CovarianceKind): MixtureStart {
  const read = (name: string, shape: readonly number[]) =>
    inputs[name] === undefined ? null : readFloats(inputs, name, shape);
  const weights = read("weights_init", [k]);
  if (weights !== null) refuseNoDistribution(weights);
  const precisions = read("precisions_init", [k, p, p]);
  return {
    weights,
    means: read("means_init", [k, p]),
    whitening: precisions === null ? null : whiteningOf(precisions, kind, p),
  };
}

function refuseNoDistribution(weights: Float64Array): void {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  if (weights.some((weight) => weight < 0 || weight > 1) || Math.abs(sum - 1) > 1e-6) {
    throw invalidArgument("inputs.weights_init", `each must be in [0, 1] and their sum 1, got ${sum}`);
  }
}

function whiteningOf(precisions: Float64Array, kind: CovarianceKind, p: number): Float64Array {
  const kept = {
    full: () => precisions,
    tied: () => precisions.slice(0, p * p),
    diag: () => precisions.filter((_, at) => (at % (p * p)) % (p + 1) === 0),
    spherical: () => precisions.filter((_, at) => at % (p * p) === 0),
  }[kind]();
  const whitening = isTriangular(kind) && !isSymmetric(kept, p) ? 0 : whitenedByPrecisions(kept, kind, p);
  if (typeof whitening !== "number") return whitening;
  throw invalidArgument("inputs.precisions_init", "each must be symmetric and positive definite");
}

/** Whether matrices [.,p,p] are symmetric but for rounding. */
function isSymmetric(matrices: Float64Array, p: number): boolean {
  return matrices.every((value, at) => {
    const row = Math.floor((at % (p * p)) / p);
    const mirrored = matrices[at + ((at % p) - row) * (p - 1)] as number;
    return Math.abs(value - mirrored) <= 1e-8 + 1e-5 * Math.abs(mirrored);
  });
}
