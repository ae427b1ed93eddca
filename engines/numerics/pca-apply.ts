/** A fitted PCA on new rows: scikit-learn's transform and inverse_transform. */
import type { Tensor } from "../../protocol/tensor.js";
import type { Floats, Kernels, Precision } from "../kernels/index.js";
import type { Signature } from "../servable.js";
import { applicationSignature, centreAt, readRows, requireAttributes } from "./attributes.js";
import { centred } from "./column-moments.js";
import { type Fit, type FitInputs, samplesInput } from "./fit.js";
import { floatTensor, readFloats, readSamples, refuseTooLarge, toFloat64 } from "./float-tensors.js";
import { ParameterReader } from "./parameters.js";
import { optionalInput } from "./specs.js";
import { transpose } from "./transpose.js";

export interface Projection {
  /** [k,p] */
  readonly components: Float64Array;
  readonly k: number;
  readonly p: number;
  /** [p] */
  readonly mean: Float64Array;
  /** [k] the standard deviation along each component, to divide by; null: not whitened. */
  readonly deviations: Float64Array | null;
}

/**
 * (X − mean)·componentsᵀ [n,k] of X [n,p], over the deviations when whitened. Centred before it is
 * projected, so that no offset costs digits.
 */
export async function project(
  x: Floats,
  n: number,
  { components, k, p, mean, deviations }: Projection,
  kernels: Kernels,
): Promise<Float64Array> {
  const about = centred(x, centreAt(mean), n, p);
  const scores = toFloat64(await kernels.matmul(about, transpose(components, k, p), n, p, k));
  return deviations === null ? scores : scores.map((score, at) => score / (deviations[at % k] as number));
}

/** The rows [n,p] whose projection X [n,k] is. */
export async function unproject(
  x: Floats,
  n: number,
  { components, k, p, mean, deviations }: Projection,
  kernels: Kernels,
): Promise<Float64Array> {
  const scores = deviations === null ? x : x.map((score, at) => score * (deviations[at % k] as number));
  const about = toFloat64(await kernels.matmul(scores, components, n, k, p));
  return about.map((value, at) => value + (mean[at % p] as number));
}

const optional = { datatypes: ["FP64", "FP32"], optional: true } as const;

const signature: Signature = applicationSignature("pca.apply", {
  description:
    "Projects rows onto the components of a pca, as scikit-learn's transform and inverse_transform.",
  attributes: [
    optionalInput("components", ["k", "p"], "The fit's components."),
    optionalInput("mean", ["p"], "Its mean."),
    optionalInput("explained_variance", ["k"], "Its explained_variance; needed with whiten."),
  ],
  rows: {
    ...samplesInput,
    shape: ["n", "columns"],
    description: "Rows [n,p] of the fit's columns; with inverse, projected rows [n,k].",
  },
  outputs: [
    {
      ...optional,
      name: "transform",
      shape: ["n", "k"],
      description: "Projected rows; absent with inverse.",
    },
    {
      ...optional,
      name: "inverse_transform",
      shape: ["n", "p"],
      description: "The rows that X is the projection of; only with inverse.",
    },
  ],
  parameters: [
    {
      name: "whiten",
      description: "Whether projected rows have unit variance along each component.",
      default: false,
      anyOf: [{ type: "boolean" }],
    },
    {
      name: "inverse",
      description: "Whether X is projected already and goes back to where it came from.",
      default: false,
      anyOf: [{ type: "boolean" }],
    },
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

/** scikit-learn divides by no deviation below its datatype's epsilon. */
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
