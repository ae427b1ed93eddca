/** The trainer a2c, of stable-baselines3. Written by training/trainer/write_schemas.py. */
import type { TrainerSchema } from "../trainer-schema.js";

export const a2c: TrainerSchema = {
  signature: {
    name: "a2c",
    version: "1",
    kind: "trainer",
    description:
      "Trains a policy in a trading environment by advantage actor-critic; trained by stable-baselines3.",
    inputs: [
      {
        name: "prices",
        datatypes: ["FP64", "FP32"],
        shape: ["rows", "assets"],
        description: "The price of each asset at each row, in the order of time; every one is above 0.",
      },
      {
        name: "features",
        datatypes: ["FP64", "FP32"],
        shape: ["rows", "columns"],
        optional: true,
        description: "What else is known at each row, such as indicators, without anything of a later row.",
      },
    ],
    outputs: [
      {
        name: "seeds",
        datatypes: ["INT64"],
        shape: ["seeds"],
        description: "The seeds, in the order of the other outputs.",
      },
      {
        name: "chosen_seed",
        datatypes: ["INT64"],
        shape: [],
        description: "The seed of the exported policy: the best on the validation range.",
      },
      {
        name: "timesteps",
        datatypes: ["INT64"],
        shape: ["seeds"],
        description: "The number of steps that each seed was trained for.",
      },
      {
        name: "best_timesteps",
        datatypes: ["INT64"],
        shape: ["seeds"],
        description: "The number of steps after which the kept state of each seed was reached.",
      },
      {
        name: "steps_per_second",
        datatypes: ["FP64"],
        shape: [],
        description: "The steps of all seeds by the seconds of the fit.",
      },
      {
        name: "timesteps_curve",
        datatypes: ["FP64"],
        shape: ["seeds", "points"],
        allowNonFinite: true,
        description:
          "The number of steps at each point of a seed's learning curve; NaN where a seed has no such point.",
      },
      {
        name: "reward_curve",
        datatypes: ["FP64"],
        shape: ["seeds", "points"],
        allowNonFinite: true,
        description:
          "The mean reward of a training step since the point before; NaN where a seed has no such point.",
      },
      {
        name: "loss_curve",
        datatypes: ["FP64"],
        shape: ["seeds", "points"],
        allowNonFinite: true,
        description: "The loss of the last update; NaN where a seed has no such point.",
      },
      {
        name: "entropy_curve",
        datatypes: ["FP64"],
        shape: ["seeds", "points"],
        optional: true,
        allowNonFinite: true,
        description:
          "The mean entropy of the actions in the last update; NaN where a seed has no such point.",
      },
      {
        name: "validation_curve",
        datatypes: ["FP64"],
        shape: ["seeds", "points"],
        optional: true,
        allowNonFinite: true,
        description: "The eval_metric on the validation range; NaN where a seed has no such point.",
      },
      {
        name: "ranges",
        datatypes: ["INT32"],
        shape: [3, 2],
        description:
          "The half-open ranges of rows that are stepped through, of train, validation and test; one that there is not is empty.",
      },
      {
        name: "validation_total_return",
        datatypes: ["FP64"],
        shape: ["seeds"],
        optional: true,
        description: "The total return, on the validation range after costs, for each seed.",
      },
      {
        name: "validation_sharpe",
        datatypes: ["FP64"],
        shape: ["seeds"],
        optional: true,
        description: "The Sharpe ratio of a year, on the validation range after costs, for each seed.",
      },
      {
        name: "validation_max_drawdown",
        datatypes: ["FP64"],
        shape: ["seeds"],
        optional: true,
        description:
          "The largest drawdown as a share of the highest equity before, on the validation range after costs, for each seed.",
      },
      {
        name: "validation_turnover",
        datatypes: ["FP64"],
        shape: ["seeds"],
        optional: true,
        description:
          "The value traded in a year as a share of the equity, on the validation range after costs, for each seed.",
      },
      {
        name: "validation_holding",
        datatypes: ["FP64"],
        shape: ["figures"],
        optional: true,
        description:
          "The figures of buying equal shares of all assets at its start and holding them on the validation range after costs: total_return, sharpe, max_drawdown, turnover.",
      },
      {
        name: "validation_flat",
        datatypes: ["FP64"],
        shape: ["figures"],
        optional: true,
        description:
          "The figures of holding nothing on the validation range after costs: total_return, sharpe, max_drawdown, turnover.",
      },
      {
        name: "validation_score",
        datatypes: ["FP64"],
        shape: [],
        optional: true,
        description: "The eval_metric of the exported policy on the validation range.",
      },
      {
        name: "test_total_return",
        datatypes: ["FP64"],
        shape: ["seeds"],
        optional: true,
        description: "The total return, on the test range after costs, for each seed.",
      },
      {
        name: "test_sharpe",
        datatypes: ["FP64"],
        shape: ["seeds"],
        optional: true,
        description: "The Sharpe ratio of a year, on the test range after costs, for each seed.",
      },
      {
        name: "test_max_drawdown",
        datatypes: ["FP64"],
        shape: ["seeds"],
        optional: true,
        description:
          "The largest drawdown as a share of the highest equity before, on the test range after costs, for each seed.",
      },
      {
        name: "test_turnover",
        datatypes: ["FP64"],
        shape: ["seeds"],
        optional: true,
        description:
          "The value traded in a year as a share of the equity, on the test range after costs, for each seed.",
      },
      {
        name: "test_holding",
        datatypes: ["FP64"],
        shape: ["figures"],
        optional: true,
        description:
          "The figures of buying equal shares of all assets at its start and holding them on the test range after costs: total_return, sharpe, max_drawdown, turnover.",
      },
      {
        name: "test_flat",
        datatypes: ["FP64"],
        shape: ["figures"],
        optional: true,
        description:
          "The figures of holding nothing on the test range after costs: total_return, sharpe, max_drawdown, turnover.",
      },
      {
        name: "test_score",
        datatypes: ["FP64"],
        shape: [],
        optional: true,
        description: "The eval_metric of the exported policy on the test range.",
      },
      {
        name: "test_equity",
        datatypes: ["FP64"],
        shape: ["seeds", "test_rows"],
        optional: true,
        description:
          "The equity of each seed at each row of the test range, which begins with 1; absent where all have more than 4,000,000 values.",
      },
      {
        name: "test_holding_equity",
        datatypes: ["FP64"],
        shape: ["test_rows"],
        optional: true,
        description: "The equity of holding at each row of the test range, which begins with 1.",
      },
      {
        name: "observation_layout",
        datatypes: ["BYTES"],
        shape: [],
        description:
          "The layout of the model's observation as JSON: its numbers by name, the window, the scaling, and what the actions stand for.",
      },
      {
        name: "summary",
        datatypes: ["BYTES"],
        shape: [],
        description: "What was trained, and how it did beside holding, as Markdown.",
      },
    ],
    parameters: [],
    nestedParameters: [
      {
        name: "environment",
        description:
          "The market and its rules: what is observed, what an action is, what it costs, and what is rewarded.",
        default: {},
        anyOf: [
          {
            type: "record",
            fields: [
              {
                name: "window",
                description: "The number of rows of the columns in an observation, the oldest first.",
                default: 1,
                anyOf: [{ type: "integer", minimum: 1, maximum: 1024 }],
              },
              {
                name: "columns",
                description: "The columns of features that are observed; null: all.",
                default: null,
                anyOf: [
                  {
                    type: "list",
                    items: [{ type: "integer", minimum: 0, maximum: 1023 }],
                    lengthMin: 0,
                    lengthMax: 1024,
                  },
                  { type: "null" },
                ],
              },
              {
                name: "include",
                description:
                  "What is observed beside the features: the assets' last log returns, as columns before them, and behind the window the weights held, the share in cash, and ln(1 + rows) since each position last changed its sign.",
                default: ["returns", "position", "cash", "time_in_trade"],
                anyOf: [
                  {
                    type: "list",
                    items: [{ type: "string", values: ["returns", "position", "cash", "time_in_trade"] }],
                    lengthMin: 0,
                    lengthMax: 4,
                  },
                ],
              },
              {
                name: "scaling",
                description: "How the columns are scaled.",
                default: {
                  kind: "causal",
                },
                anyOf: [
                  {
                    type: "record",
                    fields: [
                      {
                        name: "kind",
                        description: "The kind.",
                        default: "causal",
                        required: true,
                        anyOf: [{ type: "string", values: ["causal"] }],
                      },
                      {
                        name: "rows",
                        description:
                          "The number of rows up to the one observed whose mean and standard deviation scale each column; no later row is read.",
                        default: 252,
                        anyOf: [{ type: "integer", minimum: 2, maximum: 4096 }],
                      },
                      {
                        name: "clip",
                        description: "The largest absolute value of a scaled column; null does not limit it.",
                        default: 10,
                        anyOf: [{ type: "number", exclusiveMinimum: 0 }, { type: "null" }],
                      },
                    ],
                  },
                  {
                    type: "record",
                    fields: [
                      {
                        name: "kind",
                        description: "The kind.",
                        default: "none",
                        required: true,
                        anyOf: [{ type: "string", values: ["none"] }],
                      },
                    ],
                  },
                ],
              },
              {
                name: "actions",
                description:
                  "What an action stands for: the weights of the assets until the next row, as shares of the equity.",
                default: {
                  kind: "weight",
                },
                anyOf: [
                  {
                    type: "record",
                    fields: [
                      {
                        name: "kind",
                        description: "The kind.",
                        default: "discrete",
                        required: true,
                        anyOf: [{ type: "string", values: ["discrete"] }],
                      },
                      {
                        name: "targets",
                        description:
                          "The weights that the actions 0, 1, 2, … stand for, as shares of the equity; with several assets each is a list with a weight an asset.",
                        default: [-1, 0, 1],
                        anyOf: [
                          {
                            type: "list",
                            items: [
                              { type: "number", minimum: -100, maximum: 100 },
                              {
                                type: "list",
                                items: [{ type: "number", minimum: -100, maximum: 100 }],
                                lengthMin: 1,
                                lengthMax: 256,
                              },
                            ],
                            lengthMin: 2,
                            lengthMax: 256,
                          },
                        ],
                      },
                    ],
                  },
                  {
                    type: "record",
                    fields: [
                      {
                        name: "kind",
                        description: "The kind.",
                        default: "weight",
                        required: true,
                        anyOf: [{ type: "string", values: ["weight"] }],
                      },
                      {
                        name: "low",
                        description:
                          "The smallest weight of an asset as a share of the equity; a negative one is short.",
                        default: -1,
                        anyOf: [{ type: "number", minimum: -100, maximum: 100 }],
                      },
                      {
                        name: "high",
                        description:
                          "The largest weight of an asset as a share of the equity; above 1 it is bought with borrowed cash.",
                        default: 1,
                        anyOf: [{ type: "number", minimum: -100, maximum: 100 }],
                      },
                    ],
                  },
                  {
                    type: "record",
                    fields: [
                      {
                        name: "kind",
                        description: "The kind.",
                        default: "portfolio",
                        required: true,
                        anyOf: [{ type: "string", values: ["portfolio"] }],
                      },
                      {
                        name: "low",
                        description:
                          "The smallest weight of an asset as a share of the equity; a negative one is short.",
                        default: -1,
                        anyOf: [{ type: "number", minimum: -100, maximum: 100 }],
                      },
                      {
                        name: "high",
                        description:
                          "The largest weight of an asset as a share of the equity; above 1 it is bought with borrowed cash.",
                        default: 1,
                        anyOf: [{ type: "number", minimum: -100, maximum: 100 }],
                      },
                      {
                        name: "gross_limit",
                        description:
                          "The largest sum of the weights' absolute values; an action beyond it is scaled down to it.",
                        default: 1,
                        anyOf: [{ type: "number", exclusiveMinimum: 0 }],
                      },
                    ],
                  },
                ],
              },
              {
                name: "cost",
                description: "The cost of trading, in basis points of the value traded.",
                default: 1,
                anyOf: [{ type: "number", minimum: 0, maximum: 10000 }],
              },
              {
                name: "slippage",
                description:
                  "The difference between the price traded at and the row's price, in basis points of the value traded.",
                default: 0,
                anyOf: [{ type: "number", minimum: 0, maximum: 10000 }],
              },
              {
                name: "borrow",
                description:
                  "The fee for what is sold short and for borrowed cash, in basis points per year.",
                default: 0,
                anyOf: [{ type: "number", minimum: 0, maximum: 10000 }],
              },
              {
                name: "periods_per_year",
                description: "The number of rows that are a year, for the borrow fee and the Sharpe ratio.",
                default: 252,
                anyOf: [{ type: "number", exclusiveMinimum: 0 }],
              },
              {
                name: "reward",
                description: "What the policy is rewarded with for each row.",
                default: {
                  kind: "log_return",
                },
                anyOf: [
                  {
                    type: "record",
                    fields: [
                      {
                        name: "kind",
                        description: "The kind.",
                        default: "log_return",
                        required: true,
                        anyOf: [{ type: "string", values: ["log_return"] }],
                      },
                      {
                        name: "scale",
                        description: "The factor of the reward; with 100 a log return is in per cent.",
                        default: 100,
                        anyOf: [{ type: "number", exclusiveMinimum: 0 }],
                      },
                    ],
                  },
                  {
                    type: "record",
                    fields: [
                      {
                        name: "kind",
                        description: "The kind.",
                        default: "differential_sharpe",
                        required: true,
                        anyOf: [{ type: "string", values: ["differential_sharpe"] }],
                      },
                      {
                        name: "rate",
                        description:
                          "The share with which each row's return enters the running mean and the running mean square.",
                        default: 0.01,
                        anyOf: [{ type: "number", exclusiveMinimum: 0, maximum: 1 }],
                      },
                      {
                        name: "initial_volatility",
                        description: "The standard deviation of a row's return that an episode begins with.",
                        default: 0.01,
                        anyOf: [{ type: "number", exclusiveMinimum: 0 }],
                      },
                      {
                        name: "scale",
                        description: "The factor of the reward.",
                        default: 1,
                        anyOf: [{ type: "number", exclusiveMinimum: 0 }],
                      },
                    ],
                  },
                  {
                    type: "record",
                    fields: [
                      {
                        name: "kind",
                        description: "The kind.",
                        default: "drawdown_penalised",
                        required: true,
                        anyOf: [{ type: "string", values: ["drawdown_penalised"] }],
                      },
                      {
                        name: "penalty",
                        description:
                          "How much an increase of the drawdown since the episode's highest equity is weighed beside the log return.",
                        default: 1,
                        anyOf: [{ type: "number", minimum: 0 }],
                      },
                      {
                        name: "scale",
                        description: "The factor of the reward; with 100 a log return is in per cent.",
                        default: 100,
                        anyOf: [{ type: "number", exclusiveMinimum: 0 }],
                      },
                    ],
                  },
                ],
              },
              {
                name: "episode_length",
                description:
                  "The number of rows of a training episode, which begins at a random row of the training range; null: the whole range.",
                default: 252,
                anyOf: [{ type: "integer", minimum: 1, maximum: 2147483647 }, { type: "null" }],
              },
              {
                name: "ranges",
                description:
                  "The rows that the policy is trained on, chosen by and evaluated on, in this order.",
                default: {
                  kind: "shares",
                },
                anyOf: [
                  {
                    type: "record",
                    fields: [
                      {
                        name: "kind",
                        description: "The kind.",
                        default: "shares",
                        required: true,
                        anyOf: [{ type: "string", values: ["shares"] }],
                      },
                      {
                        name: "train",
                        description:
                          "The share of the rows that the policy is trained on, from the first usable row on.",
                        default: 0.6,
                        anyOf: [{ type: "number", minimum: 0, maximum: 1 }],
                      },
                      {
                        name: "validation",
                        description:
                          "The share of the rows behind them that choose among states and seeds; 0: none.",
                        default: 0.2,
                        anyOf: [{ type: "number", minimum: 0, maximum: 1 }],
                      },
                      {
                        name: "test",
                        description:
                          "The share of the rows behind those that the policy is evaluated on; 0: none.",
                        default: 0.2,
                        anyOf: [{ type: "number", minimum: 0, maximum: 1 }],
                      },
                      {
                        name: "embargo",
                        description: "The number of rows between a range and the next that no range has.",
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
                        description: "The kind.",
                        default: "rows",
                        required: true,
                        anyOf: [{ type: "string", values: ["rows"] }],
                      },
                      {
                        name: "train",
                        description: "The half-open range of rows, [from, to], of the train range.",
                        default: null,
                        required: true,
                        anyOf: [
                          {
                            type: "list",
                            items: [{ type: "integer", minimum: 0, maximum: 2147483647 }],
                            lengthMin: 2,
                            lengthMax: 2,
                          },
                        ],
                      },
                      {
                        name: "validation",
                        description:
                          "The half-open range of rows, [from, to], of the validation range; null: none.",
                        default: null,
                        anyOf: [
                          {
                            type: "list",
                            items: [{ type: "integer", minimum: 0, maximum: 2147483647 }],
                            lengthMin: 2,
                            lengthMax: 2,
                          },
                          { type: "null" },
                        ],
                      },
                      {
                        name: "test",
                        description:
                          "The half-open range of rows, [from, to], of the test range; null: none.",
                        default: null,
                        anyOf: [
                          {
                            type: "list",
                            items: [{ type: "integer", minimum: 0, maximum: 2147483647 }],
                            lengthMin: 2,
                            lengthMax: 2,
                          },
                          { type: "null" },
                        ],
                      },
                      {
                        name: "embargo",
                        description: "The number of rows between a range and the next that no range has.",
                        default: 0,
                        anyOf: [{ type: "integer", minimum: 0, maximum: 2147483647 }],
                      },
                    ],
                  },
                ],
              },
              {
                name: "n_envs",
                description: "The number of environments that are stepped at once.",
                default: 8,
                anyOf: [{ type: "integer", minimum: 1, maximum: 1024 }],
              },
            ],
          },
        ],
      },
      {
        name: "total_timesteps",
        description: "The number of steps that each seed is trained for, over all environments.",
        default: null,
        required: true,
        anyOf: [{ type: "integer", minimum: 1, maximum: 1000000000 }],
      },
      {
        name: "policy",
        description: "The kind of the network.",
        default: "MlpPolicy",
        anyOf: [{ type: "string", values: ["MlpPolicy"] }],
      },
      {
        name: "policy_kwargs",
        description: "The network.",
        default: {},
        anyOf: [
          {
            type: "record",
            fields: [
              {
                name: "net_arch",
                description:
                  "The number of units of each hidden layer; a map has those of the policy and of the value function.",
                default: [64, 64],
                anyOf: [
                  {
                    type: "list",
                    items: [{ type: "integer", minimum: 1, maximum: 4096 }],
                    lengthMin: 0,
                    lengthMax: 8,
                  },
                  {
                    type: "record",
                    fields: [
                      {
                        name: "pi",
                        description: "The number of units of each hidden layer of the policy.",
                        default: [64, 64],
                        anyOf: [
                          {
                            type: "list",
                            items: [{ type: "integer", minimum: 1, maximum: 4096 }],
                            lengthMin: 0,
                            lengthMax: 8,
                          },
                        ],
                      },
                      {
                        name: "vf",
                        description: "The number of units of each hidden layer of the value function.",
                        default: [64, 64],
                        anyOf: [
                          {
                            type: "list",
                            items: [{ type: "integer", minimum: 1, maximum: 4096 }],
                            lengthMin: 0,
                            lengthMax: 8,
                          },
                        ],
                      },
                    ],
                  },
                ],
              },
              {
                name: "activation_fn",
                description: "The function after each hidden layer.",
                default: "tanh",
                anyOf: [{ type: "string", values: ["tanh", "relu", "elu", "sigmoid"] }],
              },
              {
                name: "ortho_init",
                description: "Whether the first weights are orthogonal.",
                default: true,
                anyOf: [{ type: "boolean" }],
              },
              {
                name: "log_std_init",
                description: "The logarithm of the first standard deviation of continuous actions.",
                default: 0,
                anyOf: [{ type: "number", minimum: -20, maximum: 20 }],
              },
            ],
          },
        ],
      },
      {
        name: "learning_rate",
        description: "The size of the training steps; a map is a linear schedule.",
        default: 0.0007,
        anyOf: [
          { type: "number", exclusiveMinimum: 0 },
          {
            type: "record",
            fields: [
              {
                name: "start",
                description: "The value at the beginning.",
                default: null,
                required: true,
                anyOf: [{ type: "number", minimum: 0 }],
              },
              {
                name: "end",
                description: "The value at the end.",
                default: 0,
                anyOf: [{ type: "number", minimum: 0 }],
              },
              {
                name: "end_fraction",
                description: "The share of the training after which the end is reached, linearly.",
                default: 1,
                anyOf: [{ type: "number", exclusiveMinimum: 0, maximum: 1 }],
              },
            ],
          },
        ],
      },
      {
        name: "n_steps",
        description: "The number of steps of each environment before an update.",
        default: 5,
        anyOf: [{ type: "integer", minimum: 1, maximum: 1048576 }],
      },
      {
        name: "gamma",
        description: "The factor by which a reward one step later counts less.",
        default: 0.99,
        anyOf: [{ type: "number", minimum: 0, maximum: 1 }],
      },
      {
        name: "gae_lambda",
        description: "The weight of later steps in the estimate of the advantage; 1 takes the whole return.",
        default: 1,
        anyOf: [{ type: "number", minimum: 0, maximum: 1 }],
      },
      {
        name: "normalize_advantage",
        description: "Whether the advantages are scaled to mean 0 and variance 1.",
        default: false,
        anyOf: [{ type: "boolean" }],
      },
      {
        name: "ent_coef",
        description: "The weight of the entropy in the loss.",
        default: 0,
        anyOf: [{ type: "number" }],
      },
      {
        name: "vf_coef",
        description: "The weight of the value function in the loss.",
        default: 0.5,
        anyOf: [{ type: "number", minimum: 0 }],
      },
      {
        name: "max_grad_norm",
        description: "The largest norm of the gradient of a training step.",
        default: 0.5,
        anyOf: [{ type: "number", exclusiveMinimum: 0 }],
      },
      {
        name: "use_sde",
        description: "Whether the exploration depends on the state (gSDE); for continuous actions.",
        default: false,
        anyOf: [{ type: "boolean" }],
      },
      {
        name: "sde_sample_freq",
        description: "The number of steps after which gSDE draws new noise; -1: once an update.",
        default: -1,
        anyOf: [{ type: "integer", minimum: -1, maximum: 2147483647 }],
      },
      {
        name: "rms_prop_eps",
        description: "The term that keeps RMSprop's division finite.",
        default: 1e-5,
        anyOf: [{ type: "number", exclusiveMinimum: 0 }],
      },
      {
        name: "use_rms_prop",
        description: "Whether RMSprop is the optimizer; else Adam.",
        default: true,
        anyOf: [{ type: "boolean" }],
      },
      {
        name: "vec_normalize",
        description: "What VecNormalize scales; null: nothing.",
        default: null,
        anyOf: [
          {
            type: "record",
            fields: [
              {
                name: "norm_obs",
                description:
                  "Whether each number of the observation is scaled by its running mean and variance; the model has them as constants.",
                default: true,
                anyOf: [{ type: "boolean" }],
              },
              {
                name: "norm_reward",
                description:
                  "Whether the reward is scaled by the running standard deviation of its discounted sum.",
                default: true,
                anyOf: [{ type: "boolean" }],
              },
              {
                name: "clip_obs",
                description: "The largest absolute value of a number of the scaled observation.",
                default: 10,
                anyOf: [{ type: "number", exclusiveMinimum: 0 }],
              },
              {
                name: "clip_reward",
                description: "The largest absolute value of the scaled reward.",
                default: 10,
                anyOf: [{ type: "number", exclusiveMinimum: 0 }],
              },
              {
                name: "epsilon",
                description: "The term that keeps the division finite.",
                default: 1e-8,
                anyOf: [{ type: "number", exclusiveMinimum: 0 }],
              },
            ],
          },
          { type: "null" },
        ],
      },
      {
        name: "seed",
        description: "The seed of the first weights, of the episodes and of the actions.",
        default: 0,
        anyOf: [{ type: "integer", minimum: 0, maximum: 2147483647 }],
      },
      {
        name: "seeds",
        description:
          "Several seeds, each of which is trained in turn; the one with the best validation score becomes the model. Null: the one of seed.",
        default: null,
        anyOf: [
          {
            type: "list",
            items: [{ type: "integer", minimum: 0, maximum: 2147483647 }],
            lengthMin: 1,
            lengthMax: 64,
          },
          { type: "null" },
        ],
      },
      {
        name: "eval_freq",
        description:
          "The number of steps, over all environments, between two evaluations on the validation range.",
        default: 10000,
        anyOf: [{ type: "integer", minimum: 1, maximum: 1000000000 }],
      },
      {
        name: "eval_metric",
        description:
          "What a state of the policy is judged by on the validation range: the mean reward of a row, the total return, or the Sharpe ratio of a year.",
        default: "reward",
        anyOf: [{ type: "string", values: ["reward", "total_return", "sharpe"] }],
      },
      {
        name: "patience",
        description:
          "The number of evaluations without a better score after which a seed's training ends; null does not end it.",
        default: null,
        anyOf: [{ type: "integer", minimum: 1, maximum: 100000 }, { type: "null" }],
      },
      {
        name: "keep_best",
        description:
          "Whether the state with the best score on the validation range is kept; otherwise the last one.",
        default: true,
        anyOf: [{ type: "boolean" }],
      },
      {
        name: "device",
        description:
          "Where it is trained: auto takes a GPU where torch finds one, though networks as small as these are faster on a CPU.",
        default: "auto",
        anyOf: [{ type: "string", values: ["auto", "cpu", "cuda"] }],
      },
    ],
  },
  library: "stable-baselines3",
  applicationInput: {
    name: "observation",
    datatypes: ["FP32"],
    shape: ["batch", "numbers"],
    description: "The observation, by the layout that the training answered as `observation_layout`.",
  },
  predictions: [
    {
      name: "action",
      datatypes: ["FP32", "INT64"],
      shape: ["batch", "assets"],
      otherShapes: [["batch"]],
      description:
        "The action, within its bounds: weights as stable-baselines3 answers them, or the number of a discrete action.",
    },
    {
      name: "weights",
      datatypes: ["FP32"],
      shape: ["batch", "assets"],
      description:
        "The weights to hold until the next row, as shares of the equity: what the action stands for, within the gross limit.",
    },
  ],
};
