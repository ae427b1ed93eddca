"""The parameters of lightgbm's estimators, with the library's defaults.

The library has no table of constraints, so these are written from its documentation. First come
those of the constructor, then those that it passes on to the library's core, then two of ``fit``.
Left out are those of other devices, of code and of files, and linear trees.
"""

from typing import Any

from headgate_trainer.boosting.kinds import (
    BOOLEAN,
    COLUMN,
    COLUMNS_MAX,
    DIRECTIONS,
    GROUPS,
    NOT_NEGATIVE,
    POSITIVE,
    SHARE,
    THREADS,
    integer,
    one_of,
    parameter,
    some_of,
)
from headgate_trainer.parameters import Constraint, Parameter

_CLASS_WEIGHTS: Constraint = {"type": "map", "values": (NOT_NEGATIVE,), "lengthMax": 1024}
_CATEGORIES: Constraint = {"type": "list", "items": (COLUMN,), "lengthMax": COLUMNS_MAX}
_BELOW_1: Constraint = {"type": "number", "minimum": 0, "exclusiveMaximum": 1}
# fmt: off
_OBJECTIVES = ("regression", "regression_l1", "huber", "fair", "poisson", "quantile", "mape",
               "gamma", "tweedie")
_REGRESSION = ("l1", "l2", "rmse", "quantile", "mape", "huber", "fair", "poisson", "gamma",
               "gamma_deviance", "tweedie")
_CLASSIFICATION = ("binary_logloss", "binary_error", "auc", "average_precision", "multi_logloss",
                   "multi_error")


def _common(objectives: tuple[str, ...], metrics: tuple[str, ...]) -> list[Any]:
    return [
        ("boosting_type", "gbdt", "Whether trees are added (gbdt), some are dropped in each iteration (dart), or they are averaged (rf).", one_of("gbdt", "dart", "rf")),
        ("num_leaves", 31, "The largest number of leaves of a tree.", integer(2, 131_072)),
        ("max_depth", -1, "The greatest depth of a tree; 0 and below do not limit it.", integer(-1, 1024)),
        ("learning_rate", 0.1, "The factor on the contribution of each tree.", POSITIVE),
        ("n_estimators", 100, "The number of boosting iterations.", integer(1, 100_000)),
        ("subsample_for_bin", 200_000, "The rows from which the bins of the columns are made.", integer(1)),
        ("objective", None, "The loss that the fit minimises; null is the estimator's own.", one_of(*objectives)),
        ("min_split_gain", 0.0, "The decrease of the loss that a split must bring.", NOT_NEGATIVE),
        ("min_child_weight", 0.001, "The sum of second derivatives that a leaf must have.", NOT_NEGATIVE),
        ("min_child_samples", 20, "The rows that a leaf must have.", integer(0)),
        ("subsample", 1.0, "The share of the rows on which trees are fitted, with subsample_freq.", SHARE),
        ("subsample_freq", 0, "After how many iterations the rows of subsample are drawn again; 0 draws none.", integer(0)),
        ("colsample_bytree", 1.0, "The share of the columns drawn for each tree.", SHARE),
        ("reg_alpha", 0.0, "The strength of the L1 regularisation of the leaves' values.", NOT_NEGATIVE),
        ("reg_lambda", 0.0, "The strength of the L2 regularisation of the leaves' values.", NOT_NEGATIVE),
        ("random_state", None, "The seed of the random numbers; null uses the library's own fixed seeds.", integer(0)),
        ("n_jobs", None, THREADS, integer(-1024, 1024)),
        ("importance_type", "split", "Whether feature_importances counts the splits of a column or adds their gains.", one_of("split", "gain")),
        ("max_bin", 255, "The number of bins into which the values of a column are sorted.", integer(2, 65_536)),
        ("min_data_in_bin", 3, "The rows that a bin must have.", integer(1)),
        ("feature_fraction_bynode", 1.0, "The share of the columns drawn for each split.", SHARE),
        ("extra_trees", False, "Whether the threshold of each column is drawn at random.", BOOLEAN),
        ("path_smooth", 0.0, "The strength with which the values of small leaves are drawn towards their parents'.", NOT_NEGATIVE),
        ("max_delta_step", 0.0, "The largest value of a leaf; 0 does not limit it.", NOT_NEGATIVE),
        ("drop_rate", 0.1, "The share of trees that boosting_type dart drops in an iteration.", {"type": "number", "minimum": 0, "maximum": 1}),
        ("max_drop", 50, "The largest number of trees that dart drops; 0 and below do not limit it.", integer(-1)),
        ("skip_drop", 0.5, "The probability that dart drops nothing in an iteration.", {"type": "number", "minimum": 0, "maximum": 1}),
        ("monotone_constraints", None, "For each column whether predictions may only rise with it (1), only fall (-1), or both (0).", DIRECTIONS),
        ("interaction_constraints", None, "Groups of columns of which a tree may use only one group in one branch.", GROUPS),
        ("deterministic", False, "Whether results do not depend on the number of threads; it is slower.", BOOLEAN),
        ("verbosity", 1, "How much the library writes into the log of the job: -1 is errors only, 2 the most.", integer(-1, 2)),
        ("early_stopping_round", None, "The iterations without improvement on the eval set after which the fit ends; null does not end it.", integer(1)),
        ("early_stopping_min_delta", 0.0, "The improvement that counts as one for early stopping.", NOT_NEGATIVE),
        ("first_metric_only", False, "Whether only the first metric ends a fit early.", BOOLEAN),
        ("eval_metric", None, "The metrics computed on the eval set beside the objective's own.", *some_of(*metrics)),
        ("categorical_feature", None, "The columns that hold categories; a model with such columns cannot be exported.", _CATEGORIES),
    ]


def _parameters(rows: list[Any]) -> tuple[Parameter, ...]:
    return tuple(parameter(*row) for row in rows)


CLASSIFIER = _parameters(
    [
        *_common(("binary", "multiclass"), _CLASSIFICATION),
        ("class_weight", None, "The weights of the classes by their names, or balanced for weights inversely proportional to their frequencies.", one_of("balanced"), _CLASS_WEIGHTS),
        ("is_unbalance", False, "Whether the two classes get weights inversely proportional to their frequencies.", BOOLEAN),
        ("scale_pos_weight", 1.0, "The factor on the weights of the second of two classes.", POSITIVE),
    ]
)
REGRESSOR = _parameters(
    [
        *_common(_OBJECTIVES, _REGRESSION),
        ("alpha", 0.9, "The quantile of the objective quantile, or the error at which huber turns from squares to absolute values.", POSITIVE),
        ("fair_c", 1.0, "The scale of the objective fair.", POSITIVE),
        ("poisson_max_delta_step", 0.7, "The safeguard of the objective poisson.", POSITIVE),
        ("tweedie_variance_power", 1.5, "The power of the variance of the objective tweedie.", {"type": "number", "minimum": 1, "exclusiveMaximum": 2}),
    ]
)
