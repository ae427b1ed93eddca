"""DBSCAN."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from ..local import dbscan, rule
from ..tensors import Array
from .awaited import awaited
from .base import Estimator, Self
from .constraints import (
    BOTH,
    COUNT,
    JOBS,
    NEITHER,
    NOTHING,
    Constraints,
    Function,
    OfType,
    Real,
    Words,
)
from .exceptions import invalid_parameter
from .validation import check_sample_weight

_NAMED = {
    "euclidean": "euclidean",
    "l2": "euclidean",
    "manhattan": "manhattan",
    "l1": "manhattan",
    "cityblock": "manhattan",
    "chebyshev": "chebyshev",
    "sqeuclidean": "sqeuclidean",
    "cosine": "cosine",
    "correlation": "correlation",
    "canberra": "canberra",
    "braycurtis": "braycurtis",
    "hamming": "hamming",
}
"""The gateway's name of each metric without parameters."""
_BY_POWER = {1.0: "manhattan", 2.0: "euclidean", math.inf: "chebyshev"}


class DBSCAN(Estimator):
    """Density-based clusters; as `sklearn.cluster.DBSCAN`."""

    _servable = "dbscan"
    _kind = "clusterer"
    _constraints: ClassVar[Constraints] = {
        "eps": (Real(0.0, closed=NEITHER),),
        "min_samples": COUNT,
        "metric": (Words((*_NAMED, "minkowski", "precomputed")), Function()),
        "metric_params": (OfType((dict,), "a dict"), NOTHING),
        # How neighbours are found changes no label: the gateway has its own grid.
        "algorithm": (Words(("auto", "ball_tree", "kd_tree", "brute")),),
        "leaf_size": COUNT,
        "p": (Real(0.0, closed=NEITHER), Real(math.inf, math.inf, BOTH), NOTHING),
        "n_jobs": JOBS,
    }

    labels_: Array

    def __init__(
        self,
        eps: float = 0.5,
        *,
        min_samples: int = 5,
        metric: str | Callable[..., float] = "euclidean",
        metric_params: dict[str, Any] | None = None,
        algorithm: str = "auto",
        leaf_size: int = 30,
        p: float | None = None,
        n_jobs: int | None = None,
    ) -> None:
        self.eps = eps
        self.min_samples = min_samples
        self.metric = metric
        self.metric_params = metric_params
        self.algorithm = algorithm
        self.leaf_size = leaf_size
        self.p = p
        self.n_jobs = n_jobs

    def fit(self: Self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Labels from 0, -1 for noise; the same by whatever `algorithm`."""
        self._fit(X, sample_weight)  # type: ignore[attr-defined]
        return self

    def _fit(self, X: Any, sample_weight: Any) -> None:
        array = self._fit_input(X)
        weight = check_sample_weight(sample_weight, array)
        if callable(self.metric) or self.metric == "precomputed":
            labels, cores = dbscan.clusters(self._near(array), int(self.min_samples), weight)
            self.source_ = "local"
        else:
            labels, cores = self._by_name(array, weight)
        self.labels_, self.core_sample_indices_ = labels.astype(np.intp), cores.astype(np.intp)
        self.components_ = array[self.core_sample_indices_].copy()

    def _near(self, array: Array) -> Array:
        """Who is near whom, of distances that are given or that a function tells: these stay here.

        :raises ValueError: for distances that are no square
        """
        if not isinstance(self.metric, str):
            given, function = dict(self.metric_params or {}), self.metric
            return dbscan.within(array, lambda a, b: float(function(a, b, **given)), float(self.eps))
        if self.metric_params:
            raise invalid_parameter(
                f"metric_params={self.metric_params!r} must be empty: metric='precomputed' takes none"
            )
        if array.shape[0] != array.shape[1]:
            raise ValueError(
                f"Precomputed matrix must be square. Input is a {array.shape[0]}x{array.shape[1]} matrix, "
                "and metric='precomputed'."
            )
        near: Array = array <= self.eps
        return near

    def _by_name(self, array: Array, weight: Array | None) -> tuple[Array, Array]:
        metric = self._metric()
        inputs: dict[str, Any] = {"X": array}
        if weight is not None:
            inputs["sample_weight"] = weight.astype(array.dtype)
        columns = self._column_weights(array)
        if columns is not None:
            inputs["w"] = columns
        if len(inputs) == 1 and metric == {"metric": "euclidean"} and self._fits_here(array):
            self.source_ = "local"
            return dbscan.fit(array, float(self.eps), int(self.min_samples))
        parameters = {**self._sent("eps", "min_samples"), **metric}
        outputs = self._fit_remotely(inputs, parameters, ["labels", "core_sample_indices"])
        return outputs["labels"], outputs["core_sample_indices"]

    def _fits_here(self, array: Array) -> bool:
        """Few rows: cheaper than the way to the gateway."""
        return array.dtype == np.float64 and rule.stays(rule.pairs_s(*array.shape), *array.shape)

    def _metric(self) -> dict[str, Any]:
        """The gateway's parameters for the distance.

        :raises InvalidParameterError: for metric_params that the metric has not
        """
        given = dict(self.metric_params or {})
        if self.metric != "minkowski":
            if given:
                raise invalid_parameter(
                    f"metric_params={self.metric_params!r} must be empty: metric={self.metric!r} takes none; "
                    "with metric='minkowski' it may have 'p' and 'w'"
                )
            return {"metric": _NAMED[str(self.metric)]}
        if "p" in given and self.p is not None:
            warnings.warn(
                "Parameter p is found in metric_params. The corresponding parameter from __init__ is "
                "ignored.",
                SyntaxWarning,
                stacklevel=5,
            )
        power, _ = given.pop("p", self.p), given.pop("w", None)
        if given:
            raise invalid_parameter(
                f"metric_params has {', '.join(map(repr, given))}: with metric='minkowski' it may have 'p' "
                "and 'w' and nothing else"
            )
        if power is None:
            power = 2.0
        if not any(each.meets(power) for each in self._constraints["p"]):
            raise invalid_parameter(f"metric_params['p']={power!r} must be a number above 0")
        if float(power) in _BY_POWER:
            return {"metric": _BY_POWER[float(power)]}
        return {"metric": "minkowski", "p": float(power)}

    def _column_weights(self, array: Array) -> Array | None:
        """The weight of each column in the distance, of `metric_params`.

        :raises InvalidParameterError: for weights that are none, or beside p infinite
        """
        given = (self.metric_params or {}).get("w")
        if given is None:
            return None
        weights = np.asarray(given)
        right = weights.dtype.kind in "fiub" and weights.shape == (array.shape[1],)
        if not right or not np.isfinite(weights).all() or (weights < 0).any():
            raise invalid_parameter(
                f"metric_params['w']={given!r} must be {array.shape[1]} finite numbers of at least 0, one "
                "for each column of X"
            )
        if self._metric()["metric"] == "chebyshev":
            raise invalid_parameter("metric_params['w'] goes with a finite p: infinity has no weights")
        return weights.astype(array.dtype)

    def fit_predict(self, X: Any, y: Any = None, sample_weight: Any = None) -> Array:
        """`fit(X).labels_`."""
        return self.fit(X, sample_weight=sample_weight).labels_

    afit = awaited(fit)
    afit_predict = awaited(fit_predict)
