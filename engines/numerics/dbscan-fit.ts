/** DBSCAN as a servable. */
import type { Plain, Signature } from "../servable.js";
import { type DbscanOptions, dbscan, type Metric } from "./dbscan.js";
import { type Fit, precisionParameter, samplesInput } from "./fit.js";
import { floatTensor, labelTensor, readSamples, readVector, toFloat64 } from "./float-tensors.js";
import { rowsAt } from "./kmeans-seeding.js";
import { ParameterReader } from "./parameters.js";
import { choice, floatOutput, integerFrom, integerOutput, optionalInput } from "./specs.js";

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
  ],
  outputs: [
    integerOutput("labels", ["n"], "The cluster of each sample, counted from 0; -1 for noise."),
    integerOutput("core_sample_indices", ["m"], "Rows of X that are core samples, ascending; may be none."),
    floatOutput("components", ["m", "p"], "Those rows themselves."),
  ],
  parameters: [
    {
      name: "eps",
      description: "The largest distance between two samples that are neighbours, itself included.",
      default: 0.5,
      anyOf: [{ type: "number", exclusiveMinimum: 0 }],
    },
    integerFrom(
      "min_samples",
      1,
      5,
      "Samples in a core sample's neighbourhood, itself counted; or their weight.",
    ),
    choice("metric", ["euclidean", "manhattan", "chebyshev"], "How distances are measured."),
    precisionParameter,
  ],
};

export const dbscanFit: Fit = {
  signature,
  async run(inputs, given, context) {
    const parameters = new ParameterReader(signature, given);
    const { data, n, p, datatype } = readSamples(inputs);
    const weights = readVector(inputs, "sample_weight", n) ?? undefined;
    const { labels, coreSamples } = await dbscan(data, n, p, optionsOf(parameters), context, weights);
    return {
      labels: labelTensor(labels),
      core_sample_indices: labelTensor(coreSamples),
      components: floatTensor(datatype, [coreSamples.length, p], toFloat64(rowsAt(data, p, coreSamples))),
    };
  },
};

function optionsOf(parameters: ParameterReader): DbscanOptions {
  const metric = parameters.get("metric");
  return {
    radius: parameters.number("eps"),
    weightMinimum: parameters.number("min_samples"),
    metric: isMetric(metric) ? metric : "euclidean",
  };
}

function isMetric(value: Plain): value is Metric {
  return value === "euclidean" || value === "manhattan" || value === "chebyshev";
}
