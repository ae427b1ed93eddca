"""SimpleImputer. Always fitted here: it reads each number a few times, the socket does no less."""

from __future__ import annotations

import warnings
from typing import Any, ClassVar

import numpy as np

from ..tensors import Array
from .awaited import awaited
from .base import OneToOne, Self
from .constraints import FLAG, NOTHING, Constraints, Exactly, NotANumber, Real, Words


class SimpleImputer(OneToOne):
    """NaN replaced by a number of its column; as `sklearn.impute.SimpleImputer` of numbers."""

    _servable = "simple_imputer"
    _allow_nan = True
    _constraints: ClassVar[Constraints] = {
        "missing_values": (NotANumber(),),
        "strategy": (Words(("mean", "median", "most_frequent", "constant")),),
        "fill_value": (NOTHING, Real(closed=frozenset())),
        "copy": FLAG,
        "add_indicator": (Exactly(False),),
        "keep_empty_features": FLAG,
    }

    statistics_: Array
    indicator_: None

    def __init__(
        self,
        *,
        missing_values: float = np.nan,
        strategy: str = "mean",
        fill_value: float | None = None,
        copy: bool = True,
        add_indicator: bool = False,
        keep_empty_features: bool = False,
    ) -> None:
        self.missing_values = missing_values
        self.strategy = strategy
        self.fill_value = fill_value
        self.copy = copy
        self.add_indicator = add_indicator
        self.keep_empty_features = keep_empty_features

    def fit(self: Self, X: Any, y: Any = None) -> Self:
        """The number of each column."""
        self._fit(X)  # type: ignore[attr-defined]
        return self

    def _fit(self, X: Any) -> None:
        array = self._fit_input(X)
        empty = np.isnan(array).all(axis=0)
        found = np.full(array.shape[1], self.fill_value or 0.0, dtype=np.float64)
        if self.strategy != "constant":
            known = array[:, ~empty]
            found[~empty] = _STATISTICS[self.strategy](known) if known.size else []
            found[empty] = 0.0
        if not self.keep_empty_features:
            found[empty] = np.nan
        # As scikit-learn has them: a constant may be of any type there.
        self.statistics_ = found.astype(object) if self.strategy == "constant" else found
        self.indicator_ = None
        self.source_ = "local"

    def transform(self, X: Any) -> Any:
        """X with numbers in place of NaN, without the columns that had none at the fit."""
        out = self._writable(X, self.copy)
        statistics = self.statistics_.astype(out.dtype)
        kept = ~np.isnan(statistics)
        if not kept.all():
            names = getattr(self, "feature_names_in_", np.arange(len(kept)))
            warnings.warn(
                f"Skipping features without any observed values: {names[~kept]}. At least one non-missing "
                f"value is needed for imputation with strategy='{self.strategy}'.",
                stacklevel=2,
            )
            out, statistics = out[:, kept], statistics[kept]
        missing = np.isnan(out)
        out[missing] = np.broadcast_to(statistics, out.shape)[missing]
        return self._wrap(out, X)

    def inverse_transform(self, X: Any) -> Array:
        """Refused, as by scikit-learn without an indicator: nothing tells which numbers were filled in.

        :raises ValueError: always
        """
        raise ValueError(
            "'inverse_transform' works only when 'SimpleImputer' is instantiated with 'add_indicator=True'. "
            "Got 'add_indicator=False' instead."
        )

    def get_feature_names_out(self, input_features: Any = None) -> Array:
        """The names of the columns that are kept."""
        names = super().get_feature_names_out(input_features)
        kept: Array = names[~np.isnan(self.statistics_.astype(np.float64))]
        return kept

    afit = awaited(fit)
    atransform = awaited(transform)
    ainverse_transform = awaited(inverse_transform)


def _most_frequent(known: Array) -> Array:
    """The mode of each column, of equal ones the least."""
    found = np.empty(known.shape[1])
    for at, column in enumerate(known.T):
        values, counts = np.unique(column[~np.isnan(column)], return_counts=True)
        found[at] = values[counts.argmax()]
    return found


_STATISTICS = {
    "mean": lambda known: np.nanmean(known, axis=0),
    "median": lambda known: np.nanmedian(known, axis=0),
    "most_frequent": _most_frequent,
}
