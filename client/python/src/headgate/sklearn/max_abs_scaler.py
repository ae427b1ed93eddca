"""MaxAbsScaler. Always fitted here: it reads each number once, the socket does no less."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from ..tensors import Array
from .awaited import awaited
from .base import OneToOne, Self
from .constraints import FLAG, Constraints


class MaxAbsScaler(OneToOne):
    """Each column divided by its largest magnitude; as `sklearn.preprocessing.MaxAbsScaler`."""

    _servable = "max_abs_scaler"
    _allow_nan = True
    _float16 = True
    _constraints: ClassVar[Constraints] = {"copy": FLAG, "clip": FLAG}

    max_abs_: Array
    scale_: Array
    n_samples_seen_: int

    def __init__(self, *, copy: bool = True, clip: bool = False) -> None:
        self.copy = copy
        self.clip = clip

    def fit(self: Self, X: Any, y: Any = None) -> Self:
        """The largest magnitude of each column."""
        self.__dict__.pop("n_samples_seen_", None)
        return self.partial_fit(X)  # type: ignore[attr-defined, no-any-return]

    def partial_fit(self, X: Any, y: Any = None) -> MaxAbsScaler:
        """Go on with more rows."""
        self._require_parameters()
        first = not hasattr(self, "n_samples_seen_")
        array = self._fit_input(X) if first else self._input(X)
        largest = np.fmax.reduce(np.abs(array), axis=0)
        self.n_samples_seen_ = len(array) if first else self.n_samples_seen_ + len(array)
        self.max_abs_ = largest if first else np.maximum(self.max_abs_, largest)
        near_zero = self.max_abs_ < 10 * np.finfo(self.max_abs_.dtype).eps
        self.scale_ = np.where(near_zero, self.max_abs_.dtype.type(1), self.max_abs_)
        self.source_ = "local"
        return self

    def transform(self, X: Any) -> Any:
        """X / scale."""
        out = self._writable(X, self.copy)
        out /= self.scale_
        if self.clip:
            np.clip(out, -1, 1, out=out)
        return self._wrap(out, X)

    def inverse_transform(self, X: Any) -> Array:
        """X * scale."""
        out = self._writable(X, self.copy)
        out *= self.scale_
        return out

    afit = awaited(fit)
    apartial_fit = awaited(partial_fit)
    atransform = awaited(transform)
    ainverse_transform = awaited(inverse_transform)
