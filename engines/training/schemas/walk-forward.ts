/** The trainer walk_forward, of scikit-learn 1.9.1. Written by training/trainer/write_schemas.py. */
import type { TrainerSchema } from "../trainer-schema.js";

export const walkForward: TrainerSchema = {
  signature: {
    name: "walk_forward",
    version: "1",
    kind: "trainer",
    description:
      "Backtests another trainer: fits it by folds, and predicts the rows that a fold did not see.",
    inputs: [
      {
        name: "X",
        datatypes: ["FP64", "FP32"],
        shape: ["rows", "columns"],
        otherShapes: [["rows", "window", "columns"]],
        allowNonFinite: true,
        description:
          "The rows in the order of time; for an LSTM a window of observations each. NaN stands for a missing value, where the estimator takes it.",
      },
      {
        name: "y",
        datatypes: [
          "FP64",
          "FP32",
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
        description: "The class or the value to predict of each row.",
      },
      {
        name: "sample_weight",
        datatypes: ["FP64", "FP32"],
        shape: ["rows"],
        optional: true,
        description: "The weight of each row where it is trained on; absent: all are 1.",
      },
      {
        name: "label_end",
        datatypes: ["INT64", "INT32"],
        shape: ["rows"],
        optional: true,
        description: "The index of the row at which the label of each row is known; absent: the row itself.",
      },
    ],
    outputs: [
      {
        name: "predictions",
        datatypes: ["FP64", "BYTES"],
        shape: ["rows"],
        otherShapes: [
          ["paths", "rows"],
          ["rows", "classes"],
          ["paths", "rows", "classes"],
        ],
        allowNonFinite: true,
        description:
          "The prediction of each row by a model that was not trained on it: NaN, or the empty string, where no fold tests the row. Classes that are integers are numbers here.",
      },
      {
        name: "fold",
        datatypes: ["INT32"],
        shape: ["rows"],
        otherShapes: [["paths", "rows"]],
        description: "The fold that tests each row; -1: none.",
      },
      {
        name: "fold_scores",
        datatypes: ["FP64"],
        shape: ["folds"],
        allowNonFinite: true,
        description: "The accuracy or R² of each fold on the rows that it tests; R² of one row is NaN.",
      },
      {
        name: "feature_importances",
        datatypes: ["FP64"],
        shape: ["folds", "columns"],
        optional: true,
        description: "The importance of each column by fold, where the estimator has importances.",
      },
      {
        name: "train_ranges",
        datatypes: ["INT32"],
        shape: ["folds", "ranges", 2],
        description:
          "The rows that each fold was trained on, as half-open ranges; those that a fold does not need are empty.",
      },
      {
        name: "test_ranges",
        datatypes: ["INT32"],
        shape: ["folds", "ranges", 2],
        description: "The rows that each fold tests, as half-open ranges.",
      },
      {
        name: "fold_fit_ms",
        datatypes: ["FP64"],
        shape: ["folds"],
        description: "The milliseconds of the library's fit of each fold; 0 where an earlier model was kept.",
      },
      {
        name: "classes",
        datatypes: ["INT64", "BYTES"],
        shape: ["classes"],
        optional: true,
        description: "The classes, sorted, where the estimator is a classifier.",
      },
    ],
    parameters: [],
    nestedParameters: [
      {
        name: "estimator",
        description: "The trainer that is fitted on the training rows of each fold, and its parameters.",
        default: null,
        required: true,
        anyOf: [
          {
            type: "trainer",
            names: [
              "random_forest_classifier",
              "random_forest_regressor",
              "extra_trees_classifier",
              "extra_trees_regressor",
              "gradient_boosting_classifier",
              "gradient_boosting_regressor",
              "hist_gradient_boosting_classifier",
              "hist_gradient_boosting_regressor",
              "mlp_classifier",
              "mlp_regressor",
              "logistic_regression",
              "ridge",
              "lasso",
              "elastic_net",
              "svc",
              "svr",
              "k_neighbors_classifier",
              "k_neighbors_regressor",
              "pipeline",
              "xgb_classifier",
              "xgb_regressor",
              "lgbm_classifier",
              "lgbm_regressor",
              "lstm_classifier",
              "lstm_regressor",
              "mlp_torch_classifier",
              "mlp_torch_regressor",
            ],
          },
        ],
      },
      {
        name: "splitter",
        description: "How the rows, which are in the order of time, are divided into folds.",
        default: null,
        required: true,
        anyOf: [
          {
            type: "record",
            fields: [
              {
                name: "kind",
                description: "The kind of splitter.",
                default: "rolling",
                required: true,
                anyOf: [{ type: "string", values: ["rolling"] }],
              },
              {
                name: "train_rows",
                description: "The number of rows before a test that a model is trained on.",
                default: 1,
                required: true,
                anyOf: [{ type: "integer", minimum: 1, maximum: 2147483647 }],
              },
              {
                name: "test_rows",
                description: "The number of rows that each fold tests.",
                default: 1,
                required: true,
                anyOf: [{ type: "integer", minimum: 1, maximum: 2147483647 }],
              },
              {
                name: "step_rows",
                description: "The rows from the start of one test to that of the next; null is test_rows.",
                default: null,
                anyOf: [{ type: "integer", minimum: 1, maximum: 2147483647 }, { type: "null" }],
              },
              {
                name: "purge",
                description:
                  "The rows beside a test that are not trained on, beyond those whose labels overlap it.",
                default: 0,
                anyOf: [{ type: "integer", minimum: 0, maximum: 2147483647 }],
              },
              {
                name: "embargo",
                description:
                  "The further rows behind a test that are not trained on; models that see no row behind their test have none.",
                default: 0,
                anyOf: [{ type: "integer", minimum: 0, maximum: 2147483647 }],
              },
            ],
          },
          {
            type: "record",
            fields: [
              {
                name: "kind",
                description: "The kind of splitter.",
                default: "expanding",
                required: true,
                anyOf: [{ type: "string", values: ["expanding"] }],
              },
              {
                name: "train_rows",
                description:
                  "The number of rows that the first model is trained on; each later one has all rows before its test.",
                default: 1,
                required: true,
                anyOf: [{ type: "integer", minimum: 1, maximum: 2147483647 }],
              },
              {
                name: "test_rows",
                description: "The number of rows that each fold tests.",
                default: 1,
                required: true,
                anyOf: [{ type: "integer", minimum: 1, maximum: 2147483647 }],
              },
              {
                name: "step_rows",
                description: "The rows from the start of one test to that of the next; null is test_rows.",
                default: null,
                anyOf: [{ type: "integer", minimum: 1, maximum: 2147483647 }, { type: "null" }],
              },
              {
                name: "purge",
                description:
                  "The rows beside a test that are not trained on, beyond those whose labels overlap it.",
                default: 0,
                anyOf: [{ type: "integer", minimum: 0, maximum: 2147483647 }],
              },
              {
                name: "embargo",
                description:
                  "The further rows behind a test that are not trained on; models that see no row behind their test have none.",
                default: 0,
                anyOf: [{ type: "integer", minimum: 0, maximum: 2147483647 }],
              },
            ],
          },
          {
            type: "record",
            fields: [
              {
                name: "kind",
                description: "The kind of splitter.",
                default: "purged_k_fold",
                required: true,
                anyOf: [{ type: "string", values: ["purged_k_fold"] }],
              },
              {
                name: "n_splits",
                description: "The number of blocks of equal size that the rows are cut into.",
                default: 5,
                anyOf: [{ type: "integer", minimum: 2, maximum: 10000 }],
              },
              {
                name: "purge",
                description:
                  "The rows beside a test that are not trained on, beyond those whose labels overlap it.",
                default: 0,
                anyOf: [{ type: "integer", minimum: 0, maximum: 2147483647 }],
              },
              {
                name: "embargo",
                description:
                  "The further rows behind a test that are not trained on; models that see no row behind their test have none.",
                default: 0,
                anyOf: [{ type: "integer", minimum: 0, maximum: 2147483647 }],
              },
            ],
          },
          {
            type: "record",
            fields: [
              {
                name: "kind",
                description: "The kind of splitter.",
                default: "combinatorial_purged",
                required: true,
                anyOf: [{ type: "string", values: ["combinatorial_purged"] }],
              },
              {
                name: "n_splits",
                description: "The number of blocks of equal size that the rows are cut into.",
                default: 6,
                anyOf: [{ type: "integer", minimum: 2, maximum: 64 }],
              },
              {
                name: "n_test_splits",
                description: "The number of blocks that each fold tests; every choice of so many is a fold.",
                default: 2,
                anyOf: [{ type: "integer", minimum: 1, maximum: 63 }],
              },
              {
                name: "purge",
                description:
                  "The rows beside a test that are not trained on, beyond those whose labels overlap it.",
                default: 0,
                anyOf: [{ type: "integer", minimum: 0, maximum: 2147483647 }],
              },
              {
                name: "embargo",
                description:
                  "The further rows behind a test that are not trained on; models that see no row behind their test have none.",
                default: 0,
                anyOf: [{ type: "integer", minimum: 0, maximum: 2147483647 }],
              },
            ],
          },
        ],
      },
      {
        name: "refit_every",
        description:
          "For rolling and expanding: a model is kept for tests that begin fewer rows than this after its first one; null fits one for each test.",
        default: null,
        anyOf: [{ type: "integer", minimum: 1, maximum: 2147483647 }, { type: "null" }],
      },
      {
        name: "predictions",
        description:
          "Whether the library predicts, or the exported model, which is compared with the library on all tested rows.",
        default: "library",
        anyOf: [{ type: "string", values: ["library", "onnx"] }],
      },
      {
        name: "method",
        description: "Whether classes and values are predicted, or the probability of each class.",
        default: "predict",
        anyOf: [{ type: "string", values: ["predict", "predict_proba"] }],
      },
      {
        name: "workers",
        description:
          "The number of folds that are fitted at one time; null, and at most, as many as the gateway's setting allows, by default one a core.",
        default: null,
        anyOf: [{ type: "integer", minimum: 1, maximum: 1024 }, { type: "null" }],
      },
    ],
  },
  library: "scikit-learn",
  predictions: [],
};
