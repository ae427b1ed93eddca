/** The trainer xgb_classifier, of xgboost-cpu 3.2.0. Written by training/trainer/write_schemas.py. */
import type { TrainerSchema } from "../trainer-schema.js";

export const xgbClassifier: TrainerSchema = {
  signature: {
    name: "xgb_classifier",
    version: "1",
    kind: "trainer",
    description: "Predicts classes by boosted trees. This is xgboost's XGBClassifier.",
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
        datatypes: [
          "INT64",
          "INT32",
          "INT16",
          "INT8",
          "UINT64",
          "UINT32",
          "UINT16",
          "UINT8",
          "BOOL",
          "BYTES",
        ],
        shape: ["rows"],
        description: "The class of each of these rows.",
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
        datatypes: [
          "INT64",
          "INT32",
          "INT16",
          "INT8",
          "UINT64",
          "UINT32",
          "UINT16",
          "UINT8",
          "BOOL",
          "BYTES",
        ],
        shape: ["eval_rows"],
        optional: true,
        description: "The class of each of these rows.",
      },
    ],
    outputs: [
      {
        name: "classes",
        datatypes: ["INT64", "BYTES"],
        shape: ["classes"],
        description: "The classes, sorted.",
      },
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
        description: "The importance of each column, as the library computes it for importance_type.",
      },
      {
        name: "n_iter",
        datatypes: ["INT64"],
        shape: [],
        description: "The number of iterations that the fit has run.",
      },
      {
        name: "best_iteration",
        datatypes: ["INT64"],
        shape: [],
        optional: true,
        description:
          "With early stopping, the library's best iteration: of xgboost its index, counted from 0; of lightgbm the number of iterations. Predictions use the trees up to it.",
      },
      {
        name: "best_score",
        datatypes: ["FP64"],
        shape: [],
        optional: true,
        description: "With early stopping, the value of the metric at the best iteration.",
      },
      {
        name: "eval_metrics",
        datatypes: ["BYTES"],
        shape: ["metrics"],
        optional: true,
        description: "The metrics of the rows of `evals_result`.",
      },
      {
        name: "evals_result",
        datatypes: ["FP64"],
        shape: ["metrics", "iterations"],
        optional: true,
        description: "The value of each metric on the eval set after each iteration.",
      },
      {
        name: "train_score",
        datatypes: ["FP64"],
        shape: [],
        description: "The accuracy on the training rows.",
      },
      {
        name: "train_log_loss",
        datatypes: ["FP64"],
        shape: [],
        description: "The logarithmic loss on the training rows.",
      },
      {
        name: "eval_score",
        datatypes: ["FP64"],
        shape: [],
        optional: true,
        description: "The accuracy on the eval set.",
      },
      {
        name: "eval_log_loss",
        datatypes: ["FP64"],
        shape: [],
        optional: true,
        description: "The logarithmic loss on the eval set.",
      },
    ],
    parameters: [],
    nestedParameters: [
      {
        name: "n_estimators",
        description: "The number of boosting iterations; null is 100.",
        default: null,
        anyOf: [{ type: "integer", minimum: 1, maximum: 100000 }, { type: "null" }],
      },
      {
        name: "max_depth",
        description: "The greatest depth of a tree; null is 6, and 0 does not limit it.",
        default: null,
        anyOf: [{ type: "integer", minimum: 0, maximum: 1024 }, { type: "null" }],
      },
      {
        name: "max_leaves",
        description: "The largest number of leaves of a tree; null and 0 do not limit it.",
        default: null,
        anyOf: [{ type: "integer", minimum: 0, maximum: 2147483647 }, { type: "null" }],
      },
      {
        name: "max_bin",
        description: "The number of bins into which the values of a column are sorted; null is 256.",
        default: null,
        anyOf: [{ type: "integer", minimum: 2, maximum: 65536 }, { type: "null" }],
      },
      {
        name: "grow_policy",
        description:
          "Whether the nodes nearest the root are split first (depthwise), or those with the largest gain (lossguide); null is depthwise.",
        default: null,
        anyOf: [{ type: "string", values: ["depthwise", "lossguide"] }, { type: "null" }],
      },
      {
        name: "learning_rate",
        description: "The factor on the contribution of each tree; null is 0.3.",
        default: null,
        anyOf: [{ type: "number", exclusiveMinimum: 0 }, { type: "null" }],
      },
      {
        name: "verbosity",
        description: "How much the library writes into the log of the job: 0 is nothing, 3 the most.",
        default: null,
        anyOf: [{ type: "integer", minimum: 0, maximum: 3 }, { type: "null" }],
      },
      {
        name: "objective",
        description: "The loss that the fit minimises.",
        default: "binary:logistic",
        anyOf: [{ type: "string", values: ["binary:logistic", "multi:softprob"] }],
      },
      {
        name: "booster",
        description:
          "Whether trees are added (gbtree), or some are dropped in each iteration (dart); null is gbtree.",
        default: null,
        anyOf: [{ type: "string", values: ["gbtree", "dart"] }, { type: "null" }],
      },
      {
        name: "tree_method",
        description: "How splits are found; null and auto are hist.",
        default: null,
        anyOf: [{ type: "string", values: ["auto", "exact", "approx", "hist"] }, { type: "null" }],
      },
      {
        name: "n_jobs",
        description: "Accepted for the library's callers: the number of threads is the gateway's setting.",
        default: null,
        anyOf: [{ type: "integer", minimum: -1, maximum: 1024 }, { type: "null" }],
      },
      {
        name: "gamma",
        description: "The decrease of the loss that a split must bring; null is 0.",
        default: null,
        anyOf: [{ type: "number", minimum: 0 }, { type: "null" }],
      },
      {
        name: "min_child_weight",
        description: "The sum of second derivatives that a leaf must have; null is 1.",
        default: null,
        anyOf: [{ type: "number", minimum: 0 }, { type: "null" }],
      },
      {
        name: "max_delta_step",
        description: "The largest step of a leaf's value; null and 0 do not limit it.",
        default: null,
        anyOf: [{ type: "number", minimum: 0 }, { type: "null" }],
      },
      {
        name: "subsample",
        description: "The share of the rows on which each tree is fitted; null is 1.",
        default: null,
        anyOf: [{ type: "number", exclusiveMinimum: 0, maximum: 1 }, { type: "null" }],
      },
      {
        name: "colsample_bytree",
        description: "The share of the columns drawn for each tree; null is 1.",
        default: null,
        anyOf: [{ type: "number", exclusiveMinimum: 0, maximum: 1 }, { type: "null" }],
      },
      {
        name: "colsample_bylevel",
        description: "The share of a tree's columns drawn for each level; null is 1.",
        default: null,
        anyOf: [{ type: "number", exclusiveMinimum: 0, maximum: 1 }, { type: "null" }],
      },
      {
        name: "colsample_bynode",
        description: "The share of a level's columns drawn for each split; null is 1.",
        default: null,
        anyOf: [{ type: "number", exclusiveMinimum: 0, maximum: 1 }, { type: "null" }],
      },
      {
        name: "reg_alpha",
        description: "The strength of the L1 regularisation of the leaves' values; null is 0.",
        default: null,
        anyOf: [{ type: "number", minimum: 0 }, { type: "null" }],
      },
      {
        name: "reg_lambda",
        description: "The strength of the L2 regularisation of the leaves' values; null is 1.",
        default: null,
        anyOf: [{ type: "number", minimum: 0 }, { type: "null" }],
      },
      {
        name: "scale_pos_weight",
        description: "The factor on the weights of the second of two classes; null is 1.",
        default: null,
        anyOf: [{ type: "number", exclusiveMinimum: 0 }, { type: "null" }],
      },
      {
        name: "base_score",
        description: "The first prediction of every row; null estimates it.",
        default: null,
        anyOf: [{ type: "number" }, { type: "null" }],
      },
      {
        name: "random_state",
        description: "The seed of the random numbers; null is 0.",
        default: null,
        anyOf: [{ type: "integer", minimum: 0, maximum: 2147483647 }, { type: "null" }],
      },
      {
        name: "num_parallel_tree",
        description: "The number of trees grown in each iteration; null is 1.",
        default: null,
        anyOf: [{ type: "integer", minimum: 1, maximum: 10000 }, { type: "null" }],
      },
      {
        name: "monotone_constraints",
        description:
          "For each column whether predictions may only rise with it (1), only fall (-1), or both (0).",
        default: null,
        anyOf: [
          { type: "list", items: [{ type: "integer", minimum: -1, maximum: 1 }], lengthMax: 65536 },
          { type: "null" },
        ],
      },
      {
        name: "interaction_constraints",
        description: "Groups of columns of which a tree may use only one group in one branch.",
        default: null,
        anyOf: [
          {
            type: "list",
            items: [
              { type: "list", items: [{ type: "integer", minimum: 0, maximum: 65535 }], lengthMax: 65536 },
            ],
            lengthMax: 65536,
          },
          { type: "null" },
        ],
      },
      {
        name: "importance_type",
        description: "What feature_importances measures; null is gain.",
        default: null,
        anyOf: [
          { type: "string", values: ["gain", "weight", "cover", "total_gain", "total_cover"] },
          { type: "null" },
        ],
      },
      {
        name: "feature_types",
        description: "The type of each column; a model with a category (c) cannot be exported.",
        default: null,
        anyOf: [
          {
            type: "list",
            items: [{ type: "string", values: ["q", "int", "float", "i", "c"] }],
            lengthMax: 65536,
          },
          { type: "null" },
        ],
      },
      {
        name: "feature_weights",
        description: "The weight of each column in the drawing of columns; null is 1 for all.",
        default: null,
        anyOf: [
          { type: "list", items: [{ type: "number", minimum: 0 }], lengthMax: 65536 },
          { type: "null" },
        ],
      },
      {
        name: "max_cat_to_onehot",
        description: "The number of categories below which each is split by itself.",
        default: null,
        anyOf: [{ type: "integer", minimum: 1, maximum: 2147483647 }, { type: "null" }],
      },
      {
        name: "max_cat_threshold",
        description: "The largest number of categories considered for a split.",
        default: null,
        anyOf: [{ type: "integer", minimum: 1, maximum: 2147483647 }, { type: "null" }],
      },
      {
        name: "eval_metric",
        description:
          "The metrics computed on the eval set; fits stop early by the last one; null is the objective's own.",
        default: null,
        anyOf: [
          { type: "string", values: ["logloss", "mlogloss", "error", "merror", "auc", "aucpr"] },
          {
            type: "list",
            items: [{ type: "string", values: ["logloss", "mlogloss", "error", "merror", "auc", "aucpr"] }],
            lengthMin: 1,
            lengthMax: 6,
          },
          { type: "null" },
        ],
      },
      {
        name: "early_stopping_rounds",
        description:
          "The iterations without improvement on the eval set after which the fit ends; null does not end it.",
        default: null,
        anyOf: [{ type: "integer", minimum: 1, maximum: 2147483647 }, { type: "null" }],
      },
      {
        name: "rate_drop",
        description: "The share of trees that the booster dart drops in an iteration; null is 0.",
        default: null,
        anyOf: [{ type: "number", minimum: 0, maximum: 1 }, { type: "null" }],
      },
      {
        name: "skip_drop",
        description: "The probability that the booster dart drops nothing in an iteration; null is 0.",
        default: null,
        anyOf: [{ type: "number", minimum: 0, maximum: 1 }, { type: "null" }],
      },
    ],
  },
  library: "xgboost-cpu",
  predictions: [
    {
      name: "labels",
      datatypes: ["INT64", "BYTES"],
      shape: ["batch"],
      description: "The predicted class of each row, as in y.",
    },
    {
      name: "probabilities",
      datatypes: ["FP64"],
      shape: ["batch", "classes"],
      description: "The probability of each class, in the order of `classes`.",
    },
  ],
};
