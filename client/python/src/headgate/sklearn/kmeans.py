"""KMeans."""

from __future__ import annotations

import warnings
from typing import Any, ClassVar

import numpy as np

from ..local import apply
from ..tensors import Array
from .base import Self, Transformer
from .constraints import (
    COUNT,
    FLAG,
    SEED,
    TOLERANCE,
    VERBOSE,
    ArrayLike,
    Constraints,
    InvalidParameterError,
    Whole,
    Words,
)
from .exceptions import ConvergenceWarning, of_sklearn
from .validation import check_array, seed_of


class KMeans(Transformer):
    """k-means by Lloyd's iterations; as `sklearn.cluster.KMeans` without sample weights."""

    _servable = "kmeans"
    _kind = "clusterer"
    _constraints: ClassVar[Constraints] = {
        "n_clusters": COUNT,
        "init": (Words(("k-means++", "random")), ArrayLike()),
        "n_init": (Words(("auto",)), Whole(1)),
        "max_iter": COUNT,
        "tol": TOLERANCE,
        "verbose": VERBOSE,
        "random_state": SEED,
        "copy_x": FLAG,
        "algorithm": (Words(("lloyd", "elkan")),),  # two roads to the same clusters: Lloyd's is taken
    }

    cluster_centers_: Array
    labels_: Array

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        init: Any = "k-means++",
        n_init: int | str = "auto",
        max_iter: int = 300,
        tol: float = 1e-4,
        verbose: int = 0,
        random_state: Any = None,
        copy_x: bool = True,
        algorithm: str = "lloyd",
    ) -> None:
        self.n_clusters = n_clusters
        self.init = init
        self.n_init = n_init
        self.max_iter = max_iter
        self.tol = tol
        self.verbose = verbose
        self.random_state = random_state
        self.copy_x = copy_x
        self.algorithm = algorithm

    def fit(self: Self, X: Any, y: Any = None) -> Self:
        """Centres, labels and inertia of the best start.

        :raises ValueError: when there are fewer samples than clusters, or for a parameter that is none, as
            an `init` that is a function: it cannot be sent to a gateway
        """
        self._fit(X)  # type: ignore[attr-defined]
        return self

    def _fit(self, X: Any) -> Array:
        array = self._fit_input(X)
        if len(array) < self.n_clusters:
            raise ValueError(f"n_samples={len(array)} should be >= n_clusters={self.n_clusters}.")
        inputs: dict[str, Any] = {"X": array}
        parameters: dict[str, Any] = {
            **self._sent("n_clusters", "max_iter", "tol"),
            "random_state": seed_of(self.random_state),
        }
        if isinstance(self.init, str):
            parameters |= self._sent("init", "n_init")
        else:
            inputs["init"] = self._centres(array)
        outputs = self._fit_remotely(inputs, parameters)
        self.cluster_centers_ = outputs["cluster_centers"]
        self.labels_ = outputs["labels"]
        self.inertia_ = float(outputs["inertia"])
        self.n_iter_ = int(outputs["n_iter"])
        self._warn_of_few(len(set(self.labels_.tolist())))
        return array

    def _centres(self, array: Array) -> Array:
        if np.ndim(self.init) != 2:
            raise InvalidParameterError(
                f"init={self.init!r} must be 'k-means++', 'random' or an array [n_clusters, n_features]"
            )
        centres = check_array(self.init, type(self).__name__).astype(array.dtype)
        if centres.shape != (self.n_clusters, array.shape[1]):
            raise ValueError(
                f"The shape of the initial centers {centres.shape} does not match "
                f"({self.n_clusters}, {array.shape[1]}): n_clusters and the features of X."
            )
        return centres

    def _warn_of_few(self, distinct: int) -> None:
        if distinct < self.n_clusters:
            warnings.warn(
                f"Number of distinct clusters ({distinct}) found smaller than n_clusters "
                f"({self.n_clusters}). Possibly due to duplicate points in X.",
                of_sklearn("ConvergenceWarning", ConvergenceWarning),
                stacklevel=3,
            )

    @property
    def _n_features_out(self) -> int:
        return len(self.cluster_centers_)

    def fit_predict(self, X: Any, y: Any = None) -> Array:
        """`fit(X).labels_`."""
        return self.fit(X).labels_

    def fit_transform(self, X: Any, y: Any = None, **fit_params: Any) -> Any:
        """`fit(X).transform(X)`, X checked once."""
        return self._wrap(apply.distances(self._fit(X), self.cluster_centers_), X)

    def predict(self, X: Any) -> Array:
        """The nearest centre of each row."""
        return apply.nearest(self._input(X), self.cluster_centers_)

    def transform(self, X: Any) -> Any:
        """The distance of each row to each centre."""
        return self._wrap(apply.distances(self._input(X), self.cluster_centers_), X)

    def score(self, X: Any, y: Any = None) -> float:
        """Minus the sum of squared distances to the nearest centre."""
        array = self._input(X)
        nearest = self.cluster_centers_[apply.nearest(array, self.cluster_centers_)]
        return -float(((array - nearest) ** 2).sum(dtype=np.float64))
