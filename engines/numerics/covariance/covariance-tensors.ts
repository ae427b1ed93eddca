/** The parameters that covariance fits and their updates share, and a sample's statistics as tensors. */
import { invalidArgument } from "../../../protocol/errors.js";
import type { Tensor } from "../../../protocol/tensor.js";
import type { Precision } from "../../kernels/index.js";
import type { ParameterSpec, TensorSpec } from "../../servable.js";
import { readCount, requireAttributes } from "../attributes.js";
import type { FitInputs } from "../fit.js";
import { floatScalar, floatTensor, readFloats, readVector } from "../float-tensors.js";
import type { SampleStatistics } from "./covariance-moments.js";

export type CovarianceName = "empirical_covariance" | "oas" | "ledoit_wolf";

export const covarianceParameters: readonly ParameterSpec[] = [
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
];

/**
 * These tensors are FP64 whatever the datatype of X: float32 would lose digits at a large offset, and fourth powers
 * leave its range.
 */
const exact = ["FP64"] as const;

export const locationRemainder: TensorSpec = {
  name: "location_remainder",
  datatypes: exact,
  shape: ["p"],
  description: "What rounding took off location; .update goes on from both.",
};

/**
 * The tensors that an update needs beside location and covariance: the empirical covariance where the fit's
 * covariance is shrunk, and for Ledoit and Wolf the moments that the shrinkage is computed from.
 */
export function momentSpecs(fit: CovarianceName): readonly TensorSpec[] {
  const empirical: TensorSpec = {
    name: "empirical_covariance",
    datatypes: ["FP64", "FP32"],
    shape: ["p", "p"],
    description: "The covariance before it was shrunk.",
  };
  const third: TensorSpec = {
    name: "third_moments",
    datatypes: exact,
    shape: ["p"],
    description: "Mean of a row's deviation times its squared length.",
  };
  const fourth: TensorSpec = {
    name: "fourth_moment",
    datatypes: exact,
    shape: [],
    description: "Mean of a row's deviation's length to the fourth.",
  };
  return { empirical_covariance: [], oas: [empirical], ledoit_wolf: [empirical, third, fourth] }[fit];
}

/**
 * The tensors of location, its remainder and the number of rows. When location is rounded to FP32, the remainder
 * includes that rounding error.
 */
export function sampleTensors(
  { count, location, remainder }: SampleStatistics,
  datatype: Precision,
): Record<string, Tensor> {
  const p = location.length;
  const rounded = datatype === "FP64" ? location : location.map(Math.fround);
  const left = remainder.map((rest, j) => rest + ((location[j] as number) - (rounded[j] as number)));
  return {
    location: floatTensor(datatype, [p], rounded),
    location_remainder: floatTensor("FP64", [p], left),
    n_samples: { datatype: "INT64", shape: [], data: BigInt64Array.of(BigInt(count)) },
  };
}

/** The tensors that `momentSpecs` describes. */
export function momentTensors(
  fit: CovarianceName,
  { location, covariance, higher }: SampleStatistics,
  datatype: Precision,
): Record<string, Tensor> {
  if (fit === "empirical_covariance") return {};
  const p = location.length;
  const tensors: Record<string, Tensor> = { empirical_covariance: floatTensor(datatype, [p, p], covariance) };
  if (higher === null) return tensors;
  tensors.third_moments = floatTensor("FP64", [p], higher.third);
  tensors.fourth_moment = floatScalar("FP64", higher.fourth);
  return tensors;
}

/**
 * Reads a sample's statistics from the attributes.
 * @throws HeadgateError `invalid_argument` naming the first attribute that is missing or invalid
 */
export function readSample(fit: CovarianceName, inputs: FitInputs, p: number): SampleStatistics {
  const isShrunk = fit !== "empirical_covariance";
  requireAttributes(inputs, ["location", "n_samples", ...(isShrunk ? [] : ["covariance"])]);
  const missing = momentSpecs(fit).find(({ name }) => inputs[name] === undefined)?.name;
  if (missing !== undefined)
    throw invalidArgument(`inputs.${missing}`, "missing; a fit with store_moments answers it");
  const [fourth = 0] = fit === "ledoit_wolf" ? readFloats(inputs, "fourth_moment", []) : [];
  return {
    count: readCount(inputs, "n_samples", 0),
    location: readFloats(inputs, "location", [p]),
    remainder: readVector(inputs, "location_remainder", p) ?? new Float64Array(p),
    covariance: readFloats(inputs, isShrunk ? "empirical_covariance" : "covariance", [p, p]),
    higher: fit === "ledoit_wolf" ? { third: readFloats(inputs, "third_moments", [p]), fourth } : null,
  };
}
