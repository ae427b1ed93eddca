/** A fitted GaussianMixture on new rows: scikit-learn's predict, predict_proba, score_samples and score. */

import { invalidArgument } from "../../../protocol/errors.js";
import type { Signature } from "../../servable.js";
import { applicationSignature, readProbabilities, readRows, requireAttributes } from "../attributes.js";
import { centred, columnCentre } from "../covariance/column-moments.js";
import type { CovarianceKind } from "../covariance/covariance-kind.js";
import { type Fit, type FitInputs, throwIfAborted } from "../fit.js";
import {
  floatScalar,
  floatTensor,
  labelTensor,
  readFloats,
  readSamples,
  refuseTooLarge,
  toFloat64,
} from "../float-tensors.js";
import { transpose } from "../linear-algebra/transpose.js";
import { ParameterReader } from "../parameters.js";
import { floatOutput, integerOutput, optionalInput } from "../specs.js";
import { largestShares } from "./gaussian-mixture.js";
import { covarianceTypeParameter, ofCovariances, readKind } from "./gaussian-mixture-fit.js";
import { badFactor, covarianceShape, precisionFactors } from "./mixture-covariance.js";
import { expectation, type MixtureDensities } from "./mixture-expectation.js";
import { mixtureSamples, scoreKernelWork } from "./mixture-samples.js";

const signature: Signature = applicationSignature({
  of: "gaussian_mixture",
  kind: "apply",
  description:
    "Which component of a gaussian_mixture rows are of, and how likely they are: scikit-learn's predict, " +
    "predict_proba, score_samples and score.",
  attributes: [
    optionalInput("weights", ["k"], "The weights of the fit."),
    optionalInput("means", ["k", "p"], "The means of the fit."),
    { ...ofCovariances("precisions_cholesky", "The precisions_cholesky of the fit"), optional: true },
  ],
  outputs: [
    integerOutput("predict", ["n"], "The likeliest component of each row."),
    floatOutput("predict_proba", ["n", "k"], "Probability of each component given the row."),
    floatOutput("score_samples", ["n"], "The log-likelihood of each row."),
    floatOutput("score", [], "The mean log-likelihood of the rows."),
  ],
  parameters: [covarianceTypeParameter],
});

export const gaussianMixtureApply: Fit = {
  signature,
  async run(inputs, given, context) {
    const kind = readKind(new ParameterReader(signature, given));
    requireAttributes(inputs, ["weights", "means", "precisions_cholesky"]);
    const model = readMixture(inputs, kind);
    const { k, p } = model;
    const { data, n, datatype } = readRows(inputs, p);
    refuseTooLarge("inputs.X", "probabilities", n, k);
    throwIfAborted(context);
    // About the mean of the means, where no offset costs digits.
    const centre = columnCentre(model.means, k, p);
    const samples = await mixtureSamples(centred(data, centre, n, p), n, p, false, scoreKernelWork, context);
    const about = { ...model, means: centred(model.means, centre, k, p) };
    const shares = new Float64Array(k * n);
    const scores = new Float64Array(n);
    throwIfAborted(context);
    const score = await expectation(samples, about, shares, context.kernels, scores);
    return {
      predict: labelTensor(largestShares(shares, n, k)),
      predict_proba: floatTensor(datatype, [n, k], transpose(shares, k, n)),
      score_samples: floatTensor(datatype, [n], scores),
      score: floatScalar(datatype, score),
    };
  },
};

function readMixture(inputs: FitInputs, kind: CovarianceKind): MixtureDensities {
  const { data: means, n: k, p } = readSamples(inputs, "means");
  const weights = readProbabilities(inputs, "weights", [k]);
  const factors = readFloats(inputs, "precisions_cholesky", covarianceShape(kind, k, p));
  const bad = badFactor(factors, kind, p);
  if (bad >= 0)
    throw invalidArgument(
      "inputs.precisions_cholesky",
      `that of component ${bad} is no upper triangle with a diagonal above 0`,
    );
  return { kind, k, p, weights, means: toFloat64(means), whitening: precisionFactors(factors, kind, p) };
}
