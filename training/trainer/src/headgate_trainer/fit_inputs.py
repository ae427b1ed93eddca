"""X, y and what comes with them: shapes, finite values, classes."""

from dataclasses import dataclass

import numpy as np

from headgate_trainer.failure import invalid
from headgate_trainer.job import Job
from headgate_trainer.tensors import Array


@dataclass(frozen=True)
class Table:
    """The rows of a fit. X is FP64, y of a classifier integers or text, of a regressor FP64."""

    X: Array
    y: Array
    sample_weight: Array | None
    X_eval: Array | None
    y_eval: Array | None
    scored: bool = True
    """Whether the model is scored on these rows."""


def read_table(
    job: Job,
    *,
    classifier: bool,
    accepts_missing: bool = False,
    outputs_max: int | None = None,
    dimensions: int = 2,
) -> Table:
    """Read and check the inputs. ``outputs_max`` is the number of columns that y may have."""
    inputs = job.inputs
    for name in ("X", "y"):
        if name not in inputs:
            raise invalid(f"inputs.{name}: is missing")
    if ("X_eval" in inputs) != ("y_eval" in inputs):
        raise invalid("inputs.X_eval: X_eval and y_eval come together")
    X = _features("X", inputs["X"], dimensions, accepts_missing)
    y = _targets("y", inputs["y"], len(X), classifier, outputs_max)
    X_eval = y_eval = None
    if "X_eval" in inputs:
        X_eval = _features("X_eval", inputs["X_eval"], dimensions, accepts_missing)
        if X_eval.shape[1:] != X.shape[1:]:
            raise invalid(f"inputs.X_eval: a row is {X_eval.shape[1:]}, of X it is {X.shape[1:]}")
        y_eval = _targets("y_eval", inputs["y_eval"], len(X_eval), classifier, outputs_max)
        if y_eval.shape[1:] != y.shape[1:]:
            raise invalid("inputs.y_eval: has other columns than y")
    if classifier:
        _check_classes(y, y_eval)
    weights = _weights(inputs.get("sample_weight"), len(X))
    return Table(X, y, weights, X_eval, y_eval, job.scored)


def _features(name: str, given: Array, dimensions: int, accepts_missing: bool) -> Array:
    if given.dtype.kind not in "fiub":
        raise invalid(f"inputs.{name}: must be numbers")
    if given.ndim != dimensions or given.size == 0:
        raise invalid(
            f"inputs.{name}: must have {dimensions} dimensions and a row, got {given.shape}"
        )
    X = np.array(given, dtype=np.float64, order="C")
    bad = np.isinf(X) if accepts_missing else ~np.isfinite(X)
    if bad.any():
        at = ", ".join(str(index) for index in np.argwhere(bad)[0])
        raise invalid(
            f"inputs.{name}: the value at [{at}] is infinite"
            if accepts_missing
            else f"inputs.{name}: the value at [{at}] is NaN or infinite, which this trainer "
            "refuses; put an imputer before it with the trainer pipeline, or leave the row out"
        )
    return X


def _targets(
    name: str, given: Array, rows: int, classifier: bool, outputs_max: int | None
) -> Array:
    allowed = (1,) if classifier or outputs_max == 1 else (1, 2)
    if given.ndim not in allowed or len(given) != rows:
        raise invalid(
            f"inputs.{name}: must have a value for each of the {rows} rows, got {given.shape}"
        )
    if classifier:
        return _labels(name, given)
    if given.dtype.kind not in "fiub":
        raise invalid(f"inputs.{name}: a regressor takes numbers, not text")
    y = np.array(given, dtype=np.float64, order="C")
    if y.ndim == 2 and outputs_max is not None and not 1 <= y.shape[1] <= outputs_max:
        raise invalid(f"inputs.{name}: may have 1 to {outputs_max} columns, got {y.shape[1]}")
    bad = ~np.isfinite(y)
    if bad.any():
        at = ", ".join(str(index) for index in np.argwhere(bad)[0])
        raise invalid(f"inputs.{name}: the value at [{at}] is NaN or infinite; leave the row out")
    return y


def _labels(name: str, given: Array) -> Array:
    if given.dtype.kind == "O":
        return np.array([str(value) for value in given], dtype=np.str_)
    if given.dtype.kind == "f":
        raise invalid(
            f"inputs.{name}: classes are integers, BOOL or BYTES, not floating-point numbers"
        )
    if given.dtype == np.uint64 and given.size and given.max() > np.iinfo(np.int64).max:
        raise invalid(f"inputs.{name}: a class is larger than an INT64 can hold")
    return given.astype(np.int64)


def _check_classes(y: Array, y_eval: Array | None) -> None:
    classes = np.unique(y)
    if len(classes) < 2:
        raise invalid(
            f"inputs.y: has one class only ({classes[0]}); a classifier needs two or more"
        )
    if y_eval is None:
        return
    if y_eval.dtype.kind != y.dtype.kind:
        raise invalid("inputs.y_eval: its classes are of another datatype than those of y")
    strange = np.setdiff1d(y_eval, classes)
    if len(strange):
        raise invalid(f"inputs.y_eval: the class {strange[0]} is not among the classes of y")


def _weights(given: Array | None, rows: int) -> Array | None:
    if given is None:
        return None
    if given.dtype.kind not in "fiub" or given.shape != (rows,):
        raise invalid(f"inputs.sample_weight: must be a number for each of the {rows} rows")
    weights = np.array(given, dtype=np.float64)
    if not np.isfinite(weights).all() or (weights < 0).any():
        raise invalid("inputs.sample_weight: must be finite and not negative")
    if not weights.any():
        raise invalid("inputs.sample_weight: all weights are zero")
    return weights
