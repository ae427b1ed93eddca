/** The trainer lstm_regressor, of torch. Written by training/trainer/write_schemas.py. */
import type { TrainerSchema } from "../trainer-schema.js";

export const lstmRegressor: TrainerSchema = {
  signature: {
    name: "lstm_regressor",
    version: "1",
    kind: "trainer",
    description: "Predicts numbers from a window of observations by an LSTM; trained by torch.",
    inputs: [
      {
        name: "X",
        datatypes: ["FP64", "FP32"],
        shape: ["rows", "window", "columns"],
        description: "The training rows. Each is a window of observations, the oldest first.",
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
        shape: ["eval_rows", "window", "columns"],
        optional: true,
        description:
          "Held-out rows, from which the answer has scores; the fit does not learn from them. Each is a window of observations, the oldest first.",
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
        name: "n_parameters",
        datatypes: ["INT64"],
        shape: [],
        description: "The number of the network's weights.",
      },
      {
        name: "n_iter",
        datatypes: ["INT64"],
        shape: [],
        description: "The number of epochs that were run.",
      },
      {
        name: "loss_curve",
        datatypes: ["FP64"],
        shape: ["iterations"],
        description: "The mean loss of the training steps of each epoch.",
      },
      {
        name: "eval_loss_curve",
        datatypes: ["FP64"],
        shape: ["iterations"],
        optional: true,
        description: "The loss on the eval set after each epoch.",
      },
      {
        name: "best_iteration",
        datatypes: ["INT64"],
        shape: [],
        optional: true,
        description: "The epoch with the lowest loss on the eval set, counted from 1.",
      },
      {
        name: "best_loss",
        datatypes: ["FP64"],
        shape: [],
        optional: true,
        description: "The loss on the eval set after that epoch.",
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
        name: "hidden_size",
        description: "The number of units of each LSTM layer.",
        default: 16,
        anyOf: [{ type: "integer", minimum: 1, maximum: 4096 }],
      },
      {
        name: "num_layers",
        description: "The number of LSTM layers, each over the outputs of the one before.",
        default: 1,
        anyOf: [{ type: "integer", minimum: 1, maximum: 8 }],
      },
      {
        name: "head_layer_sizes",
        description: "The number of units of each hidden layer between the last state and the answer.",
        default: [],
        anyOf: [{ type: "list", items: [{ type: "integer", minimum: 1, maximum: 8192 }], lengthMax: 16 }],
      },
      {
        name: "activation",
        description: "The function after each hidden layer of the head.",
        default: "tanh",
        anyOf: [{ type: "string", values: ["tanh", "relu", "gelu", "silu", "elu", "sigmoid"] }],
      },
      {
        name: "dropout",
        description:
          "The probability with which each output of an LSTM layer, or unit of the head, is left out of a training step.",
        default: 0,
        anyOf: [{ type: "number", minimum: 0, exclusiveMaximum: 1 }],
      },
      {
        name: "loss",
        description:
          "The loss that the fit minimises. With gamma, for values above 0 whose errors count in proportion, the answer is the exponential of the last layer.",
        default: "squared_error",
        anyOf: [{ type: "string", values: ["squared_error", "absolute_error", "huber", "gamma"] }],
      },
      {
        name: "huber_delta",
        description:
          "The error, in standard deviations of y where it is standardized, at which huber turns from squares to absolute values.",
        default: 1,
        anyOf: [{ type: "number", exclusiveMinimum: 0 }],
      },
      {
        name: "standardize_y",
        description:
          "Whether y is scaled to mean 0 and variance 1 for the training; with the loss gamma it is not.",
        default: true,
        anyOf: [{ type: "boolean" }],
      },
      {
        name: "standardize",
        description:
          "Whether each column of X is scaled by its mean and standard deviation in the training rows; the scaler is a part of the model.",
        default: true,
        anyOf: [{ type: "boolean" }],
      },
      {
        name: "epochs",
        description: "The largest number of passes over the training rows.",
        default: 60,
        anyOf: [{ type: "integer", minimum: 1, maximum: 100000 }],
      },
      {
        name: "batch_size",
        description: "The number of rows of a training step.",
        default: 128,
        anyOf: [{ type: "integer", minimum: 1, maximum: 1048576 }],
      },
      {
        name: "optimizer",
        description: "The algorithm of the training steps.",
        default: "adamw",
        anyOf: [{ type: "string", values: ["adamw", "adam", "sgd"] }],
      },
      {
        name: "learning_rate",
        description: "The size of the training steps.",
        default: 0.001,
        anyOf: [{ type: "number", exclusiveMinimum: 0 }],
      },
      {
        name: "weight_decay",
        description: "The strength with which weights are drawn towards 0 in each step.",
        default: 0.01,
        anyOf: [{ type: "number", minimum: 0 }],
      },
      {
        name: "momentum",
        description: "The momentum of the optimizer sgd.",
        default: 0.9,
        anyOf: [{ type: "number", minimum: 0, exclusiveMaximum: 1 }],
      },
      {
        name: "clip_grad_norm",
        description: "The largest norm of the gradient of a step; null does not limit it.",
        default: null,
        anyOf: [{ type: "number", exclusiveMinimum: 0 }, { type: "null" }],
      },
      {
        name: "patience",
        description:
          "The epochs without a lower loss on the eval set after which the fit ends; null does not end it.",
        default: null,
        anyOf: [{ type: "integer", minimum: 1, maximum: 100000 }, { type: "null" }],
      },
      {
        name: "keep_best",
        description:
          "Whether, with an eval set, the weights of the epoch with the lowest loss on it are kept; otherwise those of the last epoch.",
        default: true,
        anyOf: [{ type: "boolean" }],
      },
      {
        name: "random_state",
        description: "The seed of the first weights, of the order of the rows and of dropout.",
        default: 0,
        anyOf: [{ type: "integer", minimum: 0, maximum: 2147483647 }],
      },
      {
        name: "device",
        description: "Where it is trained: auto takes a GPU where torch finds one.",
        default: "auto",
        anyOf: [{ type: "string", values: ["auto", "cpu", "cuda"] }],
      },
    ],
  },
  library: "torch",
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
