"""StandardScaler. Always fitted here: it reads each number a few times, the socket does no less."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from ..local import linear
from ..tensors import Array
from .awaited import awaited
from .base import OneToOne, Self
from .constraints import FLAG, Constraints
from .validation import check_sample_weight


class StandardScaler(OneToOne):
    """Zero mean, unit variance; as `sklearn.preprocessing.StandardScaler`."""

    _servable = "standard_scaler"
    _allow_nan = True
    _float16 = True
    _constraints: ClassVar[Constraints] = {"copy": FLAG, "with_mean": FLAG, "with_std": FLAG}

    mean_: Array | None
    var_: Array | None
    scale_: Array | None

    def __init__(self, *, copy: bool = True, with_mean: bool = True, with_std: bool = True) -> None:
        self.copy = copy
        self.with_mean = with_mean
        self.with_std = with_std

    def fit(self: Self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Means and standard deviations of the columns."""
        self.__dict__.pop("n_samples_seen_", None)
        return self.partial_fit(X, y, sample_weight)  # type: ignore[attr-defined, no-any-return]

    def partial_fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> StandardScaler:
        """Go on with more rows."""
        self._require_parameters()
        first = not hasattr(self, "n_samples_seen_")
        array = self._fit_input(X) if first else self._input(X)
        weight = check_sample_weight(sample_weight, array)
        before = None
        if not first:
            seen = np.broadcast_to(np.asarray(self.n_samples_seen_, dtype=np.float64), (array.shape[1],))
            mean = np.zeros(array.shape[1]) if self.mean_ is None else self.mean_
            before = (mean, self.var_, seen)
        mean, variance, count = linear.moments(array, weight, before)
        same = bool(count.size and (count == count[0]).all())
        whole = weight is None
        self.n_samples_seen_: Any = count[0] if same else count
        if whole:
            self.n_samples_seen_ = np.asarray(self.n_samples_seen_).astype(np.int64)[()]
        self.mean_ = mean if self.with_mean or self.with_std else None
        self.var_ = variance if self.with_std else None
        self.scale_ = linear.scale_of(variance, mean, count) if self.with_std else None
        self.source_ = "local"
        return self

    def transform(self, X: Any, copy: bool | None = None) -> Any:
        """(X - mean) / scale; without `copy` in X itself, where its numbers are floats."""
        out = self._writable(X, self.copy if copy is None else copy)
        if self.with_mean:
            out -= self.mean_
        if self.with_std:
            out /= self.scale_
        return self._wrap(out, X)

    def inverse_transform(self, X: Any, copy: bool | None = None) -> Array:
        """X * scale + mean; without `copy` in X itself, where its numbers are floats."""
        out = self._writable(X, self.copy if copy is None else copy)
        if self.with_std:
            out *= self.scale_
        if self.with_mean:
            out += self.mean_
        return out

    afit = awaited(fit)
    apartial_fit = awaited(partial_fit)
    atransform = awaited(transform)
    ainverse_transform = awaited(inverse_transform)
