/** The trainer ridge, of scikit-learn 1.9.1. Written by training/trainer/write_schemas.py. */
import type { TrainerSchema } from "../trainer-schema.js";

export const ridge: TrainerSchema = {
  signature: {
    name: "ridge",
    version: "1",
    kind: "trainer",
    description: "Predicts numbers by least squares with an L2 penalty. This is scikit-learn's Ridge.",
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
        name: "coef",
        datatypes: ["FP64"],
        shape: ["columns"],
        otherShapes: [["outputs", "columns"]],
        optional: true,
        description: "The coefficients of the columns.",
      },
      {
        name: "intercept",
        datatypes: ["FP64"],
        shape: [],
        otherShapes: [["outputs"]],
        optional: true,
        description: "The intercept.",
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
        name: "dual_gap",
        datatypes: ["FP64"],
        shape: [],
        otherShapes: [["outputs"]],
        optional: true,
        description: "The dual gap at the end of the fit.",
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
        name: "alpha",
        description: "The strength of the regularisation.",
        default: 1,
        anyOf: [
          { type: "number", minimum: 0 },
          { type: "list", items: [{ type: "number", minimum: 0 }], lengthMax: 4096 },
        ],
      },
      {
        name: "fit_intercept",
        description: "Whether an intercept is fitted; without it the data should be centred.",
        default: true,
        anyOf: [{ type: "boolean" }],
      },
      {
        name: "max_iter",
        description: "The largest number of iterations.",
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
        name: "solver",
        description: "The algorithm of the optimisation.",
        default: "auto",
        anyOf: [
          {
            type: "string",
            values: ["auto", "cholesky", "lbfgs", "lsqr", "sag", "saga", "sparse_cg", "svd"],
          },
        ],
      },
      {
        name: "positive",
        description: "Whether the coefficients are kept from being negative.",
        default: false,
        anyOf: [{ type: "boolean" }],
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
      otherShapes: [["batch", "outputs"]],
      description: "The predicted value of each row.",
    },
  ],
};
