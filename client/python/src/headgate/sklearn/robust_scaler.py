"""RobustScaler. Always fitted here: a socket would carry all that it sorts."""

from __future__ import annotations

from statistics import NormalDist
from typing import Any, ClassVar

import numpy as np

from ..tensors import Array
from .awaited import awaited
from .base import OneToOne, Self
from .constraints import FLAG, Constraints, OfType


class RobustScaler(OneToOne):
    """Median 0, distance between two quantiles 1; as `sklearn.preprocessing.RobustScaler`."""

    _servable = "robust_scaler"
    _allow_nan = True
    _float16 = True
    _constraints: ClassVar[Constraints] = {
        "with_centering": FLAG,
        "with_scaling": FLAG,
        "quantile_range": (OfType((tuple,), "an instance of 'tuple'"),),
        "copy": FLAG,
        "unit_variance": FLAG,
    }

    center_: Array | None
    scale_: Array | None

    def __init__(
        self,
        *,
        with_centering: bool = True,
        with_scaling: bool = True,
        quantile_range: tuple[float, float] = (25.0, 75.0),
        copy: bool = True,
        unit_variance: bool = False,
    ) -> None:
        self.with_centering = with_centering
        self.with_scaling = with_scaling
        self.quantile_range = quantile_range
        self.unit_variance = unit_variance
        self.copy = copy

    def fit(self: Self, X: Any, y: Any = None) -> Self:
        """Medians and quantiles of the columns.

        :raises ValueError: for quantiles that are no range within 0 to 100
        """
        self._fit(X)  # type: ignore[attr-defined]
        return self

    def _fit(self, X: Any) -> None:
        array = self._fit_input(X)
        low, high = self.quantile_range
        if not 0 <= low <= high <= 100:
            raise ValueError(f"Invalid quantile range: {self.quantile_range!s}")
        self.center_ = np.nanmedian(array, axis=0) if self.with_centering else None
        self.scale_ = None
        if self.with_scaling:
            # Column by column, as scikit-learn: all at once numpy copies the whole table.
            found = np.transpose([np.nanpercentile(column, self.quantile_range) for column in array.T])
            distance = found[1] - found[0]
            scale = np.where(distance < 10 * np.finfo(distance.dtype).eps, 1.0, distance)
            if self.unit_variance:
                scale = scale / (_normal_quantile(high) - _normal_quantile(low))
            self.scale_ = scale.astype(distance.dtype, copy=False)
        self.source_ = "local"

    def transform(self, X: Any) -> Any:
        """(X - center) / scale."""
        out = self._writable(X, self.copy)
        if self.with_centering:
            out -= self.center_
        if self.with_scaling:
            out /= self.scale_
        return self._wrap(out, X)

    def inverse_transform(self, X: Any) -> Array:
        """X * scale + center."""
        out = self._writable(X, self.copy)
        if self.with_scaling:
            out *= self.scale_
        if self.with_centering:
            out += self.center_
        return out

    afit = awaited(fit)
    atransform = awaited(transform)
    ainverse_transform = awaited(inverse_transform)


def _normal_quantile(percent: float) -> float:
    if percent in (0, 100):
        return -np.inf if percent == 0 else np.inf
    return NormalDist().inv_cdf(percent / 100)
