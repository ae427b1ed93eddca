"""A model's signature, and the conversion of arrays to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .datasets.dataset_reference import DatasetReference, StreamReference
from .errors import InvalidArgumentError
from .policy_layout import PolicyLayout, layout_of
from .tensors import Array, dtype_of


class Signature:
    """A model's inputs and outputs, as `describe` reports them."""

    def __init__(self, name: str, described: dict[str, Any]) -> None:
        inputs = described["inputs"]
        if len(inputs) != 1:
            raise InvalidArgumentError(f"{name} takes {len(inputs)} inputs: ask it with `infer`")
        self.input: str = inputs[0]["name"]
        self.dtype = dtype_of(inputs[0]["datatypes"][0])
        self.shape: list[Any] = inputs[0]["shape"]
        self.outputs: list[str] = [each["name"] for each in described["outputs"]]
        self.batch_max: int = described["max_batch_size"]
        self.layout: PolicyLayout | None = layout_of(described.get("policy"))
        """Of a policy whose observation is told."""

    def rows(self, X: ArrayLike, name: str) -> Array:
        """[n, ...] in the model's dtype, of an array, a list or a pandas frame; one row gets its batch.

        :raises InvalidArgumentError: for another shape
        """
        array = np.asarray(X, dtype=self.dtype)
        if array.ndim == 1 and self.shape[1:] == [1] and len(array) != 1:
            array = array[:, None]  # a single column: one value for each row
        elif array.ndim == len(self.shape) - 1:
            array = array[None]
        fits = array.ndim == len(self.shape) and all(
            isinstance(want, str) or want in (have, -1)
            for want, have in zip(self.shape[1:], array.shape[1:], strict=True)
        )
        if not fits:
            want = ", ".join(["n", *map(str, self.shape[1:])])
            made_of = "" if self.layout is None else f": {self.layout}"
            raise InvalidArgumentError(
                f"{name}: {self.input} has shape {list(array.shape)}, it takes [{want}]{made_of}"
            )
        return array

    def parts(self, X: ArrayLike, name: str) -> Sequence[ArrayLike]:
        """The rows in parts of at most a batch; references are kept where the gateway can take them."""
        if isinstance(X, StreamReference):
            return [X]
        # numpy takes None for float64.
        if isinstance(X, DatasetReference) and (X.dtype is None or X.dtype == self.dtype):
            length = X.known_rows if len(self.shape) == 2 else None
            size = self.batch_max or length
            if length is None or size is None or length <= size:
                return [X]
            return [X[at : at + size] for at in range(0, length, size)]
        rows = self.rows(X, name)
        size = self.batch_max or len(rows)
        return [rows[at : at + size] for at in range(0, len(rows), size)]


def windows(series: ArrayLike, size: int) -> Array:
    """Every full window of a series [t, f], oldest first: [t - size + 1, size, f].

    :raises InvalidArgumentError: when the series is shorter than a window
    """
    array = np.asarray(series)
    if array.ndim == 1:
        array = array[:, None]
    if len(array) < size:
        raise InvalidArgumentError(f"series: {len(array)} steps are less than the window of {size}")
    view = np.lib.stride_tricks.sliding_window_view(array, size, axis=0)
    return np.ascontiguousarray(view.transpose(0, 2, 1))


def rows_of(X: ArrayLike) -> Array:
    """The rows for the fallback of a model that no gateway described: texts unchanged, else FP32."""
    array = np.asarray(X)
    if array.dtype.kind not in "UOS":
        array = array.astype(np.float32)
    return np.atleast_2d(array)
