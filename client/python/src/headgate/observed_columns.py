"""Computes the window of an observation, digit for digit as the environment of the training did."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np

from .errors import InvalidArgumentError
from .tensors import Array

_CONSTANT = 1e-8
"""A standard deviation below this share of the mean is rounding: the column is constant."""


class WindowLayout(Protocol):
    """The parts of a policy's layout that are read here."""

    @property
    def window(self) -> int: ...
    @property
    def columns(self) -> tuple[str, ...]: ...
    @property
    def told(self) -> Mapping[str, Any]: ...
    @property
    def history(self) -> int: ...


def observed_window(layout: WindowLayout, prices: Array, features: Array | None) -> Array:
    """The window's numbers at the last row.

    :raises InvalidArgumentError: for too few rows, and for columns that are not the environment's
    """
    if len(prices) < layout.history:
        raise InvalidArgumentError(
            f"prices: has {len(prices)} rows, and an observation is made of {layout.history}"
        )
    if features is not None and len(features) != len(prices):
        raise InvalidArgumentError(f"features: has {len(features)} rows, and prices has {len(prices)}")
    if not (np.isfinite(prices) & (prices > 0)).all():
        raise InvalidArgumentError("prices: every price must be finite and above 0")
    rows = slice(len(prices) - layout.history, None)
    log_returns = np.diff(np.log(prices[rows]), axis=0, prepend=np.log(prices[rows][:1]))
    found = [
        _column(name, log_returns, None if features is None else features[rows]) for name in layout.columns
    ]
    columns = np.stack(found, axis=1) if found else np.empty((layout.history, 0))
    return _scaled(layout, columns).astype(np.float32).reshape(-1)


def _column(name: str, log_returns: Array, features: Array | None) -> Array:
    kind, _, rest = name.partition("[")
    at = rest.removesuffix("]")
    if not at.isdecimal() or kind not in ("return", "feature"):
        raise InvalidArgumentError(
            f"observe: this policy observes {name}, which is its own: give the observation"
        )
    if kind == "return":
        return np.asarray(log_returns[:, int(at)])
    if features is None:
        raise InvalidArgumentError(f"features: is missing; this policy observes {name}")
    if int(at) >= features.shape[1]:
        raise InvalidArgumentError(f"features: has {features.shape[1]} columns; this policy observes {name}")
    column = np.asarray(features[:, int(at)])
    if not np.isfinite(column).all():
        raise InvalidArgumentError(f"features: column {at} has NaN or infinity")
    return column


def _scaled(layout: WindowLayout, columns: Array) -> Array:
    """All rows of the window by the statistics of the last rows up to the one observed."""
    window = columns[len(columns) - layout.window :]
    scaling = layout.told.get("scaling") or {"kind": "none"}
    if scaling["kind"] == "none" or columns.shape[1] == 0:
        return window
    # Each column's values follow each other in memory, which decides the order of the sums.
    last = np.ascontiguousarray(columns[len(columns) - scaling["rows"] :].T)
    mean, deviation = last.mean(axis=-1), last.std(axis=-1)
    scale = np.maximum(deviation, _CONSTANT * np.abs(mean))
    values = (window - mean) / np.where(scale > 0, scale, 1.0)
    clip = scaling.get("clip")
    return np.asarray(values if clip is None else np.minimum(np.maximum(values, -clip), clip))
