/** scikit-learn's StandardScaler: means and standard deviations of columns, also in instalments. */
import { invalidArgument } from "../../../protocol/errors.js";
import type { Tensor } from "../../../protocol/tensor.js";
import type { Signature } from "../../servable.js";
import { type ColumnMoments, columnMoments, mergeMoments } from "../covariance/column-moments.js";
import { type Fit, type FitInputs, precisionParameter, samplesInput, spendPasses } from "../fit.js";
import { floatTensor, readSamples, readVector } from "../float-tensors.js";
import { ParameterReader } from "../parameters.js";

/**
 * The scales [p] to divide by: standard deviations, and 1 for a constant column. A column is constant when
 * its variance is within the error of computing it: var ≤ n·ε·var + (n·mean·ε)².
 */
export function scales({ count, mean, variance }: ColumnMoments): Float64Array {
  return variance.map((value, j) => {
    const error = count * Number.EPSILON * value + (count * (mean[j] as number) * Number.EPSILON) ** 2;
    return value <= error ? 1 : Math.sqrt(value);
  });
}

const signature: Signature = {
  name: "standard_scaler",
  version: "1",
  kind: "fit",
  description:
    "Mean, variance and scale of each column, as scikit-learn's StandardScaler. Given the mean, var and " +
    "n_samples_seen of an earlier fit, X is added to it, as partial_fit does.",
  inputs: [
    samplesInput,
    {
      name: "mean",
      datatypes: ["FP64", "FP32"],
      shape: ["p"],
      optional: true,
      description: "The column means of an earlier fit, which X is added to.",
    },
    {
      name: "var",
      datatypes: ["FP64", "FP32"],
      shape: ["p"],
      optional: true,
      description: "The column variances of the earlier fit, which X is added to.",
    },
    {
      name: "n_samples_seen",
      datatypes: ["INT64"],
      shape: [],
      optional: true,
      description: "How many rows the earlier fit saw.",
    },
  ],
  outputs: [
    {
      name: "mean",
      datatypes: ["FP64", "FP32"],
      shape: ["p"],
      optional: true,
      description: "Column means; absent when neither with_mean nor with_std.",
    },
    {
      name: "var",
      datatypes: ["FP64", "FP32"],
      shape: ["p"],
      optional: true,
      description: "Column variances, divided by n; absent without with_std.",
    },
    {
      name: "scale",
      datatypes: ["FP64", "FP32"],
      shape: ["p"],
      optional: true,
      description:
        "What to divide by: the standard deviation, 1 for a constant column; absent without with_std.",
    },
    {
      name: "n_samples_seen",
      datatypes: ["INT64"],
      shape: [],
      description: "How many rows were seen in all.",
    },
  ],
  attributes: ["mean", "var", "scale", "n_samples_seen"],
  parameters: [
    {
      name: "with_mean",
      description: "Whether the data will be centred before scaling.",
      default: true,
      anyOf: [{ type: "boolean" }],
    },
    {
      name: "with_std",
      description: "Whether the data will be scaled to unit variance.",
      default: true,
      anyOf: [{ type: "boolean" }],
    },
    precisionParameter,
  ],
};

export const standardScaler: Fit = {
  signature,
  async run(inputs, given, context) {
    const parameters = new ParameterReader(signature, given);
    const { data, n, p, datatype } = readSamples(inputs);
    spendPasses(context, 2, n * p);
    const moments = mergeMoments(earlierMoments(inputs, p), columnMoments(data, n, p));
    const outputs: Record<string, Tensor> = {
      n_samples_seen: { datatype: "INT64", shape: [], data: BigInt64Array.of(BigInt(moments.count)) },
    };
    const withStd = parameters.flag("with_std");
    if (withStd || parameters.flag("with_mean")) outputs.mean = floatTensor(datatype, [p], moments.mean);
    if (withStd) {
      outputs.var = floatTensor(datatype, [p], moments.variance);
      outputs.scale = floatTensor(datatype, [p], scales(moments));
    }
    return outputs;
  },
};

/** What an earlier fit saw; nothing when none of its three outputs is given. */
function earlierMoments(inputs: FitInputs, p: number): ColumnMoments {
  const mean = readVector(inputs, "mean", p);
  const variance = readVector(inputs, "var", p);
  const count = inputs.n_samples_seen?.data;
  if (mean === null && variance === null && count === undefined) {
    return { count: 0, mean: new Float64Array(p), variance: new Float64Array(p) };
  }
  if (mean === null || variance === null || !(count instanceof BigInt64Array) || count[0] === undefined) {
    throw invalidArgument("inputs", "mean, var and n_samples_seen (INT64) go together");
  }
  if (count[0] < 0n) throw invalidArgument("inputs.n_samples_seen", `${count[0]} is less than 0`);
  const negative = variance.findIndex((value) => value < 0);
  if (negative >= 0) throw invalidArgument("inputs.var", `column ${negative} is negative`);
  return { count: Number(count[0]), mean, variance };
}
