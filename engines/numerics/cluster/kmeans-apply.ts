/** Applies a fitted KMeans to new rows: scikit-learn's predict, transform and score. */
import type { Floats, Kernels } from "../../kernels/index.js";
import { squaredDistance } from "../../kernels/plain.js";
import type { Signature } from "../../servable.js";
import { applicationSignature, readRows, requireAttributes } from "../attributes.js";
import { centred, columnCentre } from "../covariance/column-moments.js";
import { type Fit, type FitContext, throwIfAborted } from "../fit.js";
import { floatScalar, floatTensor, labelTensor, readSamples, refuseTooLarge } from "../float-tensors.js";
import { ParameterReader } from "../parameters.js";
import { floatOutput, optionalInput } from "../specs.js";

export interface ClusterAssignment {
  /** [n] the index of the nearest centre. */
  readonly labels: Int32Array;
  /** [n,k] distances to the centres. */
  readonly distances: Float64Array;
  /** The sum of squared distances to the nearest centre. */
  readonly inertia: number;
}

/**
 * Assigns the rows of X [n,p] to centres [k,p]. The mean of the centres is subtracted from both, so that a large
 * offset costs no digits.
 */
export async function assign(
  x: Floats,
  centres: Floats,
  n: number,
  k: number,
  p: number,
  context: FitContext,
): Promise<ClusterAssignment> {
  const { kernels } = context;
  const centre = columnCentre(centres, k, p);
  const rows = centred(x, centre, n, p);
  const about = centred(centres, centre, k, p);
  const seen = forKernels(rows, kernels);
  const { labels } = await kernels.nearestCentre(seen, about, n, k, p);
  throwIfAborted(context);
  const squares = await kernels.squaredDistances(seen, about, n, k, p);
  let inertia = 0;
  for (let i = 0; i < n; i++) inertia += squaredDistance(rows, i * p, about, (labels[i] as number) * p, p);
  return { labels, distances: Float64Array.from(squares, Math.sqrt), inertia };
}

/** The rows in the datatype in which the kernels compute, so that they are converted only once. */
function forKernels(rows: Float64Array, { precision }: Kernels): Floats {
  return precision === "FP32" ? Float32Array.from(rows) : rows;
}

const signature: Signature = applicationSignature({
  of: "kmeans",
  kind: "apply",
  description: "Assigns rows to the centres of a kmeans, as scikit-learn's predict, transform and score.",
  attributes: [optionalInput("cluster_centers", ["k", "p"], "The cluster_centers of the fit.")],
  outputs: [
    { name: "predict", datatypes: ["INT32"], shape: ["n"], description: "The nearest centre of each row." },
    floatOutput("transform", ["n", "k"], "The distance of each row to each centre."),
    floatOutput("score", [], "Minus the sum of squared distances to the nearest centre."),
  ],
});

export const kmeansApply: Fit = {
  signature,
  async run(inputs, given, context) {
    new ParameterReader(signature, given);
    requireAttributes(inputs, ["cluster_centers"]);
    const { data: centres, n: k, p } = readSamples(inputs, "cluster_centers");
    const { data, n, datatype } = readRows(inputs, p);
    refuseTooLarge("inputs.X", "distances", n, k);
    throwIfAborted(context);
    const { labels, distances, inertia } = await assign(data, centres, n, k, p, context);
    return {
      predict: labelTensor(labels),
      transform: floatTensor(datatype, [n, k], distances),
      score: floatScalar(datatype, -inertia),
    };
  },
};
