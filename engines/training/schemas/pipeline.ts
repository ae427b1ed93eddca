/** The trainer pipeline, of scikit-learn 1.9.1. Written by training/trainer/write_schemas.py. */
import type { TrainerSchema } from "../trainer-schema.js";

export const pipeline: TrainerSchema = {
  signature: {
    name: "pipeline",
    version: "1",
    kind: "trainer",
    description: "Fits scalers, an imputer or PCA, and then another trainer on what they make of X.",
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
        shape: ["eval_rows"],
        otherShapes: [["eval_rows", "outputs"]],
        optional: true,
        description: "The value to predict of each of these rows.",
      },
    ],
    outputs: [
      {
        name: "classes",
        datatypes: ["INT64", "BYTES"],
        shape: ["classes"],
        optional: true,
        description: "The classes, sorted.",
      },
      {
        name: "n_features_in",
        datatypes: ["INT64"],
        shape: [],
        optional: true,
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
        optional: true,
        description: "The accuracy or R² of the pipeline, as its estimator's `train_score`.",
      },
      {
        name: "train_log_loss",
        datatypes: ["FP64"],
        shape: [],
        optional: true,
        description: "The logarithmic loss on the training rows.",
      },
      {
        name: "eval_score",
        datatypes: ["FP64"],
        shape: [],
        optional: true,
        description: "The accuracy or R² of the pipeline, as its estimator's `eval_score`.",
      },
      {
        name: "eval_log_loss",
        datatypes: ["FP64"],
        shape: [],
        optional: true,
        description: "The logarithmic loss on the eval set.",
      },
      {
        name: "train_rmse",
        datatypes: ["FP64"],
        shape: [],
        optional: true,
        description: "The root of the mean squared error on the training rows.",
      },
      {
        name: "eval_rmse",
        datatypes: ["FP64"],
        shape: [],
        optional: true,
        description: "The root of the mean squared error on the eval set.",
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
        name: "n_iter",
        datatypes: ["INT64"],
        shape: [],
        otherShapes: [["solutions"]],
        optional: true,
        description: "The number of iterations that were run.",
      },
      {
        name: "validation_score_curve",
        datatypes: ["FP64"],
        shape: ["iterations"],
        optional: true,
        description: "The library's `validation_score_`: the loss or score on the rows set aside.",
      },
      {
        name: "loss",
        datatypes: ["FP64"],
        shape: [],
        optional: true,
        description: "The loss at the end of the fit.",
      },
      {
        name: "best_loss",
        datatypes: ["FP64"],
        shape: [],
        optional: true,
        description: "The smallest loss of the fit; absent with early stopping.",
      },
      {
        name: "loss_curve",
        datatypes: ["FP64"],
        shape: ["iterations"],
        optional: true,
        description: "The loss after each epoch.",
      },
      {
        name: "validation_scores",
        datatypes: ["FP64"],
        shape: ["iterations"],
        optional: true,
        description: "The score on the rows set aside, after each epoch.",
      },
      {
        name: "best_validation_score",
        datatypes: ["FP64"],
        shape: [],
        optional: true,
        description: "The best score on the rows set aside.",
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
        name: "dual_gap",
        datatypes: ["FP64"],
        shape: [],
        otherShapes: [["outputs"]],
        optional: true,
        description: "The dual gap at the end of the fit.",
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
        name: "n_samples_fit",
        datatypes: ["INT64"],
        shape: [],
        optional: true,
        description: "The number of rows that neighbours are sought in.",
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
        name: "n_parameters",
        datatypes: ["INT64"],
        shape: [],
        optional: true,
        description: "The number of the network's weights.",
      },
      {
        name: "eval_loss_curve",
        datatypes: ["FP64"],
        shape: ["iterations"],
        optional: true,
        description: "The loss on the eval set after each epoch.",
      },
    ],
    parameters: [],
    nestedParameters: [
      {
        name: "steps",
        description: "The transformers before the estimator, in their order.",
        default: [],
        anyOf: [
          {
            type: "list",
            items: [
              {
                type: "record",
                fields: [
                  {
                    name: "transformer",
                    description: "The name of the step.",
                    default: "standard_scaler",
                    required: true,
                    anyOf: [{ type: "string", values: ["standard_scaler"] }],
                  },
                  {
                    name: "parameters",
                    description: "The parameters of the step.",
                    default: {},
                    anyOf: [
                      {
                        type: "record",
                        fields: [
                          {
                            name: "with_mean",
                            description: "Whether the mean is subtracted.",
                            default: true,
                            anyOf: [{ type: "boolean" }],
                          },
                          {
                            name: "with_std",
                            description: "Whether values are divided by the standard deviation.",
                            default: true,
                            anyOf: [{ type: "boolean" }],
                          },
                        ],
                      },
                    ],
                  },
                ],
              },
              {
                type: "record",
                fields: [
                  {
                    name: "transformer",
                    description: "The name of the step.",
                    default: "min_max_scaler",
                    required: true,
                    anyOf: [{ type: "string", values: ["min_max_scaler"] }],
                  },
                  {
                    name: "parameters",
                    description: "The parameters of the step.",
                    default: {},
                    anyOf: [
                      {
                        type: "record",
                        fields: [
                          {
                            name: "feature_range",
                            description: "The smallest and the largest value of a transformed column.",
                            default: [0, 1],
                            anyOf: [
                              { type: "list", items: [{ type: "number" }], lengthMin: 2, lengthMax: 2 },
                            ],
                          },
                          {
                            name: "clip",
                            description:
                              "Whether transformed values are clipped to the range of the training.",
                            default: false,
                            anyOf: [{ type: "boolean" }],
                          },
                        ],
                      },
                    ],
                  },
                ],
              },
              {
                type: "record",
                fields: [
                  {
                    name: "transformer",
                    description: "The name of the step.",
                    default: "max_abs_scaler",
                    required: true,
                    anyOf: [{ type: "string", values: ["max_abs_scaler"] }],
                  },
                  {
                    name: "parameters",
                    description: "The parameters of the step.",
                    default: {},
                    anyOf: [
                      {
                        type: "record",
                        fields: [
                          {
                            name: "clip",
                            description:
                              "Whether transformed values are clipped to the range of the training.",
                            default: false,
                            anyOf: [{ type: "boolean" }],
                          },
                        ],
                      },
                    ],
                  },
                ],
              },
              {
                type: "record",
                fields: [
                  {
                    name: "transformer",
                    description: "The name of the step.",
                    default: "robust_scaler",
                    required: true,
                    anyOf: [{ type: "string", values: ["robust_scaler"] }],
                  },
                  {
                    name: "parameters",
                    description: "The parameters of the step.",
                    default: {},
                    anyOf: [
                      {
                        type: "record",
                        fields: [
                          {
                            name: "with_centering",
                            description: "Whether the median is subtracted.",
                            default: true,
                            anyOf: [{ type: "boolean" }],
                          },
                          {
                            name: "with_scaling",
                            description: "Whether values are divided by the range between the quantiles.",
                            default: true,
                            anyOf: [{ type: "boolean" }],
                          },
                          {
                            name: "quantile_range",
                            description: "The quantiles, in percent, between which the scale is measured.",
                            default: [25, 75],
                            anyOf: [
                              {
                                type: "list",
                                items: [{ type: "number", minimum: 0, maximum: 100 }],
                                lengthMin: 2,
                                lengthMax: 2,
                              },
                            ],
                          },
                          {
                            name: "unit_variance",
                            description:
                              "Whether the scale is such that a normally distributed column gets the variance 1.",
                            default: false,
                            anyOf: [{ type: "boolean" }],
                          },
                        ],
                      },
                    ],
                  },
                ],
              },
              {
                type: "record",
                fields: [
                  {
                    name: "transformer",
                    description: "The name of the step.",
                    default: "simple_imputer",
                    required: true,
                    anyOf: [{ type: "string", values: ["simple_imputer"] }],
                  },
                  {
                    name: "parameters",
                    description: "The parameters of the step.",
                    default: {},
                    anyOf: [
                      {
                        type: "record",
                        fields: [
                          {
                            name: "strategy",
                            description: "The statistic of a column that replaces its missing values.",
                            default: "mean",
                            anyOf: [
                              { type: "string", values: ["constant", "mean", "median", "most_frequent"] },
                            ],
                          },
                          {
                            name: "fill_value",
                            description: "The value for missing ones with the strategy constant; null is 0.",
                            default: null,
                            anyOf: [{ type: "number" }, { type: "null" }],
                          },
                          {
                            name: "add_indicator",
                            description:
                              "Whether a column that marks the missing values is added for each column that had some.",
                            default: false,
                            anyOf: [{ type: "boolean" }],
                          },
                          {
                            name: "keep_empty_features",
                            description: "Whether a column of which every value is missing is kept.",
                            default: false,
                            anyOf: [{ type: "boolean" }],
                          },
                        ],
                      },
                    ],
                  },
                ],
              },
              {
                type: "record",
                fields: [
                  {
                    name: "transformer",
                    description: "The name of the step.",
                    default: "pca",
                    required: true,
                    anyOf: [{ type: "string", values: ["pca"] }],
                  },
                  {
                    name: "parameters",
                    description: "The parameters of the step.",
                    default: {},
                    anyOf: [
                      {
                        type: "record",
                        fields: [
                          {
                            name: "n_components",
                            description:
                              "The components kept: a count, a share of the variance that they explain, mle, or null for all.",
                            default: null,
                            anyOf: [
                              { type: "integer", minimum: 0, maximum: 2147483647 },
                              { type: "number", exclusiveMinimum: 0, exclusiveMaximum: 1 },
                              { type: "string", values: ["mle"] },
                              { type: "null" },
                            ],
                          },
                          {
                            name: "whiten",
                            description: "Whether the components are scaled to unit variance.",
                            default: false,
                            anyOf: [{ type: "boolean" }],
                          },
                          {
                            name: "svd_solver",
                            description: "The algorithm of the singular value decomposition.",
                            default: "auto",
                            anyOf: [
                              {
                                type: "string",
                                values: ["arpack", "auto", "covariance_eigh", "full", "randomized"],
                              },
                            ],
                          },
                          {
                            name: "tol",
                            description: "The tolerance for singular values with the solver arpack.",
                            default: 0,
                            anyOf: [{ type: "number", minimum: 0 }],
                          },
                          {
                            name: "iterated_power",
                            description: "The number of power iterations of the randomized solver.",
                            default: "auto",
                            anyOf: [
                              { type: "string", values: ["auto"] },
                              { type: "integer", minimum: 0, maximum: 2147483647 },
                            ],
                          },
                          {
                            name: "n_oversamples",
                            description: "The additional random vectors of the randomized solver.",
                            default: 10,
                            anyOf: [{ type: "integer", minimum: 1, maximum: 2147483647 }],
                          },
                          {
                            name: "power_iteration_normalizer",
                            description: "The normaliser of the power iterations of the randomized solver.",
                            default: "auto",
                            anyOf: [{ type: "string", values: ["LU", "QR", "auto", "none"] }],
                          },
                          {
                            name: "random_state",
                            description: "The seed of the random numbers; null draws another one each time.",
                            default: null,
                            anyOf: [{ type: "integer", minimum: 0, maximum: 4294967295 }, { type: "null" }],
                          },
                        ],
                      },
                    ],
                  },
                ],
              },
            ],
            lengthMax: 16,
          },
        ],
      },
      {
        name: "estimator",
        description: "The trainer that is fitted on what the steps make of X, and its parameters.",
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
              "xgb_classifier",
              "xgb_regressor",
              "lgbm_classifier",
              "lgbm_regressor",
              "mlp_torch_classifier",
              "mlp_torch_regressor",
            ],
          },
        ],
      },
    ],
  },
  library: "scikit-learn",
  predictions: [
    {
      name: "labels",
      datatypes: ["INT64", "BYTES"],
      shape: ["batch"],
      optional: true,
      description: "The predicted class of each row, as in y.",
    },
    {
      name: "probabilities",
      datatypes: ["FP64"],
      shape: ["batch", "classes"],
      optional: true,
      description: "The probability of each class, in the order of `classes`.",
    },
    {
      name: "predictions",
      datatypes: ["FP64"],
      shape: ["batch"],
      otherShapes: [["batch", "outputs"]],
      optional: true,
      description: "The predicted value of each row.",
    },
  ],
};
