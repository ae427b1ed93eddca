/** Converts rows to the coordinates of components and back, for the transforms of pca, fast_ica and nmf. */
import type { Floats, Kernels } from "../../kernels/index.js";
import type { ParameterSpec, TensorSpec } from "../../servable.js";
import { centreAt, centred } from "../covariance/column-moments.js";
import { samplesInput } from "../fit.js";
import { toFloat64 } from "../float-tensors.js";
import { transpose } from "../linear-algebra/transpose.js";

export interface Projection {
  /** [k,p] */
  readonly components: Float64Array;
  readonly k: number;
  readonly p: number;
  /** [p] */
  readonly mean: Float64Array;
  /** [k] the standard deviation along each component, by which its coordinate is divided; null without whitening. */
  readonly deviations: Float64Array | null;
}

/**
 * Projects X [n,p]: (X − mean)·componentsᵀ [n,k], divided by the deviations when there are some. The mean is
 * subtracted before the product, so that a large offset costs no digits.
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

/** The inverse of the projection: maps coordinates X [n,k] back to rows [n,p]. */
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

/**
 * The input X of a transform that has an inverse: rows of the fit's columns, or for the inverse rows of component
 * coordinates.
 */
export const transformedRows: TensorSpec = {
  ...samplesInput,
  shape: ["n", "columns"],
  description: "Rows [n,p] of the fit's columns; with inverse, transformed rows [n,k].",
};

const optional = { datatypes: ["FP64", "FP32"], optional: true } as const;

export const transformOutputs: readonly TensorSpec[] = [
  {
    ...optional,
    name: "transform",
    shape: ["n", "k"],
    description: "Transformed rows; absent with inverse.",
  },
  {
    ...optional,
    name: "inverse_transform",
    shape: ["n", "p"],
    description: "The rows that X is the transform of; only with inverse.",
  },
];

export const inverseParameter: ParameterSpec = {
  name: "inverse",
  description: "Whether X is transformed already and goes back to where it came from.",
  default: false,
  anyOf: [{ type: "boolean" }],
};
