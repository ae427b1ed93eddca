/** IsolationForest as a servable. */

import type { Signature, TensorSpec } from "../../servable.js";
import { costMaxima } from "../cost-maxima.js";
import { type Fit, holedSamplesInput, precisionParameter, randomStateParameter } from "../fit.js";
import { floatScalar, floatTensor, integerScalar, labelTensor, readSamples } from "../float-tensors.js";
import { ParameterReader } from "../parameters.js";
import { type IsolationForestOptions, isolationForest } from "./isolation-forest.js";
import { inliers } from "./isolation-scores.js";

function nodeOutput(name: string, description: string): TensorSpec {
  return { name, datatypes: ["INT32"], shape: ["m"], description };
}

function sampleOutput(name: string, description: string): TensorSpec {
  return { name, datatypes: ["FP64", "FP32"], shape: ["n"], description };
}

const signature: Signature = {
  name: "isolation_forest",
  version: "1",
  kind: "fit",
  description:
    "Outliers by how few random splits part them from the rest, as scikit-learn's IsolationForest: one seed " +
    "grows the same trees. Columns that vary by less than 1e-7 count as constant there and here.",
  inputs: [holedSamplesInput],
  outputs: [
    sampleOutput(
      "score_samples",
      "Each sample's score, from -1, surely an outlier, to 0; below about -0.5 is suspect.",
    ),
    sampleOutput("decision_function", "The score_samples less the offset; negative for an outlier."),
    {
      name: "predict",
      datatypes: ["INT32"],
      shape: ["n"],
      description: "Each sample's verdict: 1 for an inlier, -1 for an outlier.",
    },
    {
      name: "offset",
      datatypes: ["FP64", "FP32"],
      shape: [],
      description: "The score that parts outliers from inliers.",
    },
    { name: "max_samples", datatypes: ["INT32"], shape: [], description: "Rows each tree was grown from." },
    { name: "n_features_in", datatypes: ["INT32"], shape: [], description: "How many columns X has." },
    {
      name: "tree_offsets",
      datatypes: ["INT32"],
      shape: ["t"],
      description: "Where each tree's nodes begin.",
    },
    nodeOutput("feature", "The column a node splits on; -2 for a leaf."),
    {
      name: "threshold",
      datatypes: ["FP64", "FP32"],
      shape: ["m"],
      description: "A sample goes left when its value is at most this; -2 for a leaf.",
    },
    {
      name: "missing_go_to_left",
      datatypes: ["BOOL"],
      shape: ["m"],
      description: "Whether a row in which the node's column is missing goes left.",
    },
    nodeOutput("children_left", "The left child, counted from its tree's first node; -1 for a leaf."),
    nodeOutput(
      "children_right",
      "The right child of a node, counted from its tree's first node; -1 for a leaf.",
    ),
    nodeOutput("n_node_samples", "How many of the tree's samples reached the node."),
  ],
  attributes: [
    "offset",
    "max_samples",
    "n_features_in",
    "tree_offsets",
    "feature",
    "threshold",
    "missing_go_to_left",
    "children_left",
    "children_right",
    "n_node_samples",
  ],
  parameters: [
    {
      name: "n_estimators",
      description: "How many trees to grow.",
      default: 100,
      anyOf: [{ type: "integer", minimum: 1, maximum: costMaxima.trees }],
    },
    {
      name: "max_samples",
      description:
        "Rows a tree sees: auto for at most 256, a share of them (1 is all: numbers carry no type), or a count.",
      default: "auto",
      anyOf: [
        { type: "string", values: ["auto"] },
        { type: "number", exclusiveMinimum: 0, maximum: 1 },
        { type: "integer", minimum: 2, boundedByData: true },
      ],
    },
    {
      name: "contamination",
      description: "The share of outliers, which sets the offset; auto: the offset is -0.5.",
      default: "auto",
      anyOf: [
        { type: "string", values: ["auto"] },
        { type: "number", exclusiveMinimum: 0, maximum: 0.5 },
      ],
    },
    {
      name: "max_features",
      description: "Columns a tree sees: a share of them (1 is all), or a count.",
      default: 1,
      anyOf: [
        { type: "number", exclusiveMinimum: 0, maximum: 1 },
        { type: "integer", minimum: 2, boundedByData: true },
      ],
    },
    {
      name: "bootstrap",
      description: "Whether a tree's rows are drawn with replacement.",
      default: false,
      anyOf: [{ type: "boolean" }],
    },
    randomStateParameter,
    precisionParameter,
  ],
};

export const isolationForestFit: Fit = {
  signature,
  async run(inputs, given, context) {
    const parameters = new ParameterReader(signature, given);
    const { data, n, p, datatype } = readSamples(inputs, "X", "allowed");
    const { trees, samples, offset, scores } = await isolationForest(
      data,
      n,
      p,
      optionsOf(parameters),
      context,
    );
    const decisions = scores.map((score) => score - offset);
    const nodes = trees.feature.length;
    // A float32 threshold is rounded down. Every float32 value then falls on the same side of it as of the float64
    // threshold.
    const threshold = datatype === "FP64" ? trees.threshold : trees.threshold.map(floatBelow);
    return {
      score_samples: floatTensor(datatype, [n], scores),
      decision_function: floatTensor(datatype, [n], decisions),
      predict: labelTensor(inliers(decisions)),
      offset: floatScalar(datatype, offset),
      max_samples: integerScalar(samples),
      n_features_in: integerScalar(p),
      tree_offsets: labelTensor(trees.offsets),
      feature: labelTensor(trees.feature),
      threshold: floatTensor(datatype, [nodes], threshold),
      missing_go_to_left: { datatype: "BOOL", shape: [nodes], data: trees.missingLeft },
      children_left: labelTensor(trees.left),
      children_right: labelTensor(trees.right),
      n_node_samples: labelTensor(trees.samples),
    };
  },
};

/** The largest float32 that is not above the value. */
function floatBelow(value: number): number {
  const nearest = Math.fround(value);
  if (nearest <= value) return nearest;
  const bits = new Int32Array(Float32Array.of(nearest).buffer);
  bits[0] = nearest > 0 ? (bits[0] as number) - 1 : nearest < 0 ? (bits[0] as number) + 1 : -2147483647;
  return new Float32Array(bits.buffer)[0] as number;
}

function optionsOf(parameters: ParameterReader): IsolationForestOptions {
  const autoOr = (name: string) => (parameters.get(name) === "auto" ? "auto" : parameters.number(name));
  return {
    trees: parameters.number("n_estimators"),
    samples: autoOr("max_samples"),
    contamination: autoOr("contamination"),
    features: parameters.number("max_features"),
    bootstrap: parameters.flag("bootstrap"),
    randomState: parameters.number("random_state"),
  };
}
