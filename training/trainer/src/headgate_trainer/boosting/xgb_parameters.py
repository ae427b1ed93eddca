"""The parameters of xgboost's estimators; null is the library's own default.

The library has no table of constraints, so these are written from its documentation. Left out are
those of other devices, of code, and of the booster gblinear, which has no trees.
"""

from typing import Any

from headgate_trainer.boosting.kinds import (
    COLUMNS_MAX,
    DIRECTIONS,
    GROUPS,
    NOT_NEGATIVE,
    NUMBER,
    POSITIVE,
    SHARE,
    THREADS,
    integer,
    one_of,
    parameter,
    some_of,
)
from headgate_trainer.parameters import Constraint, Parameter

_WEIGHTS: Constraint = {"type": "list", "items": (NOT_NEGATIVE,), "lengthMax": COLUMNS_MAX}
_TYPES: Constraint = {
    "type": "list",
    "items": (one_of("q", "int", "float", "i", "c"),),
    "lengthMax": COLUMNS_MAX,
}
# fmt: off
_CLASSIFICATION = ("logloss", "mlogloss", "error", "merror", "auc", "aucpr")
_REGRESSION = ("rmse", "rmsle", "mae", "mape", "mphe", "logloss", "poisson-nloglik",
               "gamma-nloglik", "gamma-deviance", "tweedie-nloglik@1.5", "quantile")
_OBJECTIVES = ("reg:squarederror", "reg:squaredlogerror", "reg:logistic", "reg:pseudohubererror",
               "reg:absoluteerror", "reg:quantileerror", "reg:gamma", "reg:tweedie",
               "count:poisson")
_IMPORTANCE = ("gain", "weight", "cover", "total_gain", "total_cover")


def _common(default: str, objectives: tuple[str, ...], metrics: tuple[str, ...]) -> list[Any]:
    return [
        ("n_estimators", None, "The number of boosting iterations; null is 100.", integer(1, 100_000)),
        ("max_depth", None, "The greatest depth of a tree; null is 6, and 0 does not limit it.", integer(0, 1024)),
        ("max_leaves", None, "The largest number of leaves of a tree; null and 0 do not limit it.", integer(0)),
        ("max_bin", None, "The number of bins into which the values of a column are sorted; null is 256.", integer(2, 65_536)),
        ("grow_policy", None, "Whether the nodes nearest the root are split first (depthwise), or those with the largest gain (lossguide); null is depthwise.", one_of("depthwise", "lossguide")),
        ("learning_rate", None, "The factor on the contribution of each tree; null is 0.3.", POSITIVE),
        ("verbosity", None, "How much the library writes into the log of the job: 0 is nothing, 3 the most.", integer(0, 3)),
        ("objective", default, "The loss that the fit minimises.", one_of(*objectives)),
        ("booster", None, "Whether trees are added (gbtree), or some are dropped in each iteration (dart); null is gbtree.", one_of("gbtree", "dart")),
        ("tree_method", None, "How splits are found; null and auto are hist.", one_of("auto", "exact", "approx", "hist")),
        ("n_jobs", None, THREADS, integer(-1, 1024)),
        ("gamma", None, "The decrease of the loss that a split must bring; null is 0.", NOT_NEGATIVE),
        ("min_child_weight", None, "The sum of second derivatives that a leaf must have; null is 1.", NOT_NEGATIVE),
        ("max_delta_step", None, "The largest step of a leaf's value; null and 0 do not limit it.", NOT_NEGATIVE),
        ("subsample", None, "The share of the rows on which each tree is fitted; null is 1.", SHARE),
        ("colsample_bytree", None, "The share of the columns drawn for each tree; null is 1.", SHARE),
        ("colsample_bylevel", None, "The share of a tree's columns drawn for each level; null is 1.", SHARE),
        ("colsample_bynode", None, "The share of a level's columns drawn for each split; null is 1.", SHARE),
        ("reg_alpha", None, "The strength of the L1 regularisation of the leaves' values; null is 0.", NOT_NEGATIVE),
        ("reg_lambda", None, "The strength of the L2 regularisation of the leaves' values; null is 1.", NOT_NEGATIVE),
        ("scale_pos_weight", None, "The factor on the weights of the second of two classes; null is 1.", POSITIVE),
        ("base_score", None, "The first prediction of every row; null estimates it.", NUMBER),
        ("random_state", None, "The seed of the random numbers; null is 0.", integer(0)),
        ("num_parallel_tree", None, "The number of trees grown in each iteration; null is 1.", integer(1, 10_000)),
        ("monotone_constraints", None, "For each column whether predictions may only rise with it (1), only fall (-1), or both (0).", DIRECTIONS),
        ("interaction_constraints", None, "Groups of columns of which a tree may use only one group in one branch.", GROUPS),
        ("importance_type", None, "What feature_importances measures; null is gain.", one_of(*_IMPORTANCE)),
        ("feature_types", None, "The type of each column; a model with a category (c) cannot be exported.", _TYPES),
        ("feature_weights", None, "The weight of each column in the drawing of columns; null is 1 for all.", _WEIGHTS),
        ("max_cat_to_onehot", None, "The number of categories below which each is split by itself.", integer(1)),
        ("max_cat_threshold", None, "The largest number of categories considered for a split.", integer(1)),
        ("eval_metric", None, "The metrics computed on the eval set; fits stop early by the last one; null is the objective's own.", *some_of(*metrics)),
        ("early_stopping_rounds", None, "The iterations without improvement on the eval set after which the fit ends; null does not end it.", integer(1)),
        ("rate_drop", None, "The share of trees that the booster dart drops in an iteration; null is 0.", {"type": "number", "minimum": 0, "maximum": 1}),
        ("skip_drop", None, "The probability that the booster dart drops nothing in an iteration; null is 0.", {"type": "number", "minimum": 0, "maximum": 1}),
    ]


def _parameters(rows: list[Any]) -> tuple[Parameter, ...]:
    return tuple(parameter(*row) for row in rows)


CLASSIFIER = _parameters(
    _common("binary:logistic", ("binary:logistic", "multi:softprob"), _CLASSIFICATION)
)
REGRESSOR = _parameters(
    [
        *_common("reg:squarederror", _OBJECTIVES, _REGRESSION),
        ("quantile_alpha", None, "The quantile of the objective reg:quantileerror, which needs it.", {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}),
        ("huber_slope", None, "The error at which reg:pseudohubererror turns from squares to absolute values; null is 1.", POSITIVE),
        ("tweedie_variance_power", None, "The power of the variance of the objective reg:tweedie; null is 1.5.", {"type": "number", "exclusiveMinimum": 1, "exclusiveMaximum": 2}),
    ]
)
