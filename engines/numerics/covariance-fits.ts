/** The covariance estimators as servables: one face, three ways to estimate. */
import type { Tensor } from "../../protocol/tensor.js";
import type { Floats } from "../kernels/index.js";
import type { ParameterSpec, Signature, TensorSpec } from "../servable.js";
import { type Covariance, empiricalCovariance, type ShrunkCovariance } from "./covariance.js";
import { factorKernels } from "./dense-eigen.js";
import { type Fit, type FitContext, precisionParameter, samplesInput } from "./fit.js";
import { floatScalar, floatTensor, readSamples } from "./float-tensors.js";
import { ledoitWolf } from "./ledoit-wolf.js";
import { oas } from "./oas.js";
import { ParameterReader } from "./parameters.js";
import { pseudoInverseOn } from "./pseudo-inverse.js";

type Estimate = (
  x: Floats,
  n: number,
  p: number,
  assumeCentered: boolean,
  context: FitContext,
) => Promise<Covariance | ShrunkCovariance>;

const outputs: readonly TensorSpec[] = [
  { name: "location", datatypes: ["FP64", "FP32"], shape: ["p"], description: "Column means, or zeros." },
  {
    name: "covariance",
    datatypes: ["FP64", "FP32"],
    shape: ["p", "p"],
    description: "The estimated covariance.",
  },
  {
    name: "precision",
    datatypes: ["FP64", "FP32"],
    shape: ["p", "p"],
    optional: true,
    description: "The covariance's pseudo-inverse; absent without store_precision.",
  },
  { name: "n_samples", datatypes: ["INT64"], shape: [], description: "Rows seen." },
];

const shrinkageOutput: TensorSpec = {
  name: "shrinkage",
  datatypes: ["FP64", "FP32"],
  shape: [],
  description: "The share of the scaled identity in the covariance, from 0 to 1.",
};

const parameterSpecs: readonly ParameterSpec[] = [
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
];

export const empiricalCovarianceFit = covarianceFit(
  {
    name: "empirical_covariance",
    description: "Maximum likelihood covariance, divided by n, as scikit-learn's EmpiricalCovariance.",
    outputs,
  },
  empiricalCovariance,
);

export const ledoitWolfFit = covarianceFit(
  {
    name: "ledoit_wolf",
    description: "Shrunk covariance of Ledoit and Wolf (2004), as scikit-learn's LedoitWolf.",
    outputs: [...outputs, shrinkageOutput],
  },
  ledoitWolf,
);

export const oasFit = covarianceFit(
  {
    name: "oas",
    description: "Shrunk covariance of Chen and others (2010), as scikit-learn's OAS.",
    outputs: [...outputs, shrinkageOutput],
  },
  oas,
);

function covarianceFit(
  described: Pick<Signature, "name" | "description" | "outputs">,
  estimate: Estimate,
): Fit {
  const signature: Signature = {
    ...described,
    version: "1",
    kind: "fit",
    inputs: [samplesInput],
    parameters: parameterSpecs,
  };
  return {
    signature,
    async run(inputs, given, context) {
      const parameters = new ParameterReader(signature, given);
      const { data, n, p, datatype } = readSamples(inputs);
      const fitted = await estimate(data, n, p, parameters.flag("assume_centered"), context);
      const answer: Record<string, Tensor> = {
        location: floatTensor(datatype, [p], fitted.location),
        covariance: floatTensor(datatype, [p, p], fitted.covariance),
        n_samples: { datatype: "INT64", shape: [], data: BigInt64Array.of(BigInt(n)) },
      };
      if ("shrinkage" in fitted) answer.shrinkage = floatScalar(datatype, fitted.shrinkage);
      if (parameters.flag("store_precision")) {
        const precision = await pseudoInverseOn(factorKernels(context), fitted.covariance, p);
        answer.precision = floatTensor(datatype, [p, p], precision);
      }
      return answer;
    },
  };
}
