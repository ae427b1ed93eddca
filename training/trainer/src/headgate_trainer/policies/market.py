"""The market that environments trade in: returns by row, and the columns that are observed.

A column is scaled by its mean and standard deviation over the last rows up to the one observed, so
nothing of a later row is in an observation. All rows of a window are scaled by the statistics of
its last row: an agent needs the last ``history`` rows to observe, and no sum of all rows before.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from headgate_trainer.failure import invalid
from headgate_trainer.policies.market_inputs import (
    FIELD,
    LARGEST,
    checked_prices,
    observed_columns,
    returns_of,
)
from headgate_trainer.tensors import Array

NUMBERS_MAX = 16_384
"""Numbers of an observation at most."""
_TABLE_VALUES = 1 << 24
_CHUNK_VALUES = 1 << 22
_CONSTANT = 1e-8
"""A standard deviation below this share of the mean is rounding: the column is constant."""


def _nothing() -> None:
    return


class Market:
    """Prices and features with what is computed of them once."""

    def __init__(
        self,
        prices: Array,
        features: Array | None,
        options: Mapping[str, Any],
        check: Callable[[], None] = _nothing,
    ) -> None:
        prices = checked_prices(prices)
        self.rows, self.assets = prices.shape
        self.returns = returns_of(prices)
        self.window: int = options["window"]
        self.scaling = options["scaling"]
        self.names, self._columns = observed_columns(prices, features, options)
        self.scaling_rows: int = self.scaling["rows"] if self.scaling["kind"] == "causal" else 1
        self.history = history_of(options)
        """Rows of prices and features that an observation is made of."""
        if self.window * len(self.names) + 2 * self.assets + 1 > NUMBERS_MAX:
            raise invalid(
                f"{FIELD}.window: {self.window} rows of {len(self.names)} columns are more than "
                f"the {NUMBERS_MAX} numbers that an observation may have"
            )
        self._mean, self._scale = self._statistics(check)
        self._table = self._observed_table(check)

    @property
    def first(self) -> int:
        """The first row with its whole history."""
        return self.history - 1

    @property
    def size(self) -> int:
        """The number of numbers of the window."""
        return self.window * len(self.names)

    def observe(self, at: Array) -> Array:
        """Observe the windows that end at these rows, ``[n, size]`` in FP32."""
        return self._observed(at) if self._table is None else self._table[at - self.first]

    def _observed(self, at: Array) -> Array:
        offsets = np.arange(1 - self.window, 1)
        values = self._columns[at[:, None] + offsets]
        if self.scaling["kind"] == "causal":
            values = (values - self._mean[at][:, None]) / self._scale[at][:, None]
            clip = self.scaling["clip"]
            if clip is None:
                self._require_fp32(values, at)
            else:
                values = np.minimum(np.maximum(values, -clip), clip)
        return np.asarray(values.reshape(len(at), self.size).astype(np.float32))

    def _require_fp32(self, values: Array, at: Array) -> None:
        """Refuse what a window of more rows than the scaling can make: a value beyond FP32."""
        bad = ~(np.abs(values) <= LARGEST)
        if bad.any():
            row, _, column = np.argwhere(bad)[0]
            raise invalid(
                f"{FIELD}.scaling.clip: null leaves {self.names[column]} in the window of row "
                f"{at[row]} unlimited, and scaled it is beyond {LARGEST:g}; set a clip, or take "
                "more scaling.rows"
            )

    def _statistics(self, check: Callable[[], None]) -> tuple[Array, Array]:
        """Compute the mean and the scale of each column at each row from ``first`` on."""
        shape = self._columns.shape
        mean, scale = np.zeros(shape), np.ones(shape)
        if self.scaling["kind"] != "causal" or shape[1] == 0 or self.rows <= self.first:
            return mean, scale
        count = self.scaling_rows
        windows = sliding_window_view(self._columns, count, axis=0)
        for at in self._chunks(count * shape[1]):
            check()
            # A copy, in which the rows of a column follow each other: the sums are pairwise.
            part = np.ascontiguousarray(windows[at - count + 1])
            mean[at], scale[at] = statistics(part)
        return mean, scale

    def _observed_table(self, check: Callable[[], None]) -> Array | None:
        """Observe all rows once, where they are not too many."""
        count = max(0, self.rows - self.first)
        if count * self.size > _TABLE_VALUES:
            return None
        table = np.empty((count, self.size), dtype=np.float32)
        for at in self._chunks(self.size):
            check()
            table[at - self.first] = self._observed(at)
        return table

    def _chunks(self, values_a_row: int) -> list[Array]:
        rows = np.arange(self.first, self.rows)
        size = max(1, _CHUNK_VALUES // max(1, values_a_row))
        return [rows[begin : begin + size] for begin in range(0, len(rows), size)]


def history_of(options: Mapping[str, Any]) -> int:
    """Count the rows that an observation is made of; the first of them is for a return alone."""
    scaling = options["scaling"]
    scaled: int = scaling["rows"] if scaling["kind"] == "causal" else 1
    return max(scaled, int(options["window"])) + ("returns" in options["include"])


def statistics(values: Array) -> tuple[Array, Array]:
    """Compute the mean and the scale over the last axis; a constant column is only centred."""
    mean, deviation = values.mean(axis=-1), values.std(axis=-1)
    scale = np.maximum(deviation, _CONSTANT * np.abs(mean))
    return mean, np.where(scale > 0, scale, 1.0)
