/** NMF as a servable. */

import { invalidArgument } from "../../../protocol/errors.js";
import type { ParameterValue, Signature } from "../../servable.js";
import { costMaxima } from "../cost-maxima.js";
import { type Fit, type FitInputs, precisionParameter, samplesInput } from "../fit.js";
import {
  flagScalar,
  floatScalar,
  floatTensor,
  integerScalar,
  readFloats,
  readSamples,
} from "../float-tensors.js";
import { transpose } from "../linear-algebra/transpose.js";
import { ParameterReader } from "../parameters.js";
import { choice, flagOutput, floatOutput, integerOutput, optionalInput } from "../specs.js";
import { type NmfOptions, nmf, refuseNegative } from "./nmf.js";
import { descentParameters, readDescent } from "./nmf-parameters.js";
import type { Factors, NmfInit } from "./nmf-start.js";

const signature: Signature = {
  name: "nmf",
  version: "1",
  kind: "fit",
  description: "Factorisation X = W·H of a non-negative X into non-negative parts, as scikit-learn's NMF.",
  inputs: [
    {
      ...samplesInput,
      description: "Samples, one a row; no number below 0. Float outputs come in this datatype.",
    },
    optionalInput(
      "W",
      ["n", "k"],
      "The start of W, together with H; the two take the place of the parameter init.",
    ),
    optionalInput("H", ["k", "p"], "The start of H, together with W."),
  ],
  outputs: [
    floatOutput("components", ["k", "p"], "The matrix H, one part a row."),
    floatOutput("W", ["n", "k"], "How much of each part a sample has: X transformed."),
    floatOutput("reconstruction_err", [], "Root of the summed squares of X - W·H."),
    integerOutput("n_iter", [], "How many iterations were done."),
    flagOutput("converged", "Whether it stopped by itself; false: at max_iter."),
  ],
  attributes: ["components"],
  parameters: [
    {
      name: "n_components",
      description:
        "How many parts to find; auto: as the starts W and H have, else one a column; null: one a column.",
      default: "auto",
      anyOf: [
        { type: "string", values: ["auto"] },
        { type: "null" },
        { type: "integer", minimum: 1, maximum: costMaxima.components },
      ],
    },
    {
      name: "init",
      description:
        "How W and H are started; null: nndsvda, or random beyond min(n, p) parts; custom: from W and H.",
      default: null,
      anyOf: [
        { type: "null" },
        { type: "string", values: ["random", "nndsvd", "nndsvda", "nndsvdar", "custom"] },
      ],
    },
    ...descentParameters,
    choice("beta_loss", ["frobenius"], "The distance that is made least."),
    {
      name: "alpha_H",
      description: "The penalty of H, multiplied by the number of rows of X; same: as alpha_W.",
      default: "same",
      anyOf: [
        { type: "string", values: ["same"] },
        { type: "number", minimum: 0 },
      ],
    },
    precisionParameter,
  ],
};

export const nmfFit: Fit = {
  signature,
  async run(inputs, given, context) {
    const parameters = new ParameterReader(signature, given);
    const { data, n, p, datatype } = readSamples(inputs);
    const asked = parameters.get("n_components");
    const components = typeof asked === "number" ? asked : p;
    const start = readStart(inputs, n, p, asked === "auto" ? (inputs.H?.shape[0] ?? p) : components);
    if (parameters.get("init") === "custom" && start === undefined) {
      throw invalidArgument("parameters.init", "custom needs the inputs W and H");
    }
    const k = start?.k ?? components;
    const fitted = await nmf(data, n, p, optionsOf(parameters, k), context, start);
    return {
      components: floatTensor(datatype, [k, p], fitted.parts),
      W: floatTensor(datatype, [n, k], fitted.transformed),
      reconstruction_err: floatScalar(datatype, fitted.error),
      n_iter: integerScalar(fitted.iterations),
      converged: flagScalar(fitted.converged),
    };
  },
};

function optionsOf(parameters: ParameterReader, components: number): NmfOptions {
  const init = parameters.get("init");
  const descent = readDescent(parameters);
  return {
    ...descent,
    components,
    init: isInit(init) ? init : null,
    alphaH: parameters.get("alpha_H") === "same" ? descent.alphaW : parameters.number("alpha_H"),
  };
}

function isInit(value: ParameterValue): value is NmfInit {
  return value === "random" || value === "nndsvd" || value === "nndsvda" || value === "nndsvdar";
}

/**
 * The starting factors that the client gave in `W` and `H`; undefined when both are absent and the start is computed
 * from the data.
 */
function readStart(inputs: FitInputs, n: number, p: number, k: number): Factors | undefined {
  if (inputs.W === undefined && inputs.H === undefined) return undefined;
  const weights = readFloats(inputs, "W", [n, k]);
  const parts = readFloats(inputs, "H", [k, p]);
  refuseNegative(weights, k, "W");
  refuseNegative(parts, p, "H");
  return { k, weights: transpose(weights, n, k), parts };
}
