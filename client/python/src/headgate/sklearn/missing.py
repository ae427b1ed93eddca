"""Missing values of pandas as NaN: columns that may hold `pd.NA`, and `pd.NA` among objects."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..tensors import Array


def as_array(values: Any) -> Array:
    """What numpy makes of it, with NaN where pandas has NA."""
    if _has_nullable(values):
        # As scikit-learn: float64, whatever the column's own width.
        numbers: Array = values.to_numpy(dtype=np.float64, na_value=np.nan)
        return numbers
    array = np.asarray(values)
    if array.dtype == object and any(map(_is_na, array.flat)):
        array = array.copy()
        array[np.fromiter(map(_is_na, array.flat), dtype=bool, count=array.size).reshape(array.shape)] = (
            np.nan
        )
    return array


def _has_nullable(values: Any) -> bool:
    """Whether a frame or series is of numbers alone, some of them of a type that holds NA."""
    if not hasattr(values, "to_numpy") or not hasattr(values, "iloc"):
        return False
    types: Any = getattr(values, "dtypes", None)
    kinds: list[Any] = list(types) if hasattr(types, "__iter__") else [types]
    numeric = all(getattr(kind, "kind", "O") in "iufb" for kind in kinds)
    return numeric and any(not isinstance(kind, np.dtype) for kind in kinds)


def _is_na(value: object) -> bool:
    return type(value).__name__ == "NAType"
