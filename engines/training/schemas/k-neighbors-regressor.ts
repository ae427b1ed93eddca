/** The trainer k_neighbors_regressor, of scikit-learn 1.9.1. Written by training/trainer/write_schemas.py. */
import type { TrainerSchema } from "../trainer-schema.js";

export const kNeighborsRegressor: TrainerSchema = {
  signature: {
    name: "k_neighbors_regressor",
    version: "1",
    kind: "trainer",
    description:
      "Predicts the average of the nearest training rows. This is scikit-learn's KNeighborsRegressor.",
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
        otherShapes: [["rows", "outputs"]],
        description: "The value to predict of each of these rows.",
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
        name: "n_samples_fit",
        datatypes: ["INT64"],
        shape: [],
        optional: true,
        description: "The number of rows that neighbours are sought in.",
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
        name: "n_neighbors",
        description: "The number of neighbours that a prediction uses.",
        default: 5,
        anyOf: [{ type: "integer", minimum: 1, maximum: 2147483647 }, { type: "null" }],
      },
      {
        name: "weights",
        description: "Whether the neighbours count equally (uniform) or by the inverse of their distance.",
        default: "uniform",
        anyOf: [{ type: "string", values: ["distance", "uniform"] }, { type: "null" }],
      },
      {
        name: "algorithm",
        description: "The structure that finds the nearest neighbours; auto chooses by the data.",
        default: "auto",
        anyOf: [{ type: "string", values: ["auto", "ball_tree", "brute", "kd_tree"] }],
      },
      {
        name: "leaf_size",
        description: "The number of rows in a leaf of the ball tree or k-d tree; it affects speed only.",
        default: 30,
        anyOf: [{ type: "integer", minimum: 1, maximum: 2147483647 }],
      },
      {
        name: "p",
        description: "The power of the Minkowski distance: 1 is the Manhattan distance, 2 the Euclidean one.",
        default: 2,
        anyOf: [{ type: "number", exclusiveMinimum: 0 }, { type: "null" }],
      },
      {
        name: "metric",
        description: "The distance between rows; minkowski with p = 2 is the Euclidean one.",
        default: "minkowski",
        anyOf: [
          {
            type: "string",
            values: [
              "minkowski",
              "euclidean",
              "l2",
              "manhattan",
              "cityblock",
              "l1",
              "chebyshev",
              "infinity",
              "sqeuclidean",
              "cosine",
              "p",
            ],
          },
        ],
      },
      {
        name: "n_jobs",
        description:
          "Accepted for the library's callers: the number of threads is the gateway's setting, and results do not depend on it.",
        default: null,
        anyOf: [{ type: "null" }, { type: "integer", minimum: -1, maximum: 1024 }],
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
