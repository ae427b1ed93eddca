/** The trainer hist_gradient_boosting_regressor, of scikit-learn 1.9.1. Written by training/trainer/write_schemas.py. */
import type { TrainerSchema } from "../trainer-schema.js";

export const histGradientBoostingRegressor: TrainerSchema = {
  signature: {
    name: "hist_gradient_boosting_regressor",
    version: "1",
    kind: "trainer",
    description:
      "Predicts numbers by boosted trees over binned columns, which is fast for many rows. This is scikit-learn's HistGradientBoostingRegressor.",
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
        name: "n_iter",
        datatypes: ["INT64"],
        shape: [],
        otherShapes: [["solutions"]],
        optional: true,
        description: "The number of iterations that were run.",
      },
      {
        name: "train_scores",
        datatypes: ["FP64"],
        shape: ["iterations"],
        optional: true,
        description: "The library's `train_score_`: the loss or score on the training rows by iteration.",
      },
      {
        name: "validation_score_curve",
        datatypes: ["FP64"],
        shape: ["iterations"],
        optional: true,
        description: "The library's `validation_score_`: the loss or score on the rows set aside.",
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
        anyOf: [
          { type: "string", values: ["absolute_error", "gamma", "poisson", "quantile", "squared_error"] },
        ],
      },
      {
        name: "quantile",
        description: "The quantile that is predicted with the loss quantile.",
        default: null,
        anyOf: [{ type: "number", minimum: 0, maximum: 1 }, { type: "null" }],
      },
      {
        name: "learning_rate",
        description: "The factor on the contribution of each tree.",
        default: 0.1,
        anyOf: [{ type: "number", exclusiveMinimum: 0 }],
      },
      {
        name: "max_iter",
        description: "The number of boosting iterations, each with one tree, or one for each class.",
        default: 100,
        anyOf: [{ type: "integer", minimum: 1, maximum: 2147483647 }],
      },
      {
        name: "max_leaf_nodes",
        description: "The largest number of leaves of a tree, grown best first; null does not limit it.",
        default: 31,
        anyOf: [{ type: "integer", minimum: 2, maximum: 2147483647 }, { type: "null" }],
      },
      {
        name: "max_depth",
        description:
          "The greatest depth of a tree; null grows it until the leaves are pure or too small to split.",
        default: null,
        anyOf: [{ type: "integer", minimum: 1, maximum: 2147483647 }, { type: "null" }],
      },
      {
        name: "min_samples_leaf",
        description: "The rows that a leaf must have, a count or a share of the rows.",
        default: 20,
        anyOf: [{ type: "integer", minimum: 1, maximum: 2147483647 }],
      },
      {
        name: "l2_regularization",
        description: "The strength of the L2 regularisation of the leaves' values.",
        default: 0,
        anyOf: [{ type: "number", minimum: 0 }],
      },
      {
        name: "max_features",
        description: "The share of the columns considered for each split.",
        default: 1,
        anyOf: [{ type: "number", exclusiveMinimum: 0, maximum: 1 }],
      },
      {
        name: "max_bins",
        description: "The number of bins into which the values of a column are sorted.",
        default: 255,
        anyOf: [{ type: "integer", minimum: 2, maximum: 255 }],
      },
      {
        name: "categorical_features",
        description:
          "The columns that hold categories, by index or as a mask; a model with such columns cannot be exported.",
        default: "from_dtype",
        anyOf: [
          { type: "string", values: ["from_dtype"] },
          { type: "null" },
          {
            type: "list",
            items: [{ type: "integer", minimum: 0, maximum: 65536 }, { type: "boolean" }],
            lengthMax: 65536,
          },
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
      {
        name: "interaction_cst",
        description: "Groups of columns of which a tree may use only one group in one branch.",
        default: null,
        anyOf: [
          { type: "string", values: ["no_interactions", "pairwise"] },
          { type: "null" },
          {
            type: "list",
            items: [
              { type: "list", items: [{ type: "integer", minimum: 0, maximum: 65536 }], lengthMax: 65536 },
            ],
            lengthMax: 65536,
          },
        ],
      },
      {
        name: "early_stopping",
        description: "Whether the fit ends when the score on rows that are set aside no longer improves.",
        default: "auto",
        anyOf: [{ type: "string", values: ["auto"] }, { type: "boolean" }],
      },
      {
        name: "scoring",
        description:
          "The score for early stopping; loss uses the loss itself, null the estimator's default score.",
        default: "loss",
        anyOf: [
          { type: "null" },
          {
            type: "string",
            values: ["loss", "accuracy", "neg_log_loss", "roc_auc", "r2", "neg_mean_squared_error"],
          },
        ],
      },
      {
        name: "validation_fraction",
        description:
          "The rows set aside for early stopping, a share or a count; null uses the training rows.",
        default: 0.1,
        anyOf: [
          { type: "number", exclusiveMinimum: 0, exclusiveMaximum: 1 },
          { type: "integer", minimum: 1, maximum: 2147483647 },
          { type: "null" },
        ],
      },
      {
        name: "n_iter_no_change",
        description: "The iterations without improvement after which the fit ends early.",
        default: 10,
        anyOf: [{ type: "integer", minimum: 1, maximum: 2147483647 }],
      },
      {
        name: "tol",
        description: "The tolerance below which an improvement counts as none.",
        default: 1e-7,
        anyOf: [{ type: "number", minimum: 0 }],
      },
      {
        name: "verbose",
        description: "How much the library writes into the log of the job.",
        default: 0,
        anyOf: [{ type: "boolean" }, { type: "integer", minimum: 0, maximum: 100 }],
      },
      {
        name: "random_state",
        description: "The seed of the random numbers; null draws another one each time.",
        default: null,
        anyOf: [{ type: "integer", minimum: 0, maximum: 4294967295 }, { type: "null" }],
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
