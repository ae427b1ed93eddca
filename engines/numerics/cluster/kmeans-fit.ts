/** KMeans as a servable. */

import { invalidArgument } from "../../../protocol/errors.js";
import type { Signature } from "../../servable.js";
import { costMaxima } from "../cost-maxima.js";
import { type Fit, type FitInputs, precisionParameter, randomStateParameter, samplesInput } from "../fit.js";
import {
  flagScalar,
  floatScalar,
  floatTensor,
  integerScalar,
  labelTensor,
  readSamples,
  readVector,
  toFloat64,
} from "../float-tensors.js";
import { ParameterReader } from "../parameters.js";
import { flagOutput, floatOutput, optionalInput } from "../specs.js";
import { type KMeansOptions, kmeans } from "./kmeans.js";

const signature: Signature = {
  name: "kmeans",
  version: "1",
  kind: "fit",
  description: "Clusters by Lloyd's algorithm, as scikit-learn's KMeans.",
  inputs: [
    samplesInput,
    {
      name: "init",
      datatypes: ["FP64", "FP32"],
      shape: ["k", "p"],
      optional: true,
      description:
        "Centres to start from, k = n_clusters. They take the place of the parameters init and n_init.",
    },
    optionalInput(
      "sample_weight",
      ["n"],
      "How much each sample counts, at least 0; 1 when absent. It weighs starts, centres and inertia.",
    ),
  ],
  outputs: [
    {
      name: "cluster_centers",
      datatypes: ["FP64", "FP32"],
      shape: ["k", "p"],
      description: "One centre a row.",
    },
    { name: "labels", datatypes: ["INT32"], shape: ["n"], description: "The cluster of each sample." },
    {
      name: "inertia",
      datatypes: ["FP64", "FP32"],
      shape: [],
      description: "Sum of squared distances of the samples to their centre, each by its weight.",
    },
    { name: "n_iter", datatypes: ["INT32"], shape: [], description: "Iterations of the best start." },
    {
      name: "converged",
      datatypes: ["BOOL"],
      shape: [],
      description: "Whether it stopped by itself; false: at max_iter.",
    },
    flagOutput("strict_convergence", "Whether the best start stopped because no label changed any more."),
    floatOutput("center_shift", [], "The summed squared shift of the centres in the last iteration."),
  ],
  attributes: ["cluster_centers"],
  parameters: [
    {
      name: "n_clusters",
      description: "How many clusters to find.",
      default: 8,
      anyOf: [{ type: "integer", minimum: 1, maximum: costMaxima.components }],
    },
    {
      name: "init",
      description: "How to start: greedy k-means++, or samples at random.",
      default: "k-means++",
      anyOf: [{ type: "string", values: ["k-means++", "random"] }],
    },
    {
      name: "n_init",
      description: "How many starts to take the best of; auto: 1 for k-means++, 10 for random.",
      default: "auto",
      anyOf: [
        { type: "string", values: ["auto"] },
        { type: "integer", minimum: 1, maximum: costMaxima.starts },
      ],
    },
    {
      name: "max_iter",
      description: "The largest number of iterations of one start.",
      default: 300,
      anyOf: [{ type: "integer", minimum: 1, maximum: costMaxima.iterations }],
    },
    {
      name: "tol",
      description:
        "A start ends when the summed squared shift of the centres is at most tol times the mean column variance.",
      default: 1e-4,
      anyOf: [{ type: "number", minimum: 0 }],
    },
    randomStateParameter,
    precisionParameter,
  ],
};

export const kmeansFit: Fit = {
  signature,
  async run(inputs, given, context) {
    const parameters = new ParameterReader(signature, given);
    const { data, n, p, datatype, squares } = readSamples(inputs);
    const options = optionsOf(parameters, inputs, n, p);
    const fitted = await kmeans(data, n, p, options, context, squares);
    return {
      cluster_centers: floatTensor(datatype, [options.clusters, p], fitted.centres),
      labels: labelTensor(fitted.labels),
      inertia: floatScalar(datatype, fitted.inertia),
      n_iter: integerScalar(fitted.iterations),
      converged: flagScalar(fitted.converged),
      strict_convergence: flagScalar(fitted.strict),
      center_shift: floatScalar(datatype, fitted.shift),
    };
  },
};

function optionsOf(parameters: ParameterReader, inputs: FitInputs, n: number, p: number): KMeansOptions {
  const clusters = parameters.number("n_clusters");
  const named = parameters.get("init") === "random" ? "random" : "k-means++";
  return {
    clusters,
    init: inputs.init === undefined ? named : givenCentres(inputs, clusters, p),
    starts: parameters.get("n_init") === "auto" ? null : parameters.number("n_init"),
    iterationsMaximum: parameters.number("max_iter"),
    tolerance: parameters.number("tol"),
    weights: sampleWeights(inputs, n, named === "random" && inputs.init === undefined ? clusters : 1),
    randomState: parameters.number("random_state"),
  };
}

function givenCentres(inputs: FitInputs, clusters: number, p: number): Float64Array {
  const { data, n, p: columns } = readSamples(inputs, "init");
  if (n !== clusters || columns !== p) {
    throw invalidArgument(
      "inputs.init",
      `shape [${n},${columns}] is not [n_clusters,p] = [${clusters},${p}]`,
    );
  }
  return toFloat64(data);
}

/** The sample weights [n], of which at least `positiveMinimum` must be above 0; null when none are given. */
function sampleWeights(inputs: FitInputs, n: number, positiveMinimum: number): Float64Array | null {
  const weights = readVector(inputs, "sample_weight", n);
  if (weights === null) return null;
  const negative = weights.findIndex((weight) => weight < 0);
  if (negative >= 0)
    throw invalidArgument("inputs.sample_weight", `${weights[negative]} at ${negative} must be at least 0`);
  const positive = weights.reduce((count, weight) => count + (weight > 0 ? 1 : 0), 0);
  if (positive < positiveMinimum)
    throw invalidArgument(
      "inputs.sample_weight",
      `${positive} are above 0: the init draws its samples among those, and needs ${positiveMinimum}`,
    );
  return weights;
}
