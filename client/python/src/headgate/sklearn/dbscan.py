"""DBSCAN."""

from __future__ import annotations

from typing import Any

import numpy as np

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
        parameters = {"eps": self.eps, "min_samples": self.min_samples, "metric": self._metric()}
        outputs = self._fit_remotely(inputs, parameters, ["labels", "core_sample_indices"])
        self.labels_ = outputs["labels"].astype(np.intp)
        self.core_sample_indices_ = outputs["core_sample_indices"].astype(np.intp)
        self.components_ = array[self.core_sample_indices_].copy()

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
