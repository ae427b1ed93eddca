"""Checks of y, with scikit-learn's words."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ...tensors import Array
from ..missing import as_array


def class_target(y: Any, X: Array, estimator: str) -> tuple[Array, Array]:
    """The classes, sorted, and y as it goes to the gateway: integers, bools or strings.

    :raises ValueError: for numbers that are no classes, for NaN, and for another length
    """
    array = _column(y, X, estimator, False)
    if array.dtype.kind == "f":
        _require_finite(array)
        if not (array == np.floor(array)).all():
            raise ValueError(
                "Unknown label type: continuous. Maybe you are trying to fit a classifier, which expects "
                "discrete classes on a regression target with continuous values."
            )
        return np.unique(array), array.astype(np.int64)
    if array.dtype.kind == "O":
        kinds = {type(each) for each in array.tolist()}
        if kinds <= {str}:
            array = array.astype(str)
        elif kinds <= {int, bool, np.int64}:
            array = array.astype(np.int64)
        else:
            names = sorted(each.__name__ for each in kinds)
            raise ValueError(f"Unknown label type: y must hold integers, bools or strings alone, got {names}")
    if array.dtype.kind not in "iubUS":
        raise ValueError(f"Unknown label type: {array.dtype}")
    return np.unique(array), array


def number_target(y: Any, X: Array, estimator: str, multi_output: bool) -> Array:
    """Finite float64 [n], or [n, outputs] where the trainer takes that.

    :raises ValueError: for another shape or length, and for what is no finite number
    """
    array = _column(y, X, estimator, multi_output)
    if array.dtype.kind == "c":
        raise ValueError(f"Complex data not supported\n{y}\n")
    try:
        array = array.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"y must be numeric: {error}") from error
    _require_finite(array)
    return array


def _column(y: Any, X: Array, estimator: str, multi_output: bool) -> Array:
    if y is None:
        raise ValueError(f"This {estimator} estimator requires y to be passed, but the target y is None.")
    array = as_array(y)
    if array.ndim == 2 and array.shape[1] == 1:
        warnings.warn(
            "A column-vector y was passed when a 1d array was expected. Please change the shape of y to "
            "(n_samples,), for example using ravel().",
            _conversion_warning(),
            stacklevel=5,
        )
        array = array.reshape(-1)
    if array.ndim != 1 and not (multi_output and array.ndim == 2):
        raise ValueError(f"y should be a 1d array, got an array of shape {array.shape} instead.")
    if len(array) != len(X):
        raise ValueError(
            f"Found input variables with inconsistent numbers of samples: [{len(X)}, {len(array)}]"
        )
    return array


def _conversion_warning() -> type[Warning]:
    import sys

    theirs = getattr(sys.modules.get("sklearn.exceptions"), "DataConversionWarning", None)
    return UserWarning if theirs is None else theirs


def _require_finite(array: Array) -> None:
    if not np.isfinite(array).all():
        what = "NaN" if np.isnan(array).any() else f"infinity or a value too large for {array.dtype!r}"
        raise ValueError(f"Input y contains {what}.")
