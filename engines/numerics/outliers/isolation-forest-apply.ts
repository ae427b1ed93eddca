/** Applies a fitted IsolationForest to new rows: scikit-learn's score_samples, decision_function and predict. */
import { invalidArgument } from "../../../protocol/errors.js";
import type { Signature, TensorSpec } from "../../servable.js";
import { applicationSignature, readCount, readRows, requireAttributes } from "../attributes.js";
import { type Fit, type FitInputs, holedSamplesInput } from "../fit.js";
import { floatTensor, labelTensor, readFloats } from "../float-tensors.js";
import { ParameterReader } from "../parameters.js";
import { floatOutput, integerOutput, optionalInput } from "../specs.js";
import { inliers, scoreIsolationForest } from "./isolation-scores.js";
import type { IsolationTrees } from "./isolation-trees.js";

function optionalIntegers(name: string, shape: TensorSpec["shape"], description: string): TensorSpec {
  return { ...integerOutput(name, shape, description), optional: true };
}

const attributes: readonly TensorSpec[] = [
  optionalIntegers("tree_offsets", ["t"], "The tree_offsets of the fit."),
  optionalIntegers("feature", ["m"], "The feature of the fit: the column each node splits on."),
  optionalInput("threshold", ["m"], "The threshold of the fit."),
  {
    name: "missing_go_to_left",
    datatypes: ["BOOL"],
    shape: ["m"],
    optional: true,
    description:
      "The missing_go_to_left of the fit: where rows go in which the node's column is missing. Without it, to the " +
      "larger child.",
  },
  optionalIntegers("children_left", ["m"], "The children_left of the fit."),
  optionalIntegers("children_right", ["m"], "The children_right of the fit."),
  optionalIntegers("n_node_samples", ["m"], "The n_node_samples of the fit."),
  optionalIntegers("max_samples", [], "The max_samples of the fit."),
  optionalIntegers("n_features_in", [], "The n_features_in of the fit."),
  optionalInput("offset", [], "The offset of the fit."),
];

const signature: Signature = applicationSignature({
  of: "isolation_forest",
  kind: "apply",
  description:
    "Scores rows under the trees of an isolation_forest, as scikit-learn's score_samples, decision_function " +
    "and predict.",
  attributes,
  rows: holedSamplesInput,
  outputs: [
    floatOutput("score_samples", ["n"], "Each row's score, from -1, surely an outlier, to 0."),
    floatOutput("decision_function", ["n"], "The score_samples less the offset; negative for an outlier."),
    integerOutput("predict", ["n"], "Each sample's verdict: 1 for an inlier, -1 for an outlier."),
  ],
});

export const isolationForestApply: Fit = {
  signature,
  async run(inputs, given, context) {
    new ParameterReader(signature, given);
    requireAttributes(
      inputs,
      attributes.map(({ name }) => name).filter((name) => name !== "missing_go_to_left"),
    );
    const trees = readTrees(inputs);
    const samples = readCount(inputs, "max_samples", 1);
    const [offset = 0] = readFloats(inputs, "offset", []);
    const { data, n, p, datatype } = readRows(inputs, readCount(inputs, "n_features_in", 1), "allowed");
    const scores = scoreIsolationForest(trees, samples, data, n, p, context);
    const decisions = scores.map((score) => score - offset);
    return {
      score_samples: floatTensor(datatype, [n], scores),
      decision_function: floatTensor(datatype, [n], decisions),
      predict: labelTensor(inliers(decisions)),
    };
  },
};

function readTrees(inputs: FitInputs): IsolationTrees {
  const nodes = inputs.feature?.shape[0] ?? 0;
  const trees = {
    offsets: readIntegers(inputs, "tree_offsets", inputs.tree_offsets?.shape[0] ?? 0),
    feature: readIntegers(inputs, "feature", nodes),
    threshold: readFloats(inputs, "threshold", [nodes]),
    left: readIntegers(inputs, "children_left", nodes),
    right: readIntegers(inputs, "children_right", nodes),
    samples: readIntegers(inputs, "n_node_samples", nodes),
  };
  return { ...trees, missingLeft: readMissingLeft(inputs, nodes) ?? largerLeft(trees) };
}

function readMissingLeft(inputs: FitInputs, nodes: number): Uint8Array | null {
  const tensor = inputs.missing_go_to_left;
  if (tensor === undefined) return null;
  if (tensor.data instanceof Uint8Array && tensor.shape.join() === `${nodes}`) return tensor.data;
  throw invalidArgument(
    "inputs.missing_go_to_left",
    `must be BOOL of shape [${nodes}], got [${tensor.shape}]`,
  );
}

/**
 * Where missing values go in a forest that was saved before fits had the output `missing_go_to_left`: to the child
 * with more samples, as a fit decides for a node in which no value was missing.
 */
function largerLeft({ offsets, left, right, samples }: Omit<IsolationTrees, "missingLeft">): Uint8Array {
  const missingLeft = new Uint8Array(left.length);
  offsets.forEach((root, tree) => {
    const end = offsets[tree + 1] ?? left.length;
    for (let node = root; node < end; node++) {
      const [onLeft = 0, onRight = 0] = [left, right].map((child) => samples[root + (child[node] as number)]);
      missingLeft[node] = (left[node] as number) >= 0 && onLeft > onRight ? 1 : 0;
    }
  });
  return missingLeft;
}

function readIntegers(inputs: FitInputs, name: string, length: number): Int32Array {
  const tensor = inputs[name];
  if (tensor?.data instanceof Int32Array && tensor.shape.join() === `${length}`) return tensor.data;
  throw invalidArgument(`inputs.${name}`, `must be INT32 of shape [${length}], got [${tensor?.shape}]`);
}
