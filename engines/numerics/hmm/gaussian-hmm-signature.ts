/** The signature of gaussian_hmm: its inputs, outputs and parameters. */
import type { Signature, TensorSpec } from "../../servable.js";
import { costMaxima } from "../cost-maxima.js";
import { precisionParameter, randomStateParameter, samplesInput } from "../fit.js";
import { choice, flagOutput, floatOutput, integerOutput, nonNegative, optionalInput } from "../specs.js";
import { priorInputs, priorParameters } from "./hmm-priors.js";
import { lengthsInput } from "./sequences.js";

const startInputs: readonly TensorSpec[] = [
  optionalInput(
    "startprob",
    ["k"],
    "Probability of each state at the first row, for Baum-Welch to start from; without it, it is drawn.",
  ),
  optionalInput(
    "transmat",
    ["k", "k"],
    "Probability of going from a row's state to a column's, for Baum-Welch to start from; without it, " +
      "init_transmat says what is taken.",
  ),
  optionalInput(
    "means",
    ["k", "p"],
    "Mean of each state, for Baum-Welch to start from; without it, k-means finds them.",
  ),
  {
    ...optionalInput(
      "covars",
      ["k", "p", "p"],
      "Covariance of each state, or its variances [k,p] alone, for Baum-Welch to start from; without it, " +
        "that of all rows is taken.",
    ),
    otherShapes: [["k", "p"]],
  },
];

/** Every choice of hmmlearn's letters, in their order. */
const letterSubsets = [
  "stmc",
  ...["stm", "stc", "st", "smc", "sm", "sc", "s", "tmc", "tm", "tc", "t", "mc", "m", "c", ""],
] as const;

export const gaussianHmmSignature: Signature = {
  name: "gaussian_hmm",
  version: "1",
  kind: "fit",
  description:
    "A hidden Markov model with Gaussian states over one series or several, as hmmlearn's GaussianHMM. Its default " +
    "priors suit data of about unit variance: scale returns first, or lower covars_prior and min_covar.",
  inputs: [samplesInput, lengthsInput, ...startInputs, ...priorInputs],
  outputs: [
    floatOutput("startprob", ["k"], "Probability of each state at the first row."),
    floatOutput("transmat", ["k", "k"], "Probability of going from a row's state to a column's."),
    floatOutput("means", ["k", "p"], "The mean of each state."),
    floatOutput("covars", ["k", "p", "p"], "Covariance of each state, in full."),
    floatOutput("log_likelihood", [], "The log-likelihood of X under the fitted model."),
    integerOutput("n_iter", [], "How many iterations were done."),
    flagOutput("converged", "Whether the gain fell below tol; false: stopped at n_iter."),
    floatOutput(
      "filtered",
      ["n", "k"],
      "Probability of each state given the rows up to it: what was known then.",
    ),
    floatOutput("smoothed", ["n", "k"], "Probability of each state given all rows, the later ones too."),
    integerOutput("states", ["n"], "The likeliest path of states (Viterbi)."),
    floatOutput("history", ["i"], "The log-likelihood of X before the update of each iteration."),
  ],
  attributes: ["startprob", "transmat", "means", "covars", "filtered"],
  parameters: [
    {
      name: "n_components",
      description: "How many hidden states to fit.",
      default: 1,
      anyOf: [{ type: "integer", minimum: 1, maximum: costMaxima.states }],
    },
    choice(
      "covariance_type",
      ["diag", "full", "tied", "spherical"],
      "What a state's covariance holds; diag: a variance a column; full: covariances too; tied: one full matrix for " +
        "all states; spherical: one variance for all columns.",
    ),
    choice(
      "params",
      letterSubsets,
      "What an iteration changes: s is startprob, t transmat, m means, c covars; the others stay as they start.",
    ),
    nonNegative("min_covar", 1e-3, "A small number that is added to the variances of the start."),
    ...priorParameters,
    {
      name: "n_iter",
      description: "The largest number of iterations; with 0 the start is answered.",
      default: 10,
      anyOf: [{ type: "integer", minimum: 0, maximum: costMaxima.iterations }],
    },
    {
      name: "tol",
      description: "Gain of log-likelihood below which an iteration is the last.",
      default: 1e-2,
      anyOf: [{ type: "number" }],
    },
    choice(
      "order",
      ["variance", "none"],
      "How states are ordered; variance: state 0 is the calmest; none: as the clusters came.",
    ),
    choice(
      "init_transmat",
      ["dirichlet", "sticky"],
      "How the transition matrix starts; dirichlet: random, as hmmlearn's; sticky: 0.9 to stay.",
    ),
    randomStateParameter,
    precisionParameter,
  ],
};
