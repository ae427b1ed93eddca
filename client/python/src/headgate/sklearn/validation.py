"""Input checks with scikit-learn's classes and words."""

from __future__ import annotations

import numbers
import warnings
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..tensors import Array
from .missing import as_array


def check_array(
    X: Any,
    estimator: str,
    *,
    min_samples: int = 1,
    allow_nan: bool = False,
    float32: bool = True,
    float16: bool = False,
) -> Array:
    """Finite float64 [n, p], or float32 (and float16) where it was and may stay.

    :raises TypeError: for sparse data
    :raises ValueError: for another shape, too few rows, no columns, NaN, infinity, complex numbers
    """
    if hasattr(X, "tocsr") or hasattr(X, "tocoo"):
        raise TypeError(
            "Sparse data was passed for X, but dense data is required. Use '.toarray()' to convert to a "
            "dense numpy array: the gateway's tensors are dense."
        )
    array = as_array(X)
    if array.dtype.kind == "c":
        raise ValueError(f"Complex data not supported\n{X}\n")
    if array.dtype.kind not in "fiub":
        array = _as_numbers(array)
    if array.ndim != 2:
        _refuse_dimensions(array, X, estimator)
    kept = (np.float32,) * float32 + (np.float16,) * float16
    array = array.astype(array.dtype if array.dtype in kept else np.float64, copy=False)
    n, p = array.shape
    if n < min_samples:
        raise ValueError(
            f"Found array with {n} sample(s) (shape={array.shape}) while a minimum of {min_samples} is "
            f"required by {estimator}."
        )
    if p < 1:
        raise ValueError(
            f"Found array with 0 feature(s) (shape={array.shape}) while a minimum of 1 is required by "
            f"{estimator}."
        )
    _require_finite(array, estimator, allow_nan)
    return array


def _as_numbers(array: Array) -> Array:
    try:
        return array.astype(np.float64)
    except ValueError as error:
        raise ValueError(
            f"Unable to convert array of bytes/strings into decimal numbers: {error}"
            if array.dtype.kind in "SU"
            else str(error)
        ) from error


def _refuse_dimensions(array: Array, X: Any, estimator: str) -> None:
    if array.ndim == 0:
        raise ValueError(f"Expected 2D array, got scalar array instead:\narray={X}.\n{_RESHAPE}")
    if array.ndim == 1:
        raise ValueError(f"Expected 2D array, got 1D array instead:\narray={array}.\n{_RESHAPE}")
    raise ValueError(f"Found array with dim {array.ndim}, while dim <= 2 is required by {estimator}.")


_RESHAPE = (
    "Reshape your data either using array.reshape(-1, 1) if your data has a single feature or "
    "array.reshape(1, -1) if it contains a single sample."
)


def _require_finite(array: Array, estimator: str, allow_nan: bool) -> None:
    with np.errstate(over="ignore", invalid="ignore"):
        if np.isfinite(array.sum(dtype=np.float64)):  # one pass; a sum that overflows is looked at closely
            return
    if np.isinf(array).any():
        raise ValueError(f"Input X contains infinity or a value too large for {array.dtype!r}.")
    if not allow_nan and np.isnan(array).any():
        raise ValueError(
            f"Input X contains NaN.\n{estimator} does not accept missing values encoded as NaN natively."
        )


def feature_names(X: Any) -> Array | None:
    """The columns of a data frame when all are strings; None otherwise.

    :raises TypeError: when some are strings and some are not
    """
    columns = getattr(X, "columns", None)
    if columns is None or not hasattr(X, "dtypes"):
        return None
    names = np.asarray(columns, dtype=object)
    texts = sum(isinstance(name, str) for name in names)
    if texts not in (0, len(names)):
        types = sorted({type(name).__name__ for name in names})
        raise TypeError(
            "Feature names are only supported if all input features have string names, but your input has "
            f"{types} as feature name / column name types. If you want feature names to be stored and "
            "validated, you must convert them all to strings, by using X.columns = X.columns.astype(str) "
            "for example."
        )
    return names if texts and len(names) else None


def require_same_names(fitted: Array | None, given: Array | None, estimator: str) -> None:
    """The same features in the same order as in fit; a warning where one side has no names.

    :raises ValueError: when they differ
    """
    if given is None and fitted is None:
        return
    if fitted is None:
        warnings.warn(f"X has feature names, but {estimator} was fitted without feature names", stacklevel=4)
        return
    if given is None:
        warnings.warn(
            f"X does not have valid feature names, but {estimator} was fitted with feature names",
            stacklevel=4,
        )
        return
    if len(fitted) == len(given) and (fitted == given).all():
        return
    known, new = set(fitted), set(given)
    message = "The feature names should match those that were passed during fit.\n"
    unseen, missing = sorted(new - known), sorted(known - new)
    message += _listed("Feature names unseen at fit time:\n", unseen)
    message += _listed("Feature names seen at fit time, yet now missing:\n", missing)
    if not unseen and not missing:
        message += "Feature names must be in the same order as they were in fit.\n"
    raise ValueError(message)


def _listed(title: str, names: list[str]) -> str:
    shown = "".join(f"- {name}\n" for name in names[:5])
    return f"{title}{shown}{'- ...' + chr(10) if len(names) > 5 else ''}" if names else ""


def check_sample_weight(weight: ArrayLike | None, X: Array) -> Array | None:
    """Finite float64 [n]; a number is the weight of each.

    :raises ValueError: for another shape, for NaN and infinity, and when all are 0
    """
    if weight is None:
        return None
    if isinstance(weight, numbers.Number):
        return np.full(len(X), weight, dtype=np.float64)
    array = as_array(weight).astype(np.float64)
    if array.ndim != 1:
        raise ValueError(
            f"Sample weights must be 1D array or scalar, got {array.ndim}D array. Expected either a scalar "
            f"value or a 1D array of length {len(X)}."
        )
    if len(array) != len(X):
        raise ValueError(f"sample_weight.shape == {array.shape}, expected {(len(X),)}!")
    if not np.isfinite(array).all():
        what = "NaN" if np.isnan(array).any() else f"infinity or a value too large for {array.dtype!r}"
        raise ValueError(f"Input sample_weight contains {what}.")
    if len(array) and not array.any():
        raise ValueError("Sample weights must contain at least one non-zero number.")
    return array


def seed_of(random_state: Any) -> int:
    """A seed for the gateway: an int itself, a draw of a generator, or a fresh one for None.

    :raises ValueError: for anything else
    """
    if random_state is None:
        return int(np.random.randint(0, 2**32, dtype=np.uint32))
    if isinstance(random_state, np.random.RandomState):
        return int(random_state.randint(0, 2**32, dtype=np.uint32))
    if isinstance(random_state, numbers.Integral) and 0 <= int(random_state) < 2**32:
        return int(random_state)
    raise ValueError(f"{random_state!r} cannot be used to seed a numpy.random.RandomState instance")


def generator_of(random_state: Any) -> np.random.RandomState:
    """The generator that scikit-learn makes of a `random_state`.

    :raises ValueError: for anything but None, an int and a RandomState
    """
    if random_state is None:
        return np.random.mtrand._rand
    if isinstance(random_state, np.random.RandomState):
        return random_state
    return np.random.RandomState(seed_of(random_state))
