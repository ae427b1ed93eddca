/** The trainer svc, of scikit-learn 1.9.1. Written by training/trainer/write_schemas.py. */
import type { TrainerSchema } from "../trainer-schema.js";

export const svc: TrainerSchema = {
  signature: {
    name: "svc",
    version: "1",
    kind: "trainer",
    description: "Predicts classes by support vectors. This is scikit-learn's SVC.",
    inputs: [
      {
        name: "X",
        datatypes: ["FP64", "FP32"],
        shape: ["rows", "columns"],
        description: "The training rows.",
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
        description: "Held-out rows, from which the answer has scores; the fit does not learn from them.",
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
        name: "support",
        datatypes: ["INT64"],
        shape: ["vectors"],
        optional: true,
        description: "The indices of the support vectors in X.",
      },
      {
        name: "n_support",
        datatypes: ["INT64"],
        shape: ["classes"],
        optional: true,
        description: "The number of support vectors of each class.",
      },
      {
        name: "dual_coef",
        datatypes: ["FP64"],
        shape: ["pairs", "vectors"],
        optional: true,
        description: "The coefficients of the support vectors in the decision function.",
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
        name: "train_score",
        datatypes: ["FP64"],
        shape: [],
        description: "The accuracy on the training rows.",
      },
      {
        name: "eval_score",
        datatypes: ["FP64"],
        shape: [],
        optional: true,
        description: "The accuracy on the eval set.",
      },
    ],
    parameters: [],
    nestedParameters: [
      {
        name: "C",
        description: "The inverse of the strength of the regularisation; a smaller value regularises more.",
        default: 1,
        anyOf: [{ type: "number", exclusiveMinimum: 0 }],
      },
      {
        name: "kernel",
        description: "The kernel function.",
        default: "rbf",
        anyOf: [{ type: "string", values: ["linear", "poly", "rbf", "sigmoid"] }],
      },
      {
        name: "degree",
        description: "The degree of the kernel poly.",
        default: 3,
        anyOf: [{ type: "integer", minimum: 0, maximum: 2147483647 }],
      },
      {
        name: "gamma",
        description:
          "The coefficient of the kernels rbf, poly and sigmoid; scale is 1 / (columns * variance), auto is 1 / columns.",
        default: "scale",
        anyOf: [
          { type: "string", values: ["auto", "scale"] },
          { type: "number", minimum: 0 },
        ],
      },
      {
        name: "coef0",
        description: "The independent term of the kernels poly and sigmoid.",
        default: 0,
        anyOf: [{ type: "number" }],
      },
      {
        name: "shrinking",
        description: "Whether the shrinking heuristic is used.",
        default: true,
        anyOf: [{ type: "boolean" }],
      },
      {
        name: "tol",
        description: "The tolerance below which an improvement counts as none.",
        default: 0.001,
        anyOf: [{ type: "number", exclusiveMinimum: 0 }],
      },
      {
        name: "class_weight",
        description:
          "The weights of the classes by their names, or balanced for weights inversely proportional to their frequencies.",
        default: null,
        anyOf: [
          { type: "string", values: ["balanced"] },
          { type: "null" },
          { type: "map", values: [{ type: "number", minimum: 0 }], lengthMax: 1024 },
        ],
      },
      {
        name: "verbose",
        description: "How much the library writes into the log of the job.",
        default: false,
        anyOf: [{ type: "boolean" }, { type: "integer", minimum: 0, maximum: 100 }],
      },
      {
        name: "max_iter",
        description: "The largest number of iterations of the solver; -1 does not limit it.",
        default: -1,
        anyOf: [{ type: "integer", minimum: -1, maximum: 2147483647 }],
      },
      {
        name: "decision_function_shape",
        description:
          "Whether the decision function compares one class with the rest (ovr) or with one other (ovo).",
        default: "ovr",
        anyOf: [{ type: "string", values: ["ovo", "ovr"] }],
      },
      {
        name: "break_ties",
        description:
          "Whether rows with equal votes for several classes are decided by the decision function's values.",
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
      name: "labels",
      datatypes: ["INT64", "BYTES"],
      shape: ["batch"],
      description: "The predicted class of each row, as in y.",
    },
  ],
};
