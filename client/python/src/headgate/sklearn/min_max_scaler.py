"""MinMaxScaler. Always fitted here: it reads each number twice, the socket does no less."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from ..tensors import Array
from .awaited import awaited
from .base import OneToOne, Self
from .constraints import FLAG, Constraints, OfType


class MinMaxScaler(OneToOne):
    """Each column moved into a range; as `sklearn.preprocessing.MinMaxScaler`."""

    _servable = "min_max_scaler"
    _allow_nan = True
    _float16 = True
    _constraints: ClassVar[Constraints] = {
        "feature_range": (OfType((tuple,), "an instance of 'tuple'"),),
        "copy": FLAG,
        "clip": FLAG,
    }

    min_: Array
    scale_: Array
    data_min_: Array
    data_max_: Array
    data_range_: Array
    n_samples_seen_: int

    def __init__(
        self, feature_range: tuple[float, float] = (0, 1), *, copy: bool = True, clip: bool = False
    ) -> None:
        self.feature_range = feature_range
        self.copy = copy
        self.clip = clip

    def fit(self: Self, X: Any, y: Any = None) -> Self:
        """The least and the largest number of each column."""
        self.__dict__.pop("n_samples_seen_", None)
        return self.partial_fit(X)  # type: ignore[attr-defined, no-any-return]

    def partial_fit(self, X: Any, y: Any = None) -> MinMaxScaler:
        """Go on with more rows.

        :raises ValueError: for a range whose end is not above its start
        """
        self._require_parameters()
        first = not hasattr(self, "n_samples_seen_")
        least, most = self.feature_range
        if least >= most:
            raise ValueError(
                f"Minimum of desired feature range must be smaller than maximum. Got {self.feature_range!s}."
            )
        array = self._fit_input(X) if first else self._input(X)
        lowest, highest = np.fmin.reduce(array, axis=0), np.fmax.reduce(array, axis=0)
        if not first:
            lowest, highest = np.minimum(self.data_min_, lowest), np.maximum(self.data_max_, highest)
        self.n_samples_seen_ = len(array) if first else self.n_samples_seen_ + len(array)
        self.data_min_, self.data_max_, self.data_range_ = lowest, highest, highest - lowest
        kind = array.dtype.type
        near_zero = self.data_range_ < 10 * np.finfo(self.data_range_.dtype).eps
        self.scale_ = (kind(most) - kind(least)) / np.where(near_zero, kind(1), self.data_range_)
        self.min_ = kind(least) - lowest * self.scale_
        self.source_ = "local"
        return self

    def transform(self, X: Any) -> Any:
        """X * scale + min."""
        out = self._writable(X, self.copy)
        out *= self.scale_
        out += self.min_
        if self.clip:
            np.clip(out, *self.feature_range, out=out)
        return self._wrap(out, X)

    def inverse_transform(self, X: Any) -> Array:
        """(X - min) / scale."""
        out = self._writable(X, self.copy)
        out -= self.min_
        out /= self.scale_
        return out

    afit = awaited(fit)
    apartial_fit = awaited(partial_fit)
    atransform = awaited(transform)
    ainverse_transform = awaited(inverse_transform)
