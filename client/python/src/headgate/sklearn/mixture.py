"""GaussianMixture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from ..errors import InvalidArgumentError
from ..local import apply
from ..tensors import Array
from .awaited import awaited
from .base import Estimator, Self
from .constraints import (
    COUNT,
    NOTHING,
    SEED,
    TOLERANCE,
    VERBOSE,
    ArrayLike,
    Constraints,
    Exactly,
    Whole,
    Words,
)
from .exceptions import warn_convergence
from .starts import mixture_means, mixture_precisions, mixture_weights
from .validation import seed_of


class GaussianMixture(Estimator):
    """A mixture of Gaussians by EM; as `sklearn.mixture.GaussianMixture` without `warm_start`."""

    _servable = "gaussian_mixture"
    _kind = "density_estimator"
    _min_samples = 2
    _constraints: ClassVar[Constraints] = {
        "n_components": COUNT,
        "covariance_type": (Words(("full", "tied", "diag", "spherical")),),
        "tol": TOLERANCE,
        "reg_covar": TOLERANCE,
        "max_iter": (Whole(0),),
        "n_init": COUNT,
        "init_params": (Words(("kmeans", "k-means++", "random", "random_from_data")),),
        "weights_init": (ArrayLike(), NOTHING),
        "means_init": (ArrayLike(), NOTHING),
        "precisions_init": (ArrayLike(), NOTHING),
        "random_state": SEED,
        "warm_start": (Exactly(False),),  # a gateway keeps no estimator
        "verbose": VERBOSE,
        "verbose_interval": COUNT,
    }

    weights_: Array
    means_: Array
    covariances_: Array
    precisions_: Array
    precisions_cholesky_: Array

    def __init__(
        self,
        n_components: int = 1,
        *,
        covariance_type: str = "full",
        tol: float = 1e-3,
        reg_covar: float = 1e-6,
        max_iter: int = 100,
        n_init: int = 1,
        init_params: str = "kmeans",
        weights_init: Any = None,
        means_init: Any = None,
        precisions_init: Any = None,
        random_state: Any = None,
        warm_start: bool = False,
        verbose: int = 0,
        verbose_interval: int = 10,
    ) -> None:
        self.n_components = n_components
        self.covariance_type = covariance_type
        self.tol = tol
        self.reg_covar = reg_covar
        self.max_iter = max_iter
        self.n_init = n_init
        self.init_params = init_params
        self.weights_init = weights_init
        self.means_init = means_init
        self.precisions_init = precisions_init
        self.random_state = random_state
        self.warm_start = warm_start
        self.verbose = verbose
        self.verbose_interval = verbose_interval

    def fit(self: Self, X: Any, y: Any = None) -> Self:
        """The best of `n_init` starts."""
        self.fit_predict(X, y)  # type: ignore[attr-defined]
        return self

    def fit_predict(self, X: Any, y: Any = None) -> Array:
        """Fit, and the likeliest component of each row."""
        array = self._fit_input(X)
        if len(array) < self.n_components:
            raise ValueError(
                f"Expected n_samples >= n_components but got n_components = {self.n_components}, "
                f"n_samples = {len(array)}"
            )
        wanted = ["weights", "means", "covariances", "precisions", "precisions_cholesky"]
        outputs = self._fit_or_explain(
            {"X": array, **self._starts(array)}, [*wanted, "converged", "n_iter", "lower_bound", "labels"]
        )
        for name in wanted:
            setattr(self, f"{name}_", outputs[name])
        self.converged_ = bool(outputs["converged"])
        self.n_iter_ = int(outputs["n_iter"])
        self.lower_bound_ = float(outputs["lower_bound"])
        if not self.converged_ and self.max_iter > 0:
            warn_convergence(
                "Best performing initialization did not converge. Try different init parameters, or increase "
                "max_iter, tol, or check for degenerate data."
            )
        return outputs["labels"].astype(np.int64)

    def _starts(self, array: Array) -> dict[str, Array]:
        """Given starts; precisions always in full."""
        k, p = int(self.n_components), array.shape[1]
        starts: dict[str, Array] = {}
        if self.weights_init is not None:
            starts["weights_init"] = mixture_weights(self.weights_init, k)
        if self.means_init is not None:
            starts["means_init"] = mixture_means(self.means_init, k, p)
        if self.precisions_init is not None:
            starts["precisions_init"] = mixture_precisions(self.precisions_init, self.covariance_type, k, p)
        return {name: start.astype(array.dtype) for name, start in starts.items()}

    def _fit_or_explain(self, inputs: Mapping[str, Any], names: list[str]) -> dict[str, Array]:
        """The fit's outputs; a covariance that has no inverse is told in scikit-learn's words."""
        settings = (
            "n_components",
            "covariance_type",
            "tol",
            "reg_covar",
            "max_iter",
            "n_init",
            "init_params",
        )
        parameters = {**self._sent(*settings), "random_state": seed_of(self.random_state)}
        try:
            return self._fit_remotely(inputs, parameters, names)
        except InvalidArgumentError as error:
            if "not positive definite" not in str(error):
                raise
            raise ValueError(
                "Fitting the mixture model failed because some components have ill-defined empirical "
                "covariance (for instance caused by singleton or collapsed samples). Try to decrease the "
                f"number of components, increase reg_covar, or scale the input data. The gateway: {error}"
            ) from error

    def _weighted(self, X: Any) -> Array:
        array = self._input(X)
        log_prob = apply.gaussian_log_prob(
            array, self.means_, self.precisions_cholesky_, self.covariance_type
        )
        with np.errstate(divide="ignore"):
            weighted: Array = log_prob + np.log(self.weights_)
        return weighted

    def score_samples(self, X: Any) -> Array:
        """The log-likelihood of each row."""
        return apply.log_sum_exp(self._weighted(X))

    def score(self, X: Any, y: Any = None) -> float:
        """Their mean."""
        return float(self.score_samples(X).mean())

    def predict(self, X: Any) -> Array:
        """The likeliest component of each row."""
        likeliest: Array = self._weighted(X).argmax(axis=1)
        return likeliest

    def predict_proba(self, X: Any) -> Array:
        """The probability of each component given the row."""
        weighted = self._weighted(X)
        probabilities: Array = np.exp(weighted - apply.log_sum_exp(weighted)[:, None])
        return probabilities

    def sample(self, n_samples: int = 1) -> tuple[Array, Array]:
        """Rows of the fitted mixture, and the component of each.

        :raises ValueError: for fewer than one
        """
        self._require_fitted()
        if n_samples < 1:
            raise ValueError(
                f"Invalid value for 'n_samples': {n_samples} . The sampling requires at least one."
            )
        rng = np.random.RandomState(seed_of(self.random_state))
        counts = rng.multinomial(n_samples, self.weights_)
        p = self.means_.shape[1]
        rows = []
        for k, count in enumerate(counts):
            covariance = self.covariances_ if self.covariance_type == "tied" else self.covariances_[k]
            full = covariance if np.ndim(covariance) == 2 else np.eye(p) * covariance
            rows.append(rng.multivariate_normal(self.means_[k], full, count))
        return np.vstack(rows), np.repeat(np.arange(len(counts)), counts)

    def _n_parameters(self) -> int:
        k, p = self.means_.shape
        free = {"full": k * p * (p + 1) // 2, "tied": p * (p + 1) // 2, "diag": k * p, "spherical": k}
        return int(free[self.covariance_type] + k * p + k - 1)

    def bic(self, X: Any) -> float:
        """Bayesian information criterion; lower is better."""
        return -2 * self.score(X) * len(X) + self._n_parameters() * float(np.log(len(X)))

    def aic(self, X: Any) -> float:
        """Akaike's information criterion; lower is better."""
        return -2 * self.score(X) * len(X) + 2 * self._n_parameters()

    afit = awaited(fit)
    afit_predict = awaited(fit_predict)
    apredict = awaited(predict)
    apredict_proba = awaited(predict_proba)
    ascore = awaited(score)
    ascore_samples = awaited(score_samples)
    asample = awaited(sample)
