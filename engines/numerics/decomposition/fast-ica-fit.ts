/** FastICA as a servable. */

import { invalidArgument } from "../../../protocol/errors.js";
import type { Tensor } from "../../../protocol/tensor.js";
import type { ParameterSpec, ParameterValue, Signature } from "../../servable.js";
import { costMaxima } from "../cost-maxima.js";
import { type Fit, precisionParameter, randomStateParameter, samplesInput } from "../fit.js";
import { flagScalar, floatTensor, integerScalar, readFloats, readSamples } from "../float-tensors.js";
import { ParameterReader } from "../parameters.js";
import {
  choice,
  flagOutput,
  floatOutput,
  integerFrom,
  integerOutput,
  nonNegative,
  optionalInput,
} from "../specs.js";
import { type FastIcaOptions, fastIca } from "./fast-ica.js";
import type { Contrast } from "./ica-contrast.js";

/** The parameter `whiten`, which fast_ica.apply has, too. */
export const whitenParameter: ParameterSpec = {
  name: "whiten",
  description: "What the sources are scaled to; false: X is white already, and neither centred nor reduced.",
  default: "unit-variance",
  anyOf: [{ type: "string", values: ["unit-variance", "arbitrary-variance"] }, { type: "boolean" }],
};

const signature: Signature = {
  name: "fast_ica",
  version: "1",
  kind: "fit",
  description: "Independent components, as scikit-learn's FastICA.",
  inputs: [
    samplesInput,
    optionalInput(
      "w_init",
      ["k", "k"],
      "Unmixing vectors to start from. They take the place of random_state.",
    ),
  ],
  outputs: [
    floatOutput("components", ["k", "p"], "The unmixing matrix: sources are (X - mean) times its transpose."),
    floatOutput("mixing", ["p", "k"], "The pseudo-inverse of components, which mixes sources back."),
    { ...floatOutput("mean", ["p"], "Column means; absent when whiten is false."), optional: true },
    {
      ...floatOutput(
        "whitening",
        ["k", "p"],
        "The whitening matrix, applied before the rotation; absent when whiten is false.",
      ),
      optional: true,
    },
    integerOutput(
      "n_iter",
      [],
      "How many iterations were done; with deflation, those of the slowest component.",
    ),
    flagOutput("converged", "Whether it stopped by itself; false: at max_iter."),
  ],
  attributes: ["components", "mixing", "mean"],
  parameters: [
    {
      name: "n_components",
      description: "How many components to find; null, or more than min(n, p), is min(n, p).",
      default: null,
      anyOf: [{ type: "null" }, { type: "integer", minimum: 1, boundedByData: true }],
    },
    choice(
      "algorithm",
      ["parallel", "deflation"],
      "Whether components are found all at once (parallel) or one after another (deflation).",
    ),
    whitenParameter,
    choice("fun", ["logcosh", "exp", "cube"], "The contrast function that independence is measured by."),
    {
      name: "alpha",
      description: "The factor inside logcosh: scikit-learn's fun_args.",
      default: 1,
      anyOf: [{ type: "number", minimum: 1, maximum: 2 }],
    },
    integerFrom(
      "max_iter",
      1,
      200,
      "Iterations at most, with deflation of each component.",
      costMaxima.iterations,
    ),
    nonNegative("tol", 1e-4, "How far the cosine between two steps may be from 1 at the end."),
    choice(
      "whiten_solver",
      ["svd", "eigh"],
      "How X is whitened: svd is exact for small variances, eigh is faster for many rows.",
    ),
    randomStateParameter,
    precisionParameter,
  ],
};

export const fastIcaFit: Fit = {
  signature,
  async run(inputs, given, context) {
    const parameters = new ParameterReader(signature, given);
    const { data, n, p, datatype } = readSamples(inputs);
    const start = inputs.w_init && ((k: number) => readFloats(inputs, "w_init", [k, k]));
    const fitted = await fastIca(data, n, p, optionsOf(parameters), context, start);
    const { k, mean, whitening } = fitted;
    const outputs: Record<string, Tensor> = {
      components: floatTensor(datatype, [k, p], fitted.components),
      mixing: floatTensor(datatype, [p, k], fitted.mixing),
      n_iter: integerScalar(fitted.iterations),
      converged: flagScalar(fitted.converged),
    };
    if (mean !== null) outputs.mean = floatTensor(datatype, [p], mean);
    if (whitening !== null) outputs.whitening = floatTensor(datatype, [k, p], whitening);
    return outputs;
  },
};

function optionsOf(parameters: ParameterReader): FastIcaOptions {
  const components = parameters.get("n_components");
  const whiten = parameters.get("whiten");
  const contrast = parameters.get("fun");
  if (whiten === true)
    throw invalidArgument("parameters.whiten", "true does not say which; false turns it off");
  return {
    components: typeof components === "number" ? components : null,
    algorithm: parameters.get("algorithm") === "deflation" ? "deflation" : "parallel",
    whiten: whiten === false ? null : whiten === "arbitrary-variance" ? whiten : "unit-variance",
    contrast: isContrast(contrast) ? contrast : "logcosh",
    alpha: parameters.number("alpha"),
    iterationsMaximum: parameters.number("max_iter"),
    tolerance: parameters.number("tol"),
    solver: parameters.get("whiten_solver") === "eigh" ? "eigh" : "svd",
    randomState: parameters.number("random_state"),
  };
}

function isContrast(value: ParameterValue): value is Contrast {
  return value === "logcosh" || value === "exp" || value === "cube";
}
