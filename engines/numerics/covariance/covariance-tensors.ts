/** What covariance fits and their updates have in common on the wire: parameters, and a sample as attributes. */
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

/** In FP64 whatever the input's datatype: an offset's lost digits, and powers that leave float32's range. */
const exact = ["FP64"] as const;

export const locationRemainder: TensorSpec = {
  name: "location_remainder",
  datatypes: exact,
  shape: ["p"],
  description: "What rounding took off location; .update goes on from both.",
};

/** What an update needs beside location and covariance: S itself where that is shrunk, and what shrinks it. */
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

/** Location, its remainder and the count. Rounded to FP32, a location leaves more to the remainder. */
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

/** The tensors of `momentSpecs`. */
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

/** @throws HeadgateError `invalid_argument` naming what is missing or none */
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
