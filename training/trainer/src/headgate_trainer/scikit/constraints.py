"""Turns scikit-learn's own ``_parameter_constraints`` into the constraints of a signature."""

import inspect
from numbers import Integral
from typing import Any

from headgate_trainer.parameters import Constraint, Parameter
from headgate_trainer.scikit.descriptions import describe

INT32_MAX = 2_147_483_647
# Left out: what only matters in the library's own process, or is about to be removed from it.
LEFT_OUT = frozenset({"warm_start", "copy", "copy_X", "cache_size", "metric_params"})
# Values of strings that need code or data of another form.
STRINGS_LEFT_OUT = frozenset({"precomputed", "pyfunc"})
METRICS = (
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
)

NULL: Constraint = {"type": "null"}
NUMBER: Constraint = {"type": "number"}
COLUMNS_MAX = 65_536
_INDEX: Constraint = {"type": "integer", "minimum": 0, "maximum": COLUMNS_MAX}
_DIRECTION: Constraint = {"type": "integer", "minimum": -1, "maximum": 1}
_CLASS_WEIGHTS: Constraint = {
    "type": "map",
    "values": ({"type": "number", "minimum": 0},),
    "lengthMax": 1024,
}


def strings(*values: str) -> Constraint:
    """Allow these strings."""
    return {"type": "string", "values": list(values)}


def list_of(*items: Constraint, longest: int = COLUMNS_MAX, is_tuple: bool = False) -> Constraint:
    """Allow a list of such items."""
    mark = {"is_tuple": True} if is_tuple else {}
    return {"type": "list", "items": items, "lengthMax": longest, **mark}


def _pair(shortest: float | None = None, longest: float | None = None) -> Constraint:
    bounds = {"minimum": shortest, "maximum": longest}
    item = {
        "type": "number",
        **{name: value for name, value in bounds.items() if value is not None},
    }
    return {"type": "list", "items": (item,), "lengthMin": 2, "lengthMax": 2, "is_tuple": True}


# Where the library says "array-like" or names a Python type.
OF_CONTAINERS: dict[str, tuple[Constraint, ...]] = {
    "class_weight": (_CLASS_WEIGHTS,),
    "hidden_layer_sizes": (
        list_of({"type": "integer", "minimum": 1, "maximum": 65_536}, longest=64, is_tuple=True),
    ),
    "monotonic_cst": (list_of(_DIRECTION),),
    "interaction_cst": (list_of(list_of(_INDEX)),),
    "categorical_features": (list_of(_INDEX, {"type": "boolean"}),),
    "alpha": (list_of({"type": "number", "minimum": 0}, longest=4096),),
    "feature_range": (_pair(),),
    "quantile_range": (_pair(0, 100),),
    "scoring": (
        strings("loss", "accuracy", "neg_log_loss", "roc_auc", "r2", "neg_mean_squared_error"),
        NULL,
    ),
    "fill_value": (NUMBER, NULL),
    "n_jobs": ({"type": "integer", "minimum": -1, "maximum": 1024},),
}
REPLACED: dict[str, tuple[Constraint, ...]] = {
    "metric": (strings(*METRICS),),
    "random_state": ({"type": "integer", "minimum": 0, "maximum": 4_294_967_295}, NULL),
    "verbose": ({"type": "boolean"}, {"type": "integer", "minimum": 0, "maximum": 100}),
    "n_estimators": ({"type": "integer", "minimum": 1, "maximum": 100_000},),
    "fill_value": (NUMBER, NULL),
}


def parameters_of(
    trainer: str, estimator: type[Any], left_out: frozenset[str]
) -> tuple[Parameter, ...]:
    """List the parameters of an estimator, in the order of its constructor."""
    found = []
    for name, parameter in inspect.signature(estimator).parameters.items():
        if name in LEFT_OUT | left_out or parameter.default == "deprecated":
            continue
        given = estimator._parameter_constraints.get(name, [])
        any_of = REPLACED.get(name) or _any_of(name, given)
        default = None if parameter.default != parameter.default else parameter.default
        found.append(Parameter(name, describe(trainer, name), default, any_of))
    return tuple(found)


def _any_of(name: str, constraints: list[Any]) -> tuple[Constraint, ...]:
    from sklearn.utils._param_validation import Interval, Options

    found: list[Constraint] = []
    for each in constraints:
        if isinstance(each, Interval):
            found.append(_interval(each))
        elif isinstance(each, Options):
            if each.type is str:
                found.append(strings(*sorted(set(each.options) - STRINGS_LEFT_OUT)))
        elif each is None:
            found.append(NULL)
        elif each == "boolean":
            found.append({"type": "boolean"})
    found.extend(OF_CONTAINERS.get(name, ()) if _has_container(constraints) else ())
    return tuple(each for at, each in enumerate(found) if each not in found[:at])


def _has_container(constraints: list[Any]) -> bool:
    return any(each == "array-like" or isinstance(each, type) for each in constraints)


def _interval(interval: Any) -> Constraint:
    whole = interval.type is Integral
    found: dict[str, Any] = {"type": "integer" if whole else "number"}
    left, right = interval.left, interval.right
    if left is not None and left != float("-inf"):
        found["minimum" if interval.closed in ("left", "both") else "exclusiveMinimum"] = left
    if right is not None and right != float("inf"):
        found["maximum" if interval.closed in ("right", "both") else "exclusiveMaximum"] = right
    elif whole:
        found["maximum"] = INT32_MAX
    return found
