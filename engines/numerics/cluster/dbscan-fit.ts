/** DBSCAN as a servable. */
import { invalidArgument } from "../../../protocol/errors.js";
import { shown } from "../../../protocol/fields.js";
import type { Floats } from "../../kernels/index.js";
import type { ParameterValue, Signature } from "../../servable.js";
import { type Fit, type FitInputs, precisionParameter, samplesInput } from "../fit.js";
import { floatTensor, labelTensor, readSamples, readVector, toFloat64 } from "../float-tensors.js";
import { ParameterReader } from "../parameters.js";
import { choice, floatOutput, integerOutput, optionalInput } from "../specs.js";
import { type DbscanOptions, dbscan } from "./dbscan.js";
import { byAngle, byCorrelation, bySquares, type EuclideanView } from "./dbscan-metrics.js";
import { rowsAt } from "./kmeans-seeding.js";

const signature: Signature = {
  name: "dbscan",
  version: "1",
  kind: "fit",
  description: "Density-based clusters and noise, as scikit-learn's DBSCAN.",
  inputs: [
    samplesInput,
    optionalInput(
      "sample_weight",
      ["n"],
      "Weight of each sample in its neighbourhoods, 1 when absent; a negative one may keep others from being core.",
    ),
    optionalInput(
      "w",
      ["p"],
      "Weight of each column in Minkowski's distance, of at least 0: scikit-learn's metric_params.",
    ),
  ],
  outputs: [
    integerOutput("labels", ["n"], "The cluster of each sample, counted from 0; -1 for noise."),
    integerOutput("core_sample_indices", ["m"], "Rows of X that are core samples, ascending; may be none."),
    floatOutput("components", ["m", "p"], "The rows of X that are core samples."),
  ],
  parameters: [
    {
      name: "eps",
      description: "The largest distance between two samples that are neighbours, itself included.",
      default: 0.5,
      anyOf: [{ type: "number", exclusiveMinimum: 0 }],
    },
    {
      name: "min_samples",
      description: "Samples in a core sample's neighbourhood, itself counted; or their weight.",
      default: 5,
      anyOf: [{ type: "integer", minimum: 1, boundedByData: true }],
    },
    choice(
      "metric",
      [
        "euclidean",
        "manhattan",
        "chebyshev",
        "minkowski",
        "sqeuclidean",
        "cosine",
        "correlation",
        "canberra",
        "braycurtis",
        "hamming",
      ],
      "How distances are measured, as scikit-learn names them; minkowski is by the power p.",
    ),
    {
      name: "p",
      description:
        "The power of Minkowski's distance: 1 is manhattan, 2 and null are euclidean; only with the metric minkowski.",
      default: null,
      anyOf: [{ type: "null" }, { type: "number", exclusiveMinimum: 0 }],
    },
    precisionParameter,
  ],
};

export const dbscanFit: Fit = {
  signature,
  async run(inputs, given, context) {
    const parameters = new ParameterReader(signature, given);
    const { data, n, p, datatype } = readSamples(inputs);
    const weights = readVector(inputs, "sample_weight", n) ?? undefined;
    const options = optionsOf(parameters);
    const columns = columnWeights(inputs, p, parameters.get("metric"), options);
    const x = columns === null ? data : scaledColumns(data, columns);
    const view = euclideanView(parameters.get("metric"), x, n, p, options.radius);
    const found =
      view === null
        ? await dbscan(x, n, p, options, context, weights)
        : await dbscan(view.rows, n, view.columns, { ...options, radius: view.radius }, context, weights);
    const { labels, coreSamples } = found;
    return {
      labels: labelTensor(labels),
      core_sample_indices: labelTensor(coreSamples),
      components: floatTensor(datatype, [coreSamples.length, p], toFloat64(rowsAt(data, p, coreSamples))),
    };
  },
};

function optionsOf(parameters: ParameterReader): DbscanOptions {
  const metric = parameters.get("metric");
  const power = parameters.get("p");
  if (metric !== "minkowski" && power !== null)
    throw invalidArgument(
      "parameters.p",
      `goes with the metric "minkowski" alone, not with ${shown(metric)}`,
    );
  return {
    radius: parameters.number("eps"),
    weightMinimum: parameters.number("min_samples"),
    ...distanceOf(metric, typeof power === "number" ? power : 2),
  };
}

/**
 * For a metric that equals the Euclidean distance of transformed rows, those rows and the radius that belongs to
 * them; null for every other metric.
 */
function euclideanView(
  metric: ParameterValue,
  x: Floats,
  n: number,
  p: number,
  radius: number,
): EuclideanView | null {
  if (metric === "sqeuclidean") return bySquares(x, p, radius);
  if (metric === "cosine") return byAngle(x, n, p, radius);
  return metric === "correlation" ? byCorrelation(x, n, p, radius) : null;
}

/**
 * The metric and power that the distance loops use: Minkowski's with power 1 or 2 runs in the faster loops of
 * "manhattan" and "euclidean".
 */
function distanceOf(metric: ParameterValue, power: number): Pick<DbscanOptions, "metric" | "power"> {
  if (metric === "manhattan" || (metric === "minkowski" && power === 1))
    return { metric: "manhattan", power: 1 };
  if (metric === "chebyshev") return { metric, power: Number.POSITIVE_INFINITY };
  if (metric === "canberra" || metric === "braycurtis" || metric === "hamming") return { metric, power: 1 };
  return metric === "minkowski" && power !== 2 ? { metric, power } : { metric: "euclidean", power: 2 };
}

const weighable: readonly ParameterValue[] = ["euclidean", "manhattan", "minkowski"];

/**
 * The factor [p] of each column that makes the unweighted distance equal to the weighted one: w·|d|ᵖ = |w^(1/p)·d|ᵖ.
 * Null without weights.
 */
function columnWeights(
  inputs: FitInputs,
  p: number,
  metric: ParameterValue,
  { power }: DbscanOptions,
): Float64Array | null {
  const weights = readVector(inputs, "w", p);
  if (weights === null) return null;
  if (!weighable.includes(metric))
    throw invalidArgument("inputs.w", `the metric ${shown(metric)} takes no weights`);
  const factors = weights.map((weight) => weight ** (1 / power));
  const wrong = weights.findIndex((weight, at) => weight < 0 || !Number.isFinite(factors[at]));
  if (wrong >= 0)
    throw invalidArgument(
      "inputs.w",
      `${weights[wrong]} at ${wrong} must be at least 0, and its root finite`,
    );
  return factors;
}

function scaledColumns(data: Floats, factors: Float64Array): Float64Array {
  const p = factors.length;
  const scaled = Float64Array.from(data, (value, at) => value * (factors[at % p] as number));
  const at = scaled.findIndex((value) => !Number.isFinite(value));
  if (at >= 0) throw invalidArgument("inputs.w", `column ${at % p} is too large once it is weighted`);
  return scaled;
}
