/** Applies a fitted PCA to new rows: scikit-learn's transform and inverse_transform. */
import type { Tensor } from "../../../protocol/tensor.js";
import type { Precision } from "../../kernels/index.js";
import type { Signature } from "../../servable.js";
import { applicationSignature, readRows, requireAttributes } from "../attributes.js";
import type { Fit, FitInputs } from "../fit.js";
import { floatTensor, readFloats, readSamples, refuseTooLarge, toFloat64 } from "../float-tensors.js";
import { ParameterReader } from "../parameters.js";
import { optionalInput } from "../specs.js";
import {
  inverseParameter,
  type Projection,
  project,
  transformedRows,
  transformOutputs,
  unproject,
} from "./projection.js";

const signature: Signature = applicationSignature({
  of: "pca",
  kind: "apply",
  description:
    "Projects rows onto the components of a pca, as scikit-learn's transform and inverse_transform.",
  attributes: [
    optionalInput("components", ["k", "p"], "The components of the fit."),
    optionalInput("mean", ["p"], "The mean of the fit."),
    optionalInput("explained_variance", ["k"], "The explained_variance of the fit; needed with whiten."),
  ],
  rows: transformedRows,
  outputs: transformOutputs,
  parameters: [
    {
      name: "whiten",
      description: "Whether projected rows have unit variance along each component.",
      default: false,
      anyOf: [{ type: "boolean" }],
    },
    inverseParameter,
  ],
});

export const pcaApply: Fit = {
  signature,
  async run(inputs, given, { kernels }): Promise<Record<string, Tensor>> {
    const parameters = new ParameterReader(signature, given);
    const whiten = parameters.flag("whiten");
    requireAttributes(inputs, ["components", "mean", ...(whiten ? ["explained_variance"] : [])]);
    const inverse = parameters.flag("inverse");
    const fitted = readProjection(inputs, whiten, inverse);
    const { k, p } = fitted;
    const { data, n, datatype } = readRows(inputs, inverse ? k : p);
    refuseTooLarge("inputs.X", "the answer", n, inverse ? p : k);
    if (inverse)
      return { inverse_transform: floatTensor(datatype, [n, p], await unproject(data, n, fitted, kernels)) };
    return { transform: floatTensor(datatype, [n, k], await project(data, n, fitted, kernels)) };
  },
};

/**
 * As in scikit-learn, a transform divides by no standard deviation smaller than the epsilon of the datatype, but by
 * that epsilon instead.
 */
const epsilon: Readonly<Record<Precision, number>> = { FP64: Number.EPSILON, FP32: 2 ** -23 };

function readProjection(inputs: FitInputs, whiten: boolean, inverse: boolean): Projection {
  const { data, n: k, p, datatype } = readSamples(inputs, "components");
  const least = inverse ? 0 : epsilon[datatype];
  const variances = whiten ? readFloats(inputs, "explained_variance", [k]) : null;
  return {
    components: toFloat64(data),
    k,
    p,
    mean: readFloats(inputs, "mean", [p]),
    deviations: variances?.map((variance) => Math.max(least, Math.sqrt(variance))) ?? null,
  };
}
