"""PCA."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from ..local import linear, rule
from ..tensors import Array
from .awaited import awaited
from .base import Self, Transformer
from .constraints import COUNT, FLAG, NEITHER, NOTHING, SEED, TOLERANCE, Constraints, Real, Whole, Words
from .validation import seed_of


class PCA(Transformer):
    """Principal components; as `sklearn.decomposition.PCA`, without `arpack`."""

    _servable = "pca"
    _constraints: ClassVar[Constraints] = {
        "n_components": (
            Whole(0),
            Real(0.0, 1.0, NEITHER, floats_only=True),
            Words(("mle",)),
            NOTHING,
        ),
        "copy": FLAG,
        "whiten": FLAG,
        "svd_solver": (Words(("auto", "full", "covariance_eigh", "randomized")),),
        "tol": TOLERANCE,  # of arpack, in scikit-learn too
        "iterated_power": (Words(("auto",)), Whole(0)),
        "n_oversamples": COUNT,
        # How the randomized solver keeps its digits: the gateway always orthonormalises.
        "power_iteration_normalizer": (Words(("auto", "QR", "LU", "none")),),
        "random_state": SEED,
    }

    components_: Array
    explained_variance_: Array
    mean_: Array
    noise_variance_: float

    def __init__(
        self,
        n_components: int | float | str | None = None,
        *,
        copy: bool = True,
        whiten: bool = False,
        svd_solver: str = "auto",
        tol: float = 0.0,
        iterated_power: int | str = "auto",
        n_oversamples: int = 10,
        power_iteration_normalizer: str = "auto",
        random_state: Any = None,
    ) -> None:
        self.n_components = n_components
        self.copy = copy
        self.whiten = whiten
        self.svd_solver = svd_solver
        self.tol = tol
        self.iterated_power = iterated_power
        self.n_oversamples = n_oversamples
        self.power_iteration_normalizer = power_iteration_normalizer
        self.random_state = random_state

    def fit(self: Self, X: Any, y: Any = None) -> Self:
        """Components by falling variance, the largest loading of each positive."""
        self._fit(X)  # type: ignore[attr-defined]
        return self

    def _fit(self, X: Any) -> Array:
        array = self._fit_input(X, min_samples=2)
        self._fit_svd_solver = self._solver_of(*array.shape)
        self._check_components(array.shape)
        outputs = self._fit_here(array) or self._fit_remotely({"X": array}, self._solving())
        self.components_ = outputs["components"]
        self.explained_variance_ = outputs["explained_variance"]
        self.explained_variance_ratio_ = outputs["explained_variance_ratio"]
        self.singular_values_ = outputs["singular_values"]
        self.mean_ = outputs["mean"]
        self.noise_variance_ = float(outputs["noise_variance"])
        self.n_components_ = int(outputs["n_components"])
        self.n_samples_ = array.shape[0]
        return array

    def _fit_here(self, array: Array) -> dict[str, Any] | None:
        """By the covariance, where it gives what scikit-learn's choice gives and costs less than the way."""
        n, p = array.shape
        small = max(n, p) <= 500 or n >= 10 * p  # else scikit-learn may take the randomized solver
        plain = self.svd_solver == "auto" and array.dtype == np.float64
        if isinstance(self.n_components, str) or not (
            plain and small and rule.stays(rule.eigen_s(n, p), n, p)
        ):
            return None
        outputs = linear.pca_by_covariance(array, self.n_components)
        if outputs is not None:
            self.source_ = "local"
        return outputs

    def _solving(self) -> dict[str, Any]:
        return {
            **self._sent("n_components", "svd_solver", "iterated_power", "n_oversamples"),
            "random_state": seed_of(self.random_state),
        }

    def _solver_of(self, n: int, p: int) -> str:
        """The solver that "auto" is, by scikit-learn's rule."""
        if self.svd_solver != "auto":
            return self.svd_solver
        count = min(n, p) if self.n_components is None else self.n_components
        if p <= 1000 and n >= 10 * p:
            return "covariance_eigh"
        if max(n, p) <= 500 or isinstance(count, str):
            return "full"
        return "randomized" if 1 <= count < 0.8 * min(n, p) else "full"

    def _check_components(self, shape: tuple[int, ...]) -> None:
        count, most, solver = self.n_components, min(shape), self._fit_svd_solver
        least = 1 if solver == "randomized" else 0
        if count is None:
            return
        if isinstance(count, str):
            if solver == "randomized":
                raise ValueError(f"n_components={count!r} cannot be a string with svd_solver={solver!r}")
            if shape[0] < shape[1]:
                raise ValueError("n_components='mle' is only supported if n_samples >= n_features")
        elif not least <= count <= most:
            raise ValueError(
                f"n_components={count} must be between {least} and min(n_samples, n_features)={most} "
                f"with svd_solver={solver!r}"
            )

    @property
    def _n_features_out(self) -> int:
        return len(self.components_)

    def fit_transform(self, X: Any, y: Any = None, **fit_params: Any) -> Any:
        """`fit(X).transform(X)`, X checked once."""
        return self._wrap(self._project(self._fit(X)), X)

    def transform(self, X: Any) -> Any:
        """Rows along the components."""
        return self._wrap(self._project(self._input(X)), X)

    def _project(self, X: Array) -> Array:
        projected: Array = (X - self.mean_) @ self.components_.T
        if self.whiten:
            projected /= self._scale()
        return projected

    def _scale(self) -> Array:
        scale: Array = np.sqrt(self.explained_variance_)
        smallest = np.finfo(scale.dtype).eps
        scale[scale < smallest] = smallest
        return scale

    def inverse_transform(self, X: Any) -> Array:
        """The rows that X is the transform of."""
        self._require_fitted()
        array = np.asarray(X)
        components = self._scale()[:, None] * self.components_ if self.whiten else self.components_
        rows: Array = array @ components + self.mean_
        return rows

    def get_covariance(self) -> Array:
        """The covariance of the generative model, [p, p]."""
        self._require_fitted()
        scaled = (
            self.components_ * np.sqrt(self.explained_variance_)[:, None] if self.whiten else self.components_
        )
        excess = np.maximum(self.explained_variance_ - self.noise_variance_, 0.0)
        covariance: Array = (scaled.T * excess) @ scaled
        covariance.flat[:: len(covariance) + 1] += self.noise_variance_
        return covariance

    def get_precision(self) -> Array:
        """Its inverse."""
        return np.linalg.inv(self.get_covariance())

    def score_samples(self, X: Any) -> Array:
        """The log-likelihood of each row."""
        array = self._input(X)
        centred, precision = array - self.mean_, self.get_precision()
        p = array.shape[1]
        likelihood: Array = -0.5 * (centred * (centred @ precision)).sum(axis=1)
        likelihood -= 0.5 * (p * np.log(2.0 * np.pi) - np.linalg.slogdet(precision)[1])
        return likelihood

    def score(self, X: Any, y: Any = None) -> float:
        """Their mean."""
        return float(self.score_samples(X).mean())

    afit = awaited(fit)
    afit_transform = awaited(fit_transform)
    atransform = awaited(transform)
    ainverse_transform = awaited(inverse_transform)
    ascore = awaited(score)
    ascore_samples = awaited(score_samples)
