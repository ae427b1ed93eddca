"""KMeans."""

from __future__ import annotations

import warnings
from typing import Any, ClassVar

import numpy as np

from ..local import apply
from ..tensors import Array
from .awaited import awaited
from .base import Self, Transformer
from .constraints import (
    COUNT,
    FLAG,
    SEED,
    TOLERANCE,
    VERBOSE,
    ArrayLike,
    Constraints,
    Function,
    Whole,
    Words,
)
from .exceptions import ConvergenceWarning, invalid_parameter, of_sklearn
from .validation import check_array, check_sample_weight, generator_of, seed_of


class KMeans(Transformer):
    """k-means by Lloyd's iterations; as `sklearn.cluster.KMeans`."""

    _servable = "kmeans"
    _kind = "clusterer"
    _constraints: ClassVar[Constraints] = {
        "n_clusters": COUNT,
        "init": (Words(("k-means++", "random")), Function(), ArrayLike()),
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

    def fit(self: Self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Centres, labels and inertia of the best start.

        :param sample_weight: how much each row counts, at least 0
        :raises ValueError: when there are fewer samples than clusters, or for centres of another shape
        """
        self._fit(X, sample_weight)  # type: ignore[attr-defined]
        return self

    def _fit(self, X: Any, sample_weight: Any = None) -> Array:
        array = self._fit_input(X)
        if len(array) < self.n_clusters:
            raise ValueError(f"n_samples={len(array)} should be >= n_clusters={self.n_clusters}.")
        weight = check_sample_weight(sample_weight, array)
        self._settle_starts()
        inputs = {"X": array} if weight is None else {"X": array, "sample_weight": weight}
        parameters = self._sent("n_clusters", "max_iter", "tol")
        if isinstance(self.init, str):
            parameters |= {**self._sent("init", "n_init"), "random_state": seed_of(self.random_state)}
            outputs = self._fit_remotely(inputs, parameters)
        else:
            outputs = self._best_of([inputs | {"init": each} for each in self._centres(array)], parameters)
        self.cluster_centers_ = outputs["cluster_centers"]
        self.labels_ = outputs["labels"]
        self.inertia_ = float(outputs["inertia"])
        self.n_iter_ = int(outputs["n_iter"])
        if self.verbose:
            self._tell(outputs)
        self._warn_of_few(len(set(self.labels_.tolist())))
        return array

    def _settle_starts(self) -> None:
        """How many starts there are, with scikit-learn's warnings about what is not done as it was asked."""
        random = self.init == "random" if isinstance(self.init, str) else callable(self.init)
        given = not isinstance(self.init, str) and not callable(self.init)
        self._n_init = (10 if random else 1) if self.n_init == "auto" else int(self.n_init)
        if given and self._n_init != 1:
            warnings.warn(
                "Explicit initial center position passed: performing only one init in "
                f"{type(self).__name__} instead of n_init={self._n_init}.",
                RuntimeWarning,
                stacklevel=4,
            )
            self._n_init = 1
        if self.algorithm == "elkan" and self.n_clusters == 1:
            warnings.warn(
                "algorithm='elkan' doesn't make sense for a single cluster. Using 'lloyd' instead.",
                RuntimeWarning,
                stacklevel=4,
            )

    def _centres(self, array: Array) -> list[Array]:
        """The centres of each start: those given, or what a function makes of the centred rows."""
        if not callable(self.init):
            if np.ndim(self.init) != 2:
                raise invalid_parameter(
                    f"init={self.init!r} must be 'k-means++', 'random', a callable or an array "
                    "[n_clusters, n_features]"
                )
            return [self._shaped(self.init, array)]
        mean, generator = array.mean(axis=0), generator_of(self.random_state)
        centred = array - mean
        made = [self.init(centred, self.n_clusters, random_state=generator) for _ in range(self._n_init)]
        return [self._shaped(each, array) + mean for each in made]

    def _shaped(self, given: Any, array: Array) -> Array:
        centres = check_array(given, type(self).__name__).astype(array.dtype)
        if len(centres) != self.n_clusters:
            raise ValueError(
                f"The shape of the initial centers {centres.shape} does not match the number of clusters "
                f"{self.n_clusters}."
            )
        if centres.shape[1] != array.shape[1]:
            raise ValueError(
                f"The shape of the initial centers {centres.shape} does not match the number of features of "
                f"the data {array.shape[1]}."
            )
        return centres

    def _best_of(self, starts: list[dict[str, Any]], parameters: dict[str, Any]) -> dict[str, Array]:
        """The fit of the least inertia; of equal ones the first."""
        fits = [self._fit_remotely(inputs, parameters) for inputs in starts]
        return min(fits, key=lambda outputs: float(outputs["inertia"]))

    def _tell(self, outputs: dict[str, Array]) -> None:
        """What scikit-learn prints, of the best start's end: the gateway tells no iteration before it."""
        print("Initialization complete")
        last, shift = self.n_iter_ - 1, float(outputs.get("center_shift", np.nan))
        print(f"Iteration {last}, inertia {self.inertia_}.")
        if outputs.get("strict_convergence", False):
            print(f"Converged at iteration {last}: strict convergence.")
        elif outputs["converged"]:
            print(f"Converged at iteration {last}: center shift {shift} within tolerance tol={self.tol}.")

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

    def fit_predict(self, X: Any, y: Any = None, sample_weight: Any = None) -> Array:
        """`fit(X).labels_`."""
        return self.fit(X, sample_weight=sample_weight).labels_

    def fit_transform(self, X: Any, y: Any = None, sample_weight: Any = None, **fit_params: Any) -> Any:
        """`fit(X).transform(X)`, X checked once."""
        return self._wrap(apply.distances(self._fit(X, sample_weight), self.cluster_centers_), X)

    def predict(self, X: Any) -> Array:
        """The nearest centre of each row."""
        return apply.nearest(self._input(X), self.cluster_centers_)

    def transform(self, X: Any) -> Any:
        """The distance of each row to each centre."""
        return self._wrap(apply.distances(self._input(X), self.cluster_centers_), X)

    def score(self, X: Any, y: Any = None, sample_weight: Any = None) -> float:
        """Minus the sum of squared distances to the nearest centre, each row's by its weight."""
        array = self._input(X)
        weight = check_sample_weight(sample_weight, array)
        nearest = self.cluster_centers_[apply.nearest(array, self.cluster_centers_)]
        squares = ((array - nearest) ** 2).sum(axis=1, dtype=np.float64)
        return -float(squares.sum() if weight is None else squares @ weight)

    afit = awaited(fit)
    afit_predict = awaited(fit_predict)
    afit_transform = awaited(fit_transform)
    apredict = awaited(predict)
    atransform = awaited(transform)
    ascore = awaited(score)
