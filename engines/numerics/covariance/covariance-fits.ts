/**
 * The three covariance estimators as servables: they share inputs, outputs and parameters, and differ in how they
 * estimate.
 */
import { invalidArgument } from "../../../protocol/errors.js";
import type { Floats } from "../../kernels/index.js";
import type { ParameterSpec, Signature, TensorSpec } from "../../servable.js";
import { type Fit, type FitContext, precisionParameter, samplesInput, workReporterOf } from "../fit.js";
import { floatScalar, floatTensor, readSamples } from "../float-tensors.js";
import { factorKernels } from "../linear-algebra/dense-eigen.js";
import { pseudoInverseOn } from "../linear-algebra/pseudo-inverse.js";
import { ParameterReader } from "../parameters.js";
import { type EmpiricalCovariance, empiricalCovariance, type ShrunkCovariance } from "./covariance.js";
import { higherMomentsAbout, type SampleStatistics } from "./covariance-moments.js";
import {
  type CovarianceName,
  covarianceParameters,
  locationRemainder,
  momentSpecs,
  momentTensors,
  sampleTensors,
} from "./covariance-tensors.js";
import { ledoitWolf } from "./ledoit-wolf.js";
import { oas } from "./oas.js";

type CovarianceEstimator = (
  x: Floats,
  n: number,
  p: number,
  assumeCentered: boolean,
  context: FitContext,
) => Promise<EmpiricalCovariance | ShrunkCovariance>;

const outputs: readonly TensorSpec[] = [
  { name: "location", datatypes: ["FP64", "FP32"], shape: ["p"], description: "Column means, or zeros." },
  {
    name: "covariance",
    datatypes: ["FP64", "FP32"],
    shape: ["p", "p"],
    description: "The estimated covariance matrix.",
  },
  {
    name: "precision",
    datatypes: ["FP64", "FP32"],
    shape: ["p", "p"],
    optional: true,
    description: "The covariance's pseudo-inverse; absent without store_precision.",
  },
  { name: "n_samples", datatypes: ["INT64"], shape: [], description: "How many rows were seen." },
  locationRemainder,
];

/** The outputs that every covariance fit's applications accept as attributes. */
const sampleAttributes = ["location", "covariance", "precision", "n_samples", "location_remainder"];

const shrinkageOutput: TensorSpec = {
  name: "shrinkage",
  datatypes: ["FP64", "FP32"],
  shape: [],
  description: "The share of the scaled identity in the covariance, from 0 to 1.",
};

function storedMoments(fit: CovarianceName): readonly TensorSpec[] {
  return momentSpecs(fit).map((spec) => ({
    ...spec,
    optional: true,
    description: `${spec.description} Only with store_moments.`,
  }));
}

const storeMoments: ParameterSpec = {
  name: "store_moments",
  description: "Whether to answer with the moments that .update needs; true by default with keep_seconds.",
  default: false,
  keptDefault: true,
  anyOf: [{ type: "boolean" }],
};

export const empiricalCovarianceFit = covarianceFit(
  {
    name: "empirical_covariance",
    description: "Maximum likelihood covariance, divided by n, as scikit-learn's EmpiricalCovariance.",
    outputs,
    parameters: covarianceParameters,
  },
  empiricalCovariance,
);

export const ledoitWolfFit = covarianceFit(
  {
    name: "ledoit_wolf",
    description: "Shrunk covariance of Ledoit and Wolf (2004), as scikit-learn's LedoitWolf.",
    outputs: [...outputs, shrinkageOutput, ...storedMoments("ledoit_wolf")],
    parameters: [storeMoments, ...covarianceParameters],
  },
  ledoitWolf,
);

export const oasFit = covarianceFit(
  {
    name: "oas",
    description: "Shrunk covariance of Chen and others (2010), as scikit-learn's OAS.",
    outputs: [...outputs, shrinkageOutput, ...storedMoments("oas")],
    parameters: [storeMoments, ...covarianceParameters],
  },
  oas,
);

function covarianceFit(
  described: Pick<Signature, "description" | "outputs" | "parameters"> & { readonly name: CovarianceName },
  estimate: CovarianceEstimator,
): Fit {
  const signature: Signature = {
    ...described,
    version: "1",
    kind: "fit",
    inputs: [samplesInput],
    attributes: [...sampleAttributes, ...momentSpecs(described.name).map(({ name }) => name)],
    parameters: [...described.parameters, precisionParameter],
  };
  const { name } = described;
  return {
    signature,
    async run(inputs, given, context) {
      const parameters = new ParameterReader(signature, given);
      const { data, n, p, datatype } = readSamples(inputs);
      const fitted = await estimate(data, n, p, parameters.flag("assume_centered"), context);
      const { centre, covariance } = "empirical" in fitted ? fitted.empirical : fitted;
      const remainder = centre?.rest ?? new Float64Array(p);
      const sample: SampleStatistics = {
        count: n,
        location: fitted.location,
        remainder,
        covariance,
        higher: null,
      };
      const answer = sampleTensors(sample, datatype);
      if (name !== "empirical_covariance" && parameters.flag("store_moments")) {
        const higher = name === "ledoit_wolf" ? higherMomentsAbout(data, n, p, centre) : null;
        if (higher !== null && !Number.isFinite(higher.fourth)) refuseMoments();
        Object.assign(answer, momentTensors(name, { ...sample, higher }, datatype));
      }
      answer.covariance = floatTensor(datatype, [p, p], fitted.covariance);
      if ("shrinkage" in fitted) answer.shrinkage = floatScalar(datatype, fitted.shrinkage);
      if (parameters.flag("store_precision")) {
        const precision = await pseudoInverseOn(
          factorKernels(context),
          fitted.covariance,
          p,
          workReporterOf(context),
        );
        answer.precision = floatTensor(datatype, [p, p], precision);
      }
      return answer;
    },
  };
}

function refuseMoments(): never {
  throw invalidArgument(
    "parameters.store_moments",
    "the fourth powers of X are more than float64 holds: scale X down, or set store_moments to false",
  );
}
