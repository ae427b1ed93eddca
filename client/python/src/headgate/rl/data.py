"""Prices and features as a request takes them: arrays, pandas tables, or rows that the gateway has."""

from __future__ import annotations

import sys
from typing import Any, NamedTuple

import numpy as np

from ..datasets.dataset import Dataset
from ..datasets.dataset_reference import DatasetReference
from ..errors import InvalidArgumentError
from ..references import Reference
from ..sync_datasets import SyncDataset
from ..tensors import Array


class MarketTable(NamedTuple):
    """Rows of one input."""

    values: Array | Reference
    names: tuple[str, ...] | None
    """Of the columns, where they have names."""
    index: Any
    """Of a pandas table."""

    @property
    def rows(self) -> int | None:
        """None where only the gateway knows."""
        if not isinstance(self.values, DatasetReference):
            return None if isinstance(self.values, Reference) else len(self.values)
        return self.values.known_rows

    @property
    def width(self) -> int | None:
        """How many columns it has; None where only the gateway knows."""
        if self.names is not None:
            return len(self.names)
        return None if isinstance(self.values, Reference) else int(self.values.shape[1])


def table_of(data: Any, name: str) -> MarketTable:
    """The rows of an array, a list, a pandas table, a dataset, or a reference to rows of one.

    :raises InvalidArgumentError: for what is no table of numbers
    """
    if isinstance(data, Dataset | SyncDataset):
        data = data.reference()
    if isinstance(data, DatasetReference):
        columns = data.column_names
        matrix = data.columns([columns]) if isinstance(columns, str) else data
        names = matrix.column_names
        return MarketTable(matrix, names if isinstance(names, tuple) else None, None)
    if isinstance(data, Reference):
        return MarketTable(data, None, None)
    pandas = sys.modules.get("pandas")
    names, index = None, None
    if pandas is not None and isinstance(data, pandas.Series | pandas.DataFrame):
        frame = data.to_frame() if data.ndim == 1 else data
        names, index = tuple(str(each) for each in frame.columns), frame.index
        data = frame
    try:
        array = np.asarray(data, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidArgumentError(f"{name}: must be numbers: {error}") from None
    array = array[:, None] if array.ndim == 1 else array
    if array.ndim != 2 or array.size == 0:
        raise InvalidArgumentError(
            f"{name}: must be [rows] or [rows, columns] with one at least, got {list(array.shape)}"
        )
    _require_values(array, name)
    return MarketTable(array, names, index)


def _require_values(array: Array, name: str) -> None:
    bad = ~np.isfinite(array)
    if name == "prices":
        bad |= ~(array > 0)
    if bad.any():
        row, column = np.argwhere(bad)[0]
        must = "finite and above 0" if name == "prices" else "finite"
        raise InvalidArgumentError(
            f"{name}: the value at [{row}, {column}] is {array[row, column]:g}; every one must be {must}: "
            "leave the row out"
        )
