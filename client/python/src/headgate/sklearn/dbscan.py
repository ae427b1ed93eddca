"""DBSCAN."""

from __future__ import annotations

import numbers
from typing import Any

import numpy as np

from ..local import dbscan, rule
from ..tensors import Array
from .base import Estimator, Self
from .validation import check_sample_weight


class DBSCAN(Estimator):
    """Density-based clusters; as `sklearn.cluster.DBSCAN` with Minkowski distances of 1, 2 and infinity."""

    _servable = "dbscan"
    _kind = "clusterer"

    labels_: Array

    def __init__(
        self,
        eps: float = 0.5,
        *,
        min_samples: int = 5,
        metric: str = "euclidean",
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
        inputs: dict[str, Any] = {"X": array}
        weight = check_sample_weight(sample_weight, array)
        if weight is not None:
            inputs["sample_weight"] = weight.astype(array.dtype)
        if weight is None and self._fits_here(array):
            labels, cores = dbscan.fit(array, float(self.eps), int(self.min_samples))
            self.source_ = "local"
        else:
            parameters = {"eps": self.eps, "min_samples": self.min_samples, "metric": self._metric()}
            outputs = self._fit_remotely(inputs, parameters, ["labels", "core_sample_indices"])
            labels, cores = outputs["labels"], outputs["core_sample_indices"]
        self.labels_, self.core_sample_indices_ = labels.astype(np.intp), cores.astype(np.intp)
        self.components_ = array[self.core_sample_indices_].copy()

    def _fits_here(self, array: Array) -> bool:
        """Few rows, plain distances, and parameters that the gateway would not refuse."""
        fine = isinstance(self.eps, numbers.Real) and isinstance(self.min_samples, numbers.Integral)
        return (
            fine
            and 0 < float(self.eps) < np.inf
            and int(self.min_samples) >= 1
            and array.dtype == np.float64
            and self._metric() == "euclidean"
            and rule.stays(rule.pairs_s(*array.shape), *array.shape)
        )

    def _metric(self) -> str:
        if self.metric != "minkowski":
            return self.metric
        named = {1.0: "manhattan", 2.0: "euclidean", float("inf"): "chebyshev"}
        power = 2.0 if self.p is None else float(self.p)
        if power not in named:
            raise ValueError(f"p={self.p} must be 1, 2 or infinity")
        return named[power]

    def fit_predict(self, X: Any, y: Any = None, sample_weight: Any = None) -> Array:
        """`fit(X).labels_`."""
        return self.fit(X, sample_weight=sample_weight).labels_
