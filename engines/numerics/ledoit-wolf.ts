/**
 * Ledoit and Wolf's shrunk covariance, as scikit-learn's LedoitWolf. Source: Ledoit and Wolf 2004, "A
 * well-conditioned estimator for large-dimensional covariance matrices".
 */
import type { Tensor } from "../../protocol/tensor.js";
import type { Floats } from "../kernels/index.js";
import type { Signature } from "../servable.js";
import { centredGram } from "./centred-gram.js";
import { type Centre, columnCentre } from "./column-moments.js";
import { factorKernels } from "./dense-eigen.js";
import { type Fit, type FitContext, precisionParameter, samplesInput, throwIfAborted } from "./fit.js";
import { floatScalar, floatTensor, readSamples, refuseTooLarge } from "./float-tensors.js";
import { ParameterReader } from "./parameters.js";
import { pseudoInverseOn } from "./pseudo-inverse.js";

export interface LedoitWolf {
  /** [p] */
  readonly location: Float64Array;
  /** [p,p] (1 − shrinkage)·S + shrinkage·μ·I */
  readonly covariance: Float64Array;
  /** From 0 to 1. */
  readonly shrinkage: number;
}

/** Fits X [n,p]; about zero instead of the column means when `assumeCentered`. */
export async function ledoitWolf(
  x: Floats,
  n: number,
  p: number,
  assumeCentered: boolean,
  context: FitContext,
): Promise<LedoitWolf> {
  refuseTooLarge("inputs.X", "the covariance", p, p);
  const centre = assumeCentered ? null : columnCentre(x, n, p);
  const { kernels } = context;
  const covariance =
    centre === null
      ? new Float64Array(await kernels.gram(x, n, p))
      : await centredGram(x, n, p, centre, kernels);
  for (let at = 0; at < p * p; at++) covariance[at] = (covariance[at] as number) / n;
  throwIfAborted(context);
  const shrinkage = p === 1 ? 0 : shrinkageOf(x, centre, covariance, n, p);
  const target = (shrinkage * trace(covariance, p)) / p;
  for (let i = 0; i < covariance.length; i++) covariance[i] = (1 - shrinkage) * (covariance[i] as number);
  for (let j = 0; j < p; j++) covariance[j * p + j] = (covariance[j * p + j] as number) + target;
  return { location: centre?.mean ?? new Float64Array(p), covariance, shrinkage };
}

/**
 * min(β, δ)/δ for X [n,p] less the centre and its S [p,p]. The sum of all entries of (X²)ᵀX² is the sum over rows
 * of the squared row norm squared, so that it takes n·p steps instead of n·p².
 */
function shrinkageOf(
  x: Floats,
  centre: Centre | null,
  covariance: Float64Array,
  n: number,
  p: number,
): number {
  const base = centre?.base ?? new Float64Array(p);
  const rest = centre?.rest ?? base;
  let fourth = 0;
  for (let row = 0; row < n * p; row += p) {
    let norm = 0;
    for (let j = 0; j < p; j++)
      norm += ((x[row + j] as number) - (base[j] as number) - (rest[j] as number)) ** 2;
    fourth += norm * norm;
  }
  let squares = 0;
  for (let at = 0; at < p * p; at++) squares += (covariance[at] as number) ** 2;
  const total = trace(covariance, p);
  const mu = total / p;
  const beta = (fourth / n - squares) / (p * n);
  const delta = (squares - 2 * mu * total + p * mu * mu) / p;
  const least = Math.min(beta, delta);
  return least === 0 ? 0 : least / delta;
}

function trace(matrix: Float64Array, p: number): number {
  let sum = 0;
  for (let j = 0; j < p; j++) sum += matrix[j * p + j] as number;
  return sum;
}

const signature: Signature = {
  name: "ledoit_wolf",
  version: "1",
  kind: "fit",
  description: "Shrunk covariance of Ledoit and Wolf (2004), as scikit-learn's LedoitWolf.",
  inputs: [samplesInput],
  outputs: [
    { name: "location", datatypes: ["FP64", "FP32"], shape: ["p"], description: "Column means, or zeros." },
    {
      name: "covariance",
      datatypes: ["FP64", "FP32"],
      shape: ["p", "p"],
      description: "The shrunk covariance.",
    },
    {
      name: "shrinkage",
      datatypes: ["FP64", "FP32"],
      shape: [],
      description: "The share of the scaled identity in the covariance, from 0 to 1.",
    },
    {
      name: "precision",
      datatypes: ["FP64", "FP32"],
      shape: ["p", "p"],
      optional: true,
      description: "The covariance's pseudo-inverse; absent without store_precision.",
    },
  ],
  parameters: [
    {
      name: "store_precision",
      description: "Whether to answer with the precision matrix too.",
      default: true,
      anyOf: [{ type: "boolean" }],
    },
    {
      name: "assume_centered",
      description: "Whether X is centred already; its means are then not taken out.",
      default: false,
      anyOf: [{ type: "boolean" }],
    },
    precisionParameter,
  ],
};

export const ledoitWolfFit: Fit = {
  signature,
  async run(inputs, given, context) {
    const parameters = new ParameterReader(signature, given);
    const { data, n, p, datatype } = readSamples(inputs);
    const fitted = await ledoitWolf(data, n, p, parameters.flag("assume_centered"), context);
    const outputs: Record<string, Tensor> = {
      location: floatTensor(datatype, [p], fitted.location),
      covariance: floatTensor(datatype, [p, p], fitted.covariance),
      shrinkage: floatScalar(datatype, fitted.shrinkage),
    };
    if (parameters.flag("store_precision")) {
      const precision = await pseudoInverseOn(factorKernels(context), fitted.covariance, p);
      outputs.precision = floatTensor(datatype, [p, p], precision);
    }
    return outputs;
  },
};
