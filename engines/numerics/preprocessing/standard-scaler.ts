/** scikit-learn's StandardScaler: means and standard deviations of columns. Rows can be added to an earlier fit. */
import { invalidArgument } from "../../../protocol/errors.js";
import type { Tensor } from "../../../protocol/tensor.js";
import type { Signature } from "../../servable.js";
import { type Fit, type FitInputs, holedSamplesInput, precisionParameter, reportPasses } from "../fit.js";
import { floatTensor, readFloats, readSamples } from "../float-tensors.js";
import { ParameterReader } from "../parameters.js";
import { mergePresent, type PresentMoments, presentMoments } from "./present-moments.js";

/**
 * The divisors [p] of the columns: the standard deviation, or 1 for a constant column. A column counts as constant
 * when its variance is within the error of computing it: var ≤ n·ε·var + (n·mean·ε)².
 */
export function scales({ counts, mean, variance }: PresentMoments): Float64Array {
  return variance.map((value, j) => {
    const count = counts[j] as number;
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
    holedSamplesInput,
    {
      name: "mean",
      datatypes: ["FP64", "FP32"],
      shape: ["p"],
      optional: true,
      allowNonFinite: true,
      description: "The column means of an earlier fit, which X is added to.",
    },
    {
      name: "var",
      datatypes: ["FP64", "FP32"],
      shape: ["p"],
      optional: true,
      allowNonFinite: true,
      description: "The column variances of the earlier fit, which X is added to.",
    },
    {
      name: "n_samples_seen",
      datatypes: ["INT64"],
      shape: [],
      optional: true,
      description: "How many rows the earlier fit saw.",
    },
    {
      name: "n_samples_seen_by_column",
      datatypes: ["INT64"],
      shape: ["p"],
      optional: true,
      description: "How many numbers of each column the earlier fit saw, where it told.",
    },
  ],
  outputs: [
    {
      name: "mean",
      datatypes: ["FP64", "FP32"],
      shape: ["p"],
      optional: true,
      description:
        "Column means, of the numbers that are there; absent when neither with_mean nor with_std. NaN for a column " +
        "without any.",
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
      description:
        "How many rows were seen in all; of columns with missing numbers, how many of the fullest.",
    },
    {
      name: "n_samples_seen_by_column",
      datatypes: ["INT64"],
      shape: ["p"],
      optional: true,
      description: "How many numbers of each column were seen; only where they are not as many of each.",
    },
  ],
  attributes: ["mean", "var", "scale", "n_samples_seen", "n_samples_seen_by_column"],
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
    const { data, n, p, datatype } = readSamples(inputs, "X", "allowed");
    reportPasses(context, 2, n * p);
    const moments = mergePresent(earlierMoments(inputs, p), presentMoments(data, n, p));
    const outputs: Record<string, Tensor> = seenTensors(moments);
    const withStd = parameters.flag("with_std");
    if (withStd || parameters.flag("with_mean")) outputs.mean = floatTensor(datatype, [p], moments.mean);
    if (withStd) {
      outputs.var = floatTensor(datatype, [p], moments.variance);
      outputs.scale = floatTensor(datatype, [p], scales(moments));
    }
    return outputs;
  },
};

function seenTensors({ counts }: PresentMoments): Record<string, Tensor> {
  const most = counts.reduce((a, b) => Math.max(a, b));
  const seen: Record<string, Tensor> = {
    n_samples_seen: { datatype: "INT64", shape: [], data: BigInt64Array.of(BigInt(most)) },
  };
  if (counts.some((count) => count !== most)) {
    const data = BigInt64Array.from(counts, (count) => BigInt(count));
    seen.n_samples_seen_by_column = { datatype: "INT64", shape: [counts.length], data };
  }
  return seen;
}

/** The moments of an earlier fit, read from the inputs; the moments of no rows when none of its outputs is given. */
function earlierMoments(inputs: FitInputs, p: number): PresentMoments {
  const given = (name: string) =>
    inputs[name] === undefined ? null : readFloats(inputs, name, [p], "allowed");
  const [mean, variance] = [given("mean"), given("var")];
  const count = inputs.n_samples_seen?.data;
  if (mean === null && variance === null && count === undefined) {
    return { counts: new Float64Array(p), mean: new Float64Array(p), variance: new Float64Array(p) };
  }
  if (mean === null || variance === null || !(count instanceof BigInt64Array) || count[0] === undefined) {
    throw invalidArgument("inputs", "mean, var and n_samples_seen (INT64) go together");
  }
  if (count[0] < 0n) throw invalidArgument("inputs.n_samples_seen", `${count[0]} is less than 0`);
  const negative = variance.findIndex((value) => value < 0);
  if (negative >= 0) throw invalidArgument("inputs.var", `column ${negative} is negative`);
  const counts = countsByColumn(inputs, p) ?? new Float64Array(p).fill(Number(count[0]));
  const hollow = counts.findIndex(
    (seen, j) => seen > 0 && Number.isNaN((mean[j] as number) + (variance[j] as number)),
  );
  if (hollow >= 0)
    throw invalidArgument("inputs.mean", `column ${hollow} has NaN, and numbers were seen of it`);
  return { counts, mean, variance };
}

function countsByColumn(inputs: FitInputs, p: number): Float64Array | null {
  const tensor = inputs.n_samples_seen_by_column;
  if (tensor === undefined) return null;
  const { data, shape } = tensor;
  if (!(data instanceof BigInt64Array) || shape.join() !== `${p}` || data.some((count) => count < 0n))
    throw invalidArgument("inputs.n_samples_seen_by_column", `must be INT64 of shape [${p}] and at least 0`);
  return Float64Array.from(data, Number);
}
