/** GaussianHMM as a servable. */
import type { Signature } from "../../servable.js";
import { readProbabilities } from "../attributes.js";
import { costMaxima } from "../cost-maxima.js";
import { type Fit, type FitInputs, precisionParameter, randomStateParameter, samplesInput } from "../fit.js";
import {
  flagScalar,
  floatScalar,
  floatTensor,
  integerScalar,
  labelTensor,
  readFloats,
  readSamples,
} from "../float-tensors.js";
import { ParameterReader } from "../parameters.js";
import { floatOutput, nonNegative, optionalInput } from "../specs.js";
import type { HmmParameters } from "./forward-filter.js";
import { gaussianHmm, type HmmOptions } from "./gaussian-hmm.js";

const signature: Signature = {
  name: "gaussian_hmm",
  version: "1",
  kind: "fit",
  description:
    "A hidden Markov model with Gaussian states over one series, as hmmlearn's GaussianHMM. Its default " +
    "priors suit data of about unit variance: scale returns first, or lower covars_prior and min_covar.",
  inputs: [
    samplesInput,
    optionalInput(
      "startprob",
      ["k"],
      "Probability of each state at the first row, for Baum-Welch to start from; give startprob, transmat, means and covars, or none of them.",
    ),
    optionalInput(
      "transmat",
      ["k", "k"],
      "Probability of going from a row's state to a column's, for Baum-Welch to start from; with startprob, means and covars.",
    ),
    optionalInput(
      "means",
      ["k", "p"],
      "Mean of each state, for Baum-Welch to start from; with startprob, transmat and covars.",
    ),
    optionalInput(
      "covars",
      ["k", "p", "p"],
      "Covariance of each state, for Baum-Welch to start from; the four starts take the place of init_transmat and random_state.",
    ),
  ],
  outputs: [
    floatOutput("startprob", ["k"], "Probability of each state at the first row."),
    floatOutput("transmat", ["k", "k"], "Probability of going from a row's state to a column's."),
    floatOutput("means", ["k", "p"], "The mean of each state."),
    floatOutput("covars", ["k", "p", "p"], "Covariance of each state, in full."),
    floatOutput("log_likelihood", [], "The log-likelihood of X under the fitted model."),
    { name: "n_iter", datatypes: ["INT32"], shape: [], description: "How many iterations were done." },
    {
      name: "converged",
      datatypes: ["BOOL"],
      shape: [],
      description: "Whether the gain fell below tol; false: stopped at n_iter.",
    },
    floatOutput(
      "filtered",
      ["n", "k"],
      "Probability of each state given the rows up to it: what was known then.",
    ),
    floatOutput("smoothed", ["n", "k"], "Probability of each state given all rows, the later ones too."),
    {
      name: "states",
      datatypes: ["INT32"],
      shape: ["n"],
      description: "The likeliest path of states (Viterbi).",
    },
  ],
  attributes: ["startprob", "transmat", "means", "covars", "filtered"],
  parameters: [
    {
      name: "n_components",
      description: "How many hidden states to fit.",
      default: 1,
      anyOf: [{ type: "integer", minimum: 1, maximum: costMaxima.states }],
    },
    {
      name: "covariance_type",
      description: "What a state's covariance holds; diag: a variance a column; full: covariances too.",
      default: "diag",
      anyOf: [{ type: "string", values: ["diag", "full"] }],
    },
    nonNegative("min_covar", 1e-3, "A small number that is added to the variances of the start."),
    nonNegative("startprob_prior", 1, "The Dirichlet prior of startprob."),
    nonNegative("transmat_prior", 1, "Dirichlet prior of each row of transmat."),
    nonNegative("covars_prior", 1e-2, "The scale of the prior of the covariances."),
    nonNegative("covars_weight", 1, "The weight of the prior of the covariances."),
    {
      name: "n_iter",
      description: "The largest number of iterations.",
      default: 10,
      anyOf: [{ type: "integer", minimum: 1, maximum: costMaxima.iterations }],
    },
    {
      name: "tol",
      description: "Gain of log-likelihood below which an iteration is the last.",
      default: 1e-2,
      anyOf: [{ type: "number" }],
    },
    {
      name: "order",
      description: "How states are ordered; variance: state 0 is the calmest; none: as the clusters came.",
      default: "variance",
      anyOf: [{ type: "string", values: ["variance", "none"] }],
    },
    {
      name: "init_transmat",
      description: "How the transition matrix starts; dirichlet: random, as hmmlearn's; sticky: 0.9 to stay.",
      default: "dirichlet",
      anyOf: [{ type: "string", values: ["dirichlet", "sticky"] }],
    },
    randomStateParameter,
    precisionParameter,
  ],
};

export const gaussianHmmFit: Fit = {
  signature,
  async run(inputs, given, context) {
    const parameters = new ParameterReader(signature, given);
    const { data, n, p, datatype } = readSamples(inputs);
    const options = optionsOf(parameters);
    const fitted = await gaussianHmm(data, n, p, options, context, readStart(inputs, p, options));
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
    };
  },
};

/** The given start, or undefined: then it is made from the data. */
function readStart(
  inputs: FitInputs,
  p: number,
  { states: k, diagonal }: HmmOptions,
): HmmParameters | undefined {
  const given = ["startprob", "transmat", "means", "covars"].filter((name) => inputs[name] !== undefined);
  if (given.length === 0) return undefined;
  const read = (name: string, shape: readonly number[]) => readFloats(inputs, name, shape);
  return {
    k,
    d: p,
    diagonal,
    startprob: readProbabilities(inputs, "startprob", [k]),
    transmat: readProbabilities(inputs, "transmat", [k, k]),
    means: read("means", [k, p]),
    covars: read("covars", [k, p, p]),
  };
}

function optionsOf(parameters: ParameterReader): HmmOptions {
  return {
    states: parameters.number("n_components"),
    diagonal: parameters.get("covariance_type") === "diag",
    covarianceMinimum: parameters.number("min_covar"),
    priors: {
      startprob: parameters.number("startprob_prior"),
      transmat: parameters.number("transmat_prior"),
      covars: parameters.number("covars_prior"),
      covarsWeight: parameters.number("covars_weight"),
    },
    iterationsMaximum: parameters.number("n_iter"),
    tolerance: parameters.number("tol"),
    order: parameters.get("order") === "variance" ? "variance" : "none",
    initTransmat: parameters.get("init_transmat") === "sticky" ? "sticky" : "dirichlet",
    randomState: parameters.number("random_state"),
  };
}
