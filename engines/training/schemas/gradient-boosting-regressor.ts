/** The trainer gradient_boosting_regressor, of scikit-learn 1.9.1. Written by training/trainer/write_schemas.py. */
import type { TrainerSchema } from "../trainer-schema.js";

export const gradientBoostingRegressor: TrainerSchema = {
  signature: {
    name: "gradient_boosting_regressor",
    version: "1",
    kind: "trainer",
    description:
      "Predicts numbers by a sum of trees, each fitted to the errors of those before it. This is scikit-learn's GradientBoostingRegressor.",
    inputs: [
      {
        name: "X",
        datatypes: ["FP64", "FP32"],
        shape: ["rows", "columns"],
        description: "The training rows.",
      },
      {
        name: "y",
        datatypes: ["FP64", "FP32", "INT64", "INT32", "INT16", "INT8", "UINT64", "UINT32", "UINT16", "UINT8"],
        shape: ["rows"],
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
        description: "Held-out rows, from which the answer has scores; the fit does not learn from them.",
      },
      {
        name: "y_eval",
        datatypes: ["FP64", "FP32", "INT64", "INT32", "INT16", "INT8", "UINT64", "UINT32", "UINT16", "UINT8"],
        shape: ["eval_rows"],
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
        name: "n_estimators",
        datatypes: ["INT64"],
        shape: [],
        optional: true,
        description: "The number of stages that were fitted.",
      },
      {
        name: "train_scores",
        datatypes: ["FP64"],
        shape: ["iterations"],
        optional: true,
        description: "The library's `train_score_`: the loss or score on the training rows by iteration.",
      },
      {
        name: "oob_scores",
        datatypes: ["FP64"],
        shape: ["iterations"],
        optional: true,
        description: "The loss out of bag by stage.",
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
        name: "loss",
        description: "The loss function that the fit minimises.",
        default: "squared_error",
        anyOf: [{ type: "string", values: ["absolute_error", "huber", "quantile", "squared_error"] }],
      },
      {
        name: "learning_rate",
        description: "The factor on the contribution of each tree.",
        default: 0.1,
        anyOf: [{ type: "number", minimum: 0 }],
      },
      {
        name: "n_estimators",
        description: "The number of trees, of boosting the number of stages.",
        default: 100,
        anyOf: [{ type: "integer", minimum: 1, maximum: 100000 }],
      },
      {
        name: "subsample",
        description:
          "The share of the rows on which each stage is fitted; below 1 it is stochastic gradient boosting.",
        default: 1,
        anyOf: [{ type: "number", exclusiveMinimum: 0, maximum: 1 }],
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
        name: "max_depth",
        description:
          "The greatest depth of a tree; null grows it until the leaves are pure or too small to split.",
        default: 3,
        anyOf: [{ type: "integer", minimum: 1, maximum: 2147483647 }, { type: "null" }],
      },
      {
        name: "min_impurity_decrease",
        description: "The decrease of the impurity that a split must bring.",
        default: 0,
        anyOf: [{ type: "number", minimum: 0 }],
      },
      {
        name: "init",
        description:
          "The estimator of the first predictions: null is the prior or the mean, zero starts from 0.",
        default: null,
        anyOf: [{ type: "string", values: ["zero"] }, { type: "null" }],
      },
      {
        name: "random_state",
        description: "The seed of the random numbers; null draws another one each time.",
        default: null,
        anyOf: [{ type: "integer", minimum: 0, maximum: 4294967295 }, { type: "null" }],
      },
      {
        name: "max_features",
        description:
          "The columns considered for each split: a count, a share, sqrt, log2 or null for all; 1 is the share 1.0, which is all columns.",
        default: null,
        anyOf: [
          { type: "integer", minimum: 1, maximum: 2147483647 },
          { type: "number", exclusiveMinimum: 0, maximum: 1 },
          { type: "string", values: ["log2", "sqrt"] },
          { type: "null" },
        ],
      },
      {
        name: "alpha",
        description: "The quantile of the losses huber and quantile.",
        default: 0.9,
        anyOf: [{ type: "number", exclusiveMinimum: 0, exclusiveMaximum: 1 }],
      },
      {
        name: "verbose",
        description: "How much the library writes into the log of the job.",
        default: 0,
        anyOf: [{ type: "boolean" }, { type: "integer", minimum: 0, maximum: 100 }],
      },
      {
        name: "max_leaf_nodes",
        description: "The largest number of leaves of a tree, grown best first; null does not limit it.",
        default: null,
        anyOf: [{ type: "integer", minimum: 2, maximum: 2147483647 }, { type: "null" }],
      },
      {
        name: "validation_fraction",
        description: "The share of the rows that is set aside for early stopping.",
        default: 0.1,
        anyOf: [{ type: "number", exclusiveMinimum: 0, exclusiveMaximum: 1 }],
      },
      {
        name: "n_iter_no_change",
        description: "The iterations without improvement after which the fit ends early.",
        default: null,
        anyOf: [{ type: "integer", minimum: 1, maximum: 2147483647 }, { type: "null" }],
      },
      {
        name: "tol",
        description: "The tolerance below which an improvement counts as none.",
        default: 0.0001,
        anyOf: [{ type: "number", minimum: 0 }],
      },
      {
        name: "ccp_alpha",
        description: "The complexity parameter of minimal cost-complexity pruning; 0 prunes nothing.",
        default: 0,
        anyOf: [{ type: "number", minimum: 0 }],
      },
    ],
  },
  library: "scikit-learn",
  predictions: [
    {
      name: "predictions",
      datatypes: ["FP64"],
      shape: ["batch"],
      description: "The predicted value of each row.",
    },
  ],
};
