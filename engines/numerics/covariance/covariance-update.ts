/**
 * Adds new rows to a fitted covariance, shrunk or not: the result is that of all rows fitted together. It is one
 * factory, so that `ledoit_wolf.update` and the others are one line each in the list of applications.
 */
import type { Tensor } from "../../../protocol/tensor.js";
import type { TensorSpec } from "../../servable.js";
import { applicationSignature, readRows, requireAttributes } from "../attributes.js";
import { type Fit, throwIfAborted, workReporterOf } from "../fit.js";
import { floatScalar, floatTensor } from "../float-tensors.js";
import { factorKernels } from "../linear-algebra/dense-eigen.js";
import { pseudoInverseOn } from "../linear-algebra/pseudo-inverse.js";
import { ParameterReader } from "../parameters.js";
import { floatOutput, optionalInput } from "../specs.js";
import { shrunkCovariance } from "./covariance.js";
import { addRows, type SampleStatistics } from "./covariance-moments.js";
import {
  type CovarianceName,
  covarianceParameters,
  locationRemainder,
  momentSpecs,
  momentTensors,
  readSample,
  sampleTensors,
} from "./covariance-tensors.js";
import { ledoitWolfShrinkage } from "./ledoit-wolf.js";
import { oasShrinkage } from "./oas.js";

/** How each estimator computes its shrinkage from a sample; null: it does not shrink. */
const shrinkages: Readonly<Record<CovarianceName, ((sample: SampleStatistics) => number) | null>> = {
  empirical_covariance: null,
  oas: ({ covariance, count, location }) => oasShrinkage(covariance, count, location.length),
  ledoit_wolf: ({ covariance, higher, count, location }) =>
    ledoitWolfShrinkage(covariance, higher?.fourth ?? 0, count, location.length),
};

/** The `.update` of a covariance fit. */
export function covarianceUpdate(fit: CovarianceName): Fit {
  const shrinkageOf = shrinkages[fit];
  const signature = updateSignature(fit);
  return {
    signature,
    async run(inputs, given, context) {
      const parameters = new ParameterReader(signature, given);
      requireAttributes(inputs, ["location"]);
      const { data, n, p, datatype } = readRows(inputs, inputs.location?.shape[0] ?? 0);
      const before = readSample(fit, inputs, p);
      throwIfAborted(context);
      const sample = await addRows(before, data, n, p, parameters.flag("assume_centered"), context);
      throwIfAborted(context);
      const shrinkage = shrinkageOf?.(sample);
      const covariance =
        shrinkage === undefined ? sample.covariance : shrunkCovariance(sample.covariance, p, shrinkage);
      const outputs: Record<string, Tensor> = {
        ...sampleTensors(sample, datatype),
        ...momentTensors(fit, sample, datatype),
        covariance: floatTensor(datatype, [p, p], covariance),
      };
      if (shrinkage !== undefined) outputs.shrinkage = floatScalar(datatype, shrinkage);
      if (parameters.flag("store_precision")) {
        const precision = await pseudoInverseOn(
          factorKernels(context),
          covariance,
          p,
          workReporterOf(context),
        );
        outputs.precision = floatTensor(datatype, [p, p], precision);
      }
      return outputs;
    },
  };
}

const count: Omit<TensorSpec, "description"> = {
  name: "n_samples",
  datatypes: ["INT64", "INT32"],
  shape: [],
};

function updateSignature(fit: CovarianceName) {
  const isShrunk = shrinkages[fit] !== null;
  const taken = [locationRemainder, ...momentSpecs(fit)];
  return applicationSignature({
    of: fit,
    kind: "update",
    description: `Adds rows to a fitted ${fit}: the result is that of all rows fitted together.`,
    attributes: [
      optionalInput("location", ["p"], "The location of the fit."),
      ...(isShrunk ? [] : [optionalInput("covariance", ["p", "p"], "The covariance of the fit.")]),
      { ...count, optional: true, description: "How many rows the fit saw." },
      ...taken.map(({ name, shape }) => optionalInput(name, shape, `The ${name} of the fit.`)),
    ],
    outputs: [
      floatOutput("location", ["p"], "Column means of all rows, or zeros."),
      floatOutput("covariance", ["p", "p"], "The covariance of all rows, as the fit estimates it."),
      {
        ...floatOutput(
          "precision",
          ["p", "p"],
          "The covariance's pseudo-inverse; absent without store_precision.",
        ),
        optional: true,
      },
      ...(isShrunk
        ? [floatOutput("shrinkage", [], "The share of the scaled identity in the covariance.")]
        : []),
      { ...count, datatypes: ["INT64"], description: "How many rows were seen in all." },
      ...taken,
    ],
    parameters: covarianceParameters,
  });
}
