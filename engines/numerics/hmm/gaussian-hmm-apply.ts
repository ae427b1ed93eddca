/** A fitted GaussianHMM on a series of its own: hmmlearn's score, score_samples and predict, and the filter. */

import { HeadgateError } from "../../../protocol/errors.js";
import type { WorkReporter } from "../../kernels/index.js";
import type { Signature, TensorSpec } from "../../servable.js";
import { applicationSignature, readProbabilities, readRows, requireAttributes } from "../attributes.js";
import { type Fit, type FitInputs, throwIfAborted, workReporterOf } from "../fit.js";
import {
  floatScalar,
  floatTensor,
  labelTensor,
  readFloats,
  refuseTooLarge,
  toFloat64,
} from "../float-tensors.js";
import { ParameterReader } from "../parameters.js";
import { floatOutput, optionalInput } from "../specs.js";
import { allocateExpectation } from "./expectation.js";
import { type FilterModel, filterModel } from "./forward-filter.js";
import { isDiagonal, readCovariances } from "./hmm-covariances.js";
import { expectSequences, lengthsInput, readLengths, viterbiSequences } from "./sequences.js";

/** What `.apply` and `.update` both need of the fit. */
export const hmmAttributes: readonly TensorSpec[] = [
  optionalInput("transmat", ["k", "k"], "The transmat of the fit."),
  optionalInput("means", ["k", "p"], "The means of the fit."),
  {
    ...optionalInput(
      "covars",
      ["k", "p", "p"],
      "The covars of the fit; of diagonal ones the variances [k,p] will do.",
    ),
    otherShapes: [["k", "p"]],
  },
];

/**
 * The model the attributes describe; `startprob` even where it is not needed and not given.
 * @throws HeadgateError `invalid_argument` for probabilities or covariances that are none
 */
export function readModel(inputs: FitInputs, reportWork: WorkReporter): FilterModel {
  const [k = 0, d = 0] = inputs.means?.shape ?? [];
  const covars = readCovariances(inputs, "covars", k, d);
  const parameters = {
    k,
    d,
    covars,
    diagonal: isDiagonal(covars, d),
    means: readFloats(inputs, "means", [k, d]),
    transmat: readProbabilities(inputs, "transmat", [k, k]),
    startprob:
      inputs.startprob === undefined ? new Float64Array(k) : readProbabilities(inputs, "startprob", [k]),
  };
  try {
    return filterModel(parameters, reportWork);
  } catch (cause) {
    if (!(cause instanceof HeadgateError) || cause.code === "cancelled") throw cause;
    throw new HeadgateError(cause.code, `inputs.${cause.message}`, { cause });
  }
}

const signature: Signature = applicationSignature({
  of: "gaussian_hmm",
  kind: "apply",
  description:
    "Reads a series of its own, or several by lengths, with a fitted gaussian_hmm, from the start probabilities " +
    "on, as hmmlearn's score, score_samples, predict and decode; gaussian_hmm.update continues the fit's own series.",
  attributes: [optionalInput("startprob", ["k"], "The startprob of the fit."), ...hmmAttributes],
  others: [lengthsInput],
  outputs: [
    floatOutput("log_likelihood", [], "The log-likelihood of X: hmmlearn's score."),
    floatOutput("filtered", ["n", "k"], "Probability of each state given the rows up to it."),
    floatOutput(
      "smoothed",
      ["n", "k"],
      "Probability of each state given all rows: hmmlearn's score_samples, predict_proba.",
    ),
    {
      name: "states",
      datatypes: ["INT32"],
      shape: ["n"],
      description: "The likeliest path (Viterbi): hmmlearn's predict.",
    },
    floatOutput(
      "path_log_likelihood",
      [],
      "The log-likelihood of X and the states together: hmmlearn's decode.",
    ),
  ],
});

export const gaussianHmmApply: Fit = {
  signature,
  async run(inputs, given, context) {
    new ParameterReader(signature, given);
    requireAttributes(inputs, ["startprob", "transmat", "means", "covars"]);
    const reportWork = workReporterOf(context);
    const model = readModel(inputs, reportWork);
    const { k, d } = model.emission;
    const { data, n, datatype } = readRows(inputs, d);
    refuseTooLarge("inputs.X", "probabilities", n, k);
    const lengths = readLengths(inputs, n);
    const x = toFloat64(data);
    throwIfAborted(context);
    const expectation = allocateExpectation(n, k);
    const logLikelihood = expectSequences(x, lengths, model, expectation, reportWork);
    throwIfAborted(context);
    const path = viterbiSequences(x, lengths, model, reportWork);
    return {
      log_likelihood: floatScalar(datatype, logLikelihood),
      filtered: floatTensor(datatype, [n, k], expectation.filtered),
      smoothed: floatTensor(datatype, [n, k], expectation.smoothed),
      states: labelTensor(path.states),
      path_log_likelihood: floatScalar(datatype, path.logProbability),
    };
  },
};
