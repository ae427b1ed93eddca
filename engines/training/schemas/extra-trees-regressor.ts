/** The trainer extra_trees_regressor, of scikit-learn 1.9.1. Written by training/trainer/write_schemas.py. */
import type { TrainerSchema } from "../trainer-schema.js";

export const extraTreesRegressor: TrainerSchema = {
  signature: {
    name: "extra_trees_regressor",
    version: "1",
    kind: "trainer",
    description:
      "Predicts numbers by the average of trees whose thresholds are drawn at random. This is scikit-learn's ExtraTreesRegressor.",
    inputs: [
      {
        name: "X",
        datatypes: ["FP64", "FP32"],
        shape: ["rows", "columns"],
        allowNonFinite: true,
        description: "The training rows. NaN stands for a missing value.",
      },
      {
        name: "y",
        datatypes: ["FP64", "FP32", "INT64", "INT32", "INT16", "INT8", "UINT64", "UINT32", "UINT16", "UINT8"],
        shape: ["rows"],
        otherShapes: [["rows", "outputs"]],
        description: "The value to predict of each of these rows.",
      },
      {
        name: "sample_weight",
        datatypes: ["FP64", "FP32"],
        shape: ["rows"],
        optional: true,
        description: "The weight of each training row; absent: all are 1.",
      },
      {
        name: "X_eval",
        datatypes: ["FP64", "FP32"],
        shape: ["eval_rows", "columns"],
        optional: true,
        allowNonFinite: true,
        description:
          "Held-out rows, from which the answer has scores; the fit does not learn from them. NaN stands for a missing value.",
      },
      {
        name: "y_eval",
        datatypes: ["FP64", "FP32", "INT64", "INT32", "INT16", "INT8", "UINT64", "UINT32", "UINT16", "UINT8"],
        shape: ["eval_rows"],
        otherShapes: [["eval_rows", "outputs"]],
        optional: true,
        description: "The value to predict of each of these rows.",
      },
    ],
    outputs: [
      {
        name: "n_features_in",
        datatypes: ["INT64"],
        shape: [],
        description: "The number of columns of X.",
      },
      {
        name: "feature_importances",
        datatypes: ["FP64"],
        shape: ["columns"],
        optional: true,
        description: "The importance of each column by the decrease of the impurity; they sum to 1.",
      },
      {
        name: "oob_score",
        datatypes: ["FP64"],
        shape: [],
        optional: true,
        description: "The score on the rows left out of the trees' samples.",
      },
      {
        name: "train_score",
        datatypes: ["FP64"],
        shape: [],
        description: "R² on the training rows.",
      },
      {
        name: "train_rmse",
        datatypes: ["FP64"],
        shape: [],
        description: "The root of the mean squared error on the training rows.",
      },
      {
        name: "eval_score",
        datatypes: ["FP64"],
        shape: [],
        optional: true,
        description: "R² on the eval set.",
      },
      {
        name: "eval_rmse",
        datatypes: ["FP64"],
        shape: [],
        optional: true,
        description: "The root of the mean squared error on the eval set.",
      },
    ],
    parameters: [],
    nestedParameters: [
      {
        name: "n_estimators",
        description: "The number of trees, of boosting the number of stages.",
        default: 100,
        anyOf: [{ type: "integer", minimum: 1, maximum: 100000 }],
      },
      {
        name: "criterion",
        description: "The function that measures the quality of a split.",
        default: "squared_error",
        anyOf: [{ type: "string", values: ["absolute_error", "poisson", "squared_error"] }],
      },
      {
        name: "max_depth",
        description:
          "The greatest depth of a tree; null grows it until the leaves are pure or too small to split.",
        default: null,
        anyOf: [{ type: "integer", minimum: 1, maximum: 2147483647 }, { type: "null" }],
      },
      {
        name: "min_samples_split",
        description: "The rows that a node must have to be split, a count or a share of the rows.",
        default: 2,
        anyOf: [
          { type: "integer", minimum: 2, maximum: 2147483647 },
          { type: "number", exclusiveMinimum: 0, maximum: 1 },
        ],
      },
      {
        name: "min_samples_leaf",
        description: "The rows that a leaf must have, a count or a share of the rows.",
        default: 1,
        anyOf: [
          { type: "integer", minimum: 1, maximum: 2147483647 },
          { type: "number", exclusiveMinimum: 0, exclusiveMaximum: 1 },
        ],
      },
      {
        name: "min_weight_fraction_leaf",
        description: "The share of the sum of all weights that a leaf must have.",
        default: 0,
        anyOf: [{ type: "number", minimum: 0, maximum: 0.5 }],
      },
      {
        name: "max_features",
        description:
          "The columns considered for each split: a count, a share, sqrt, log2 or null for all; 1 is the share 1.0, which is all columns.",
        default: 1,
        anyOf: [
          { type: "integer", minimum: 1, maximum: 2147483647 },
          { type: "number", exclusiveMinimum: 0, maximum: 1 },
          { type: "string", values: ["log2", "sqrt"] },
          { type: "null" },
        ],
      },
      {
        name: "max_leaf_nodes",
        description: "The largest number of leaves of a tree, grown best first; null does not limit it.",
        default: null,
        anyOf: [{ type: "integer", minimum: 2, maximum: 2147483647 }, { type: "null" }],
      },
      {
        name: "min_impurity_decrease",
        description: "The decrease of the impurity that a split must bring.",
        default: 0,
        anyOf: [{ type: "number", minimum: 0 }],
      },
      {
        name: "bootstrap",
        description: "Whether each tree is fitted on a sample drawn with replacement; otherwise on all rows.",
        default: false,
        anyOf: [{ type: "boolean" }],
      },
      {
        name: "oob_score",
        description: "Whether the score on the rows that a tree's sample left out is computed.",
        default: false,
        anyOf: [{ type: "boolean" }],
      },
      {
        name: "n_jobs",
        description:
          "Accepted for the library's callers: the number of threads is the gateway's setting, and results do not depend on it.",
        default: null,
        anyOf: [{ type: "null" }, { type: "integer", minimum: -1, maximum: 1024 }],
      },
      {
        name: "random_state",
        description: "The seed of the random numbers; null draws another one each time.",
        default: null,
        anyOf: [{ type: "integer", minimum: 0, maximum: 4294967295 }, { type: "null" }],
      },
      {
        name: "verbose",
        description: "How much the library writes into the log of the job.",
        default: 0,
        anyOf: [{ type: "boolean" }, { type: "integer", minimum: 0, maximum: 100 }],
      },
      {
        name: "ccp_alpha",
        description: "The complexity parameter of minimal cost-complexity pruning; 0 prunes nothing.",
        default: 0,
        anyOf: [{ type: "number", minimum: 0 }],
      },
      {
        name: "max_samples",
        description:
          "The rows drawn for each tree with bootstrap: a count or a share, null for as many as there are; 1 is the share 1.0.",
        default: null,
        anyOf: [
          { type: "null" },
          { type: "number", exclusiveMinimum: 0 },
          { type: "integer", minimum: 1, maximum: 2147483647 },
        ],
      },
      {
        name: "monotonic_cst",
        description:
          "For each column whether predictions may only rise with it (1), only fall (-1), or both (0).",
        default: null,
        anyOf: [
          { type: "null" },
          { type: "list", items: [{ type: "integer", minimum: -1, maximum: 1 }], lengthMax: 65536 },
        ],
      },
    ],
  },
  library: "scikit-learn",
  predictions: [
    {
      name: "predictions",
      datatypes: ["FP64"],
      shape: ["batch"],
      otherShapes: [["batch", "outputs"]],
      description: "The predicted value of each row.",
    },
  ],
};
