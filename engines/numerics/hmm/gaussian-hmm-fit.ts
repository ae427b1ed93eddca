/** GaussianHMM as a servable. */
import { readProbabilities } from "../attributes.js";
import type { CovarianceKind } from "../covariance/covariance-kind.js";
import type { Fit, FitInputs } from "../fit.js";
import {
  flagScalar,
  floatScalar,
  floatTensor,
  integerScalar,
  labelTensor,
  readFloats,
  readSamples,
  refuseTooLarge,
} from "../float-tensors.js";
import { ParameterReader } from "../parameters.js";
import { gaussianHmm, type HmmOptions } from "./gaussian-hmm.js";
import { gaussianHmmSignature } from "./gaussian-hmm-signature.js";
import { readCovariances, refuseOtherKind } from "./hmm-covariances.js";
import { readPriors } from "./hmm-priors.js";
import type { HmmStart } from "./hmm-start.js";
import { readLengths } from "./sequences.js";

export const gaussianHmmFit: Fit = {
  signature: gaussianHmmSignature,
  async run(inputs, given, context) {
    const parameters = new ParameterReader(gaussianHmmSignature, given);
    const { data, n, p, datatype } = readSamples(inputs);
    const states = parameters.number("n_components");
    refuseTooLarge("parameters.n_components", "covars", states, p * p);
    const options = { ...optionsOf(parameters), priors: readPriors(inputs, parameters, states, p) };
    const start = readStart(inputs, states, p, options.covarianceKind);
    const fitted = await gaussianHmm(data, n, p, options, context, start, readLengths(inputs, n));
    const { k, startprob, transmat, means, covars } = fitted.parameters;
    return {
      startprob: floatTensor(datatype, [k], startprob),
      transmat: floatTensor(datatype, [k, k], transmat),
      means: floatTensor(datatype, [k, p], means),
      covars: floatTensor(datatype, [k, p, p], covars),
      log_likelihood: floatScalar(datatype, fitted.logLikelihood),
      n_iter: integerScalar(fitted.history.length),
      converged: flagScalar(fitted.converged),
      filtered: floatTensor(datatype, [n, k], fitted.filtered),
      smoothed: floatTensor(datatype, [n, k], fitted.smoothed),
      states: labelTensor(fitted.states),
      history: floatTensor(datatype, [fitted.history.length], Float64Array.from(fitted.history)),
    };
  },
};

/** What is given of the start; the rest is made from the data. */
function readStart(inputs: FitInputs, k: number, p: number, kind: CovarianceKind): HmmStart {
  const given = (name: string) => inputs[name] !== undefined;
  const covars = given("covars") ? readCovariances(inputs, "covars", k, p) : undefined;
  if (covars !== undefined) refuseOtherKind(covars, p, kind);
  return {
    ...(given("startprob") && { startprob: readProbabilities(inputs, "startprob", [k]) }),
    ...(given("transmat") && { transmat: readProbabilities(inputs, "transmat", [k, k]) }),
    ...(given("means") && { means: readFloats(inputs, "means", [k, p]) }),
    ...(covars !== undefined && { covars }),
  };
}

function optionsOf(parameters: ParameterReader): Omit<HmmOptions, "priors"> {
  const kind = parameters.get("covariance_type");
  return {
    states: parameters.number("n_components"),
    covarianceKind: kind === "full" || kind === "tied" || kind === "spherical" ? kind : "diag",
    params: String(parameters.get("params")),
    covarianceMinimum: parameters.number("min_covar"),
    iterationsMaximum: parameters.number("n_iter"),
    tolerance: parameters.number("tol"),
    order: parameters.get("order") === "variance" ? "variance" : "none",
    initTransmat: parameters.get("init_transmat") === "sticky" ? "sticky" : "dirichlet",
    randomState: parameters.number("random_state"),
  };
}
