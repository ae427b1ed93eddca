/** PCA as a servable. */

import type { ParameterValue, Signature } from "../../servable.js";
import { costMaxima } from "../cost-maxima.js";
import { type Fit, precisionParameter, randomStateParameter, samplesInput } from "../fit.js";
import { floatScalar, floatTensor, integerScalar, readSamples } from "../float-tensors.js";
import { ParameterReader } from "../parameters.js";
import { floatOutput } from "../specs.js";
import { type PcaOptions, pca } from "./pca.js";

const signature: Signature = {
  name: "pca",
  version: "1",
  kind: "fit",
  description: "Principal components, as scikit-learn's PCA.",
  inputs: [samplesInput],
  outputs: [
    floatOutput(
      "components",
      ["k", "p"],
      "One component a row, by falling variance; its largest loading is positive.",
    ),
    floatOutput("explained_variance", ["k"], "Variance along each component, divided by n - 1."),
    floatOutput(
      "explained_variance_ratio",
      ["k"],
      "Each component's share of the total variance; 0 for data without any.",
    ),
    floatOutput("singular_values", ["k"], "Singular values of the centred data."),
    floatOutput("mean", ["p"], "Column means, to subtract before projecting."),
    floatOutput("noise_variance", [], "Mean variance of the components left out; 0 when none was."),
    {
      name: "n_components",
      datatypes: ["INT32"],
      shape: [],
      description: "How many components, k, were kept.",
    },
    { name: "n_samples", datatypes: ["INT32"], shape: [], description: "How many rows, n, were fitted." },
  ],
  attributes: ["components", "explained_variance", "mean"],
  parameters: [
    {
      name: "n_components",
      description:
        "How many components to keep; or a share of variance between 0 and 1; or mle; null keeps min(n, p).",
      default: null,
      anyOf: [
        { type: "null" },
        { type: "integer", minimum: 0, boundedByData: true },
        { type: "number", exclusiveMinimum: 0, exclusiveMaximum: 1 },
        { type: "string", values: ["mle"] },
      ],
    },
    {
      name: "whiten",
      description: "Kept for whoever projects: divide by sqrt(explained_variance). It changes no output.",
      default: false,
      anyOf: [{ type: "boolean" }],
    },
    {
      name: "svd_solver",
      description: "How the decomposition is computed; auto chooses by shape, as scikit-learn does.",
      default: "auto",
      anyOf: [{ type: "string", values: ["auto", "full", "covariance_eigh", "randomized"] }],
    },
    {
      name: "iterated_power",
      description: "Power iterations of the randomized solver.",
      default: "auto",
      anyOf: [
        { type: "string", values: ["auto"] },
        { type: "integer", minimum: 0, maximum: costMaxima.powerIterations },
      ],
    },
    {
      name: "n_oversamples",
      description: "Random vectors of the randomized solver beyond n_components.",
      default: 10,
      anyOf: [{ type: "integer", minimum: 1, maximum: costMaxima.oversamples }],
    },
    randomStateParameter,
    precisionParameter,
  ],
};

export const pcaFit: Fit = {
  signature,
  async run(inputs, given, context) {
    const parameters = new ParameterReader(signature, given);
    const { data, n, p, datatype, squares } = readSamples(inputs);
    const fitted = await pca(data, n, p, optionsOf(parameters), context, squares);
    const k = fitted.explainedVariance.length;
    return {
      components: floatTensor(datatype, [k, p], fitted.components),
      explained_variance: floatTensor(datatype, [k], fitted.explainedVariance),
      explained_variance_ratio: floatTensor(datatype, [k], fitted.explainedVarianceRatio),
      singular_values: floatTensor(datatype, [k], fitted.singularValues),
      mean: floatTensor(datatype, [p], fitted.mean),
      noise_variance: floatScalar(datatype, fitted.noiseVariance),
      n_components: integerScalar(k),
      n_samples: integerScalar(n),
    };
  },
};

function optionsOf(parameters: ParameterReader): PcaOptions {
  const components = parameters.get("n_components");
  const solver = parameters.get("svd_solver");
  return {
    components: components === "mle" || typeof components === "number" ? components : null,
    solver: isSolver(solver) ? solver : "auto",
    iteratedPower: parameters.get("iterated_power") === "auto" ? null : parameters.number("iterated_power"),
    oversamples: parameters.number("n_oversamples"),
    randomState: parameters.number("random_state"),
  };
}

function isSolver(value: ParameterValue): value is PcaOptions["solver"] {
  return value === "auto" || value === "full" || value === "covariance_eigh" || value === "randomized";
}
